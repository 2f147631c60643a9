// What a person changes with the editors: models, links, intruders, liars, partitions, stacks, places.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { STANDALONE, THEMES, assertFits, complaints, startLab, takeShots } from "./harness.mjs";

let lab;
before(async () => {
  lab = await startLab();
});
after(() => lab?.close());

const state = async (page) => {
  const position = page.locator("#position");
  return { event: Number(await position.getAttribute("data-event")), hash: await position.getAttribute("data-hash") };
};

/** A page with the editors, after so many events. */
const editors = async (scenario, steps = 0, options = {}) => {
  const page = await lab.open({ url: `?scenario=${scenario}`, ...options });
  for (let step = 0; step < steps; step++) await page.locator("#next").click();
  await page.locator("#links").waitFor();
  return page;
};

const caption = (page, words) => page.locator("#caption").getByText(words).waitFor();

test("a change holds from now on, or runs the scenario anew, and undo works for both", async () => {
  const page = await editors("in-step", 5);
  const before = await state(page);
  assert.equal(before.event, 5);
  assert.equal(await page.locator("#unmet").count(), 0);
  await page.locator("#links").selectOption("fair-loss");
  await caption(page, /From now on/);
  await page.locator("#unmet").getByText("links are reliable").waitFor();
  assert.equal((await state(page)).event, 6);
  assert.equal(await page.locator("#links").inputValue(), "fair-loss");
  await page.locator("#undo").click();
  assert.deepEqual(await state(page), before);
  assert.equal(await page.locator("#links").inputValue(), "reliable");

  await page.locator("#from-start").check();
  await page.locator("#links").selectOption("fair-loss");
  assert.equal((await state(page)).event, 0);
  await page.getByText("what you change here, you change in the scenario").waitFor();
  await page.locator("#loss").fill("35");
  await page.getByText("loss 35 %").waitFor();
  await page.locator("#undo").click();
  await page.locator("#undo").click();
  assert.equal(await page.locator("#links").inputValue(), "reliable");
  assert.deepEqual(page.problems, []);
});

test("one direction of a link gets its own rules, and the inspector opens where it was", async () => {
  const page = await lab.open({ url: "?scenario=in-step" });
  for (let step = 0; step < 4; step++) await page.locator("#next").click();
  await page.locator("canvas.board").focus();
  // Up from nothing is the last thing, which is a link.
  await page.keyboard.press("ArrowUp");
  await page.locator("#tab-Inspector").click();
  await page.locator("#way").waitFor();
  const title = await page.locator("#panel h2").innerText();
  assert.match(title, /^Link p\d – p\d$/);
  await page.locator("#way").selectOption("1");
  await page.locator("#panel #links").selectOption("fair-loss");
  await caption(page, /From now on, from p\d/);
  await page.locator("#as-all").waitFor();
  await page.locator("#tab-Models").click();
  await page.getByText(/fair-loss there, reliable back/).waitFor();
  await takeShots(page, "one-link");
  assert.deepEqual(page.problems, []);
});

test("the intruder hears, repeats and makes up messages by hand", async () => {
  const page = await editors("the-third-party");
  await page.locator("#alter").fill("0");
  await page.locator("#tab-Inspector").click();
  for (let step = 0; step < 3; step++) await page.locator("#next").click();
  await page.locator("#panel").getByRole("button", { name: "intruder" }).click();
  await page.getByRole("heading", { name: "Messages that it has heard" }).waitFor();
  await page.getByRole("button", { name: /^Send once more/ }).first().click();
  await caption(page, /sent once more/);
  const options = await page.locator("#forge-says option").count();
  assert.ok(options > 1, "there is something else to say");
  await page.locator("#forge-says").selectOption({ index: 1 });
  await page.locator("#forge").click();
  await caption(page, /in the name of/);
  await takeShots(page, "intruder");
  assert.deepEqual(page.problems, []);
});

test("a message is changed into one of several lies from its menu", async () => {
  const page = await lab.open({ url: "?scenario=four-generals" });
  for (let step = 0; step < 2; step++) await page.locator("#next").click();
  await page.locator("#tab-Inspector").click();
  await page.getByRole("button", { name: /^Actions on message/ }).first().click();
  const lies = page.getByRole("button", { name: /^Change it into/ });
  assert.ok((await lies.count()) >= 1);
  await lies.last().click();
  await caption(page, /On its way/);
  await takeShots(page, "altered");
  assert.deepEqual(page.problems, []);
});

test("a liar is made in all its ways while the run goes on, and a crash comes after so many messages", async () => {
  const page = await editors("four-generals", 1);
  await page.locator("#tab-Inspector").click();
  await page.locator("#panel").getByRole("button", { name: /^p1/ }).first().click();
  await page.getByText("Make it Byzantine").click();
  await page.locator("#lies").fill("40");
  await caption(page, /p1.* is Byzantine: it lies/);
  await page.locator("#late").fill("30");
  await page.locator("#late").blur();
  await caption(page, /lies, sends late/);
  await page.locator(".crowd").getByLabel("p2").check();
  await caption(page, /tells each another story/);
  await page.locator("#forges").selectOption("p3");
  await caption(page, /another's name/);
  await page.getByText("Crash in the middle of a step").click();
  await page.locator("#crash-after").fill("2");
  await page.locator("#crash-after").blur();
  await page.locator("#crash-later").click();
  await caption(page, /after 2 messages/);
  assert.deepEqual(page.problems, []);
});

test("a line across the board parts the processes, and the panel does the same without a pointer", async () => {
  const page = await editors("in-step", 3);
  const box = await page.locator("canvas.board").boundingBox();
  await page.mouse.move(box.x + box.width * 0.42, box.y + 12);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.44, box.y + box.height * 0.5, { steps: 4 });
  await takeShots(page, "knife");
  await page.mouse.move(box.x + box.width * 0.46, box.y + box.height - 12, { steps: 4 });
  await page.mouse.up();
  await caption(page, /cut off from the others/);
  await page.getByText(/^Cut: /).waitFor();
  await takeShots(page, "partition");
  await page.locator("#heal").click();
  await caption(page, /All links are mended/);
  await page.locator(".crowd").getByLabel("p0").check();
  await page.locator("#part").click();
  await caption(page, /p0.* is cut off from the others/);
  assert.deepEqual(page.problems, []);
});

test("arrows select on the board and move what is selected", async () => {
  const page = await lab.open({ url: "?scenario=in-step" });
  const board = page.locator("canvas.board");
  await board.focus();
  await page.keyboard.press("ArrowDown");
  assert.match(await board.getAttribute("aria-label"), /Selected: p0/);
  const before = await board.screenshot();
  await page.keyboard.press("Alt+Shift+ArrowRight");
  await page.keyboard.press("Alt+Shift+ArrowUp");
  assert.notDeepEqual(await board.screenshot(), before);
  assert.equal((await state(page)).event, 0, "and the run stays where it was");
  assert.deepEqual(page.problems, []);
});

/** How many of the board's parts, 24 by 16 of them, hold any ink. */
const inked = (page) =>
  page.locator("canvas.board").evaluate((canvas) => {
    const { width, height } = canvas;
    const { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
    const parts = new Set();
    for (let at = 0; at < width * height; at++) {
      if (data[4 * at + 3] > 0) parts.add(Math.floor(((at % width) * 24) / width) * 16 + Math.floor((Math.floor(at / width) * 16) / height));
    }
    return parts.size;
  });

test("processes stand in cities on a map", async () => {
  // The same run in no cities.
  const bare = await lab.open({ url: "?scenario=light-is-slow" });
  const { places, ...scenario } = JSON.parse(readFileSync(new URL("../../static/scenarios/light-is-slow.json", import.meta.url), "utf8"));
  assert.ok(places.length > 0);
  const buffer = Buffer.from(JSON.stringify({ ...scenario, name: "nowhere", title: "Nowhere" }));
  await bare.locator("#share").click();
  await bare.locator("#file").setInputFiles({ name: "nowhere.json", mimeType: "application/json", buffer });
  await bare.locator(".lesson h1").getByText("Nowhere").waitFor();
  await bare.locator("#next").click();
  await bare.locator("#next").click();
  await bare.waitForTimeout(500);
  const without = await inked(bare);

  for (const url of ["?scenario=light-is-slow", `${STANDALONE}?scenario=light-is-slow`]) {
    const page = await lab.open({ url });
    await page.locator("#next").click();
    await page.locator("#next").click();
    await page.waitForTimeout(500);
    assert.ok((await inked(page)) > without + 50, `${url}: coasts are drawn`);
    if (url.startsWith("?")) await takeShots(page, "map");
    assert.deepEqual(page.problems, []);
  }

  const page = await editors("light-is-slow", 2);
  await page.locator("#city-3").selectOption("tokyo");
  await page.locator("#tab-Inspector").click();
  await page.locator("#panel").getByRole("button", { name: /^p0/ }).first().click();
  await page.getByText("It stands in london").waitFor();
  await page.locator("#panel").getByText("47.7 ms").waitFor();
  assert.deepEqual(page.problems, []);
});

test("each process starts at its time, and a start that rounds cannot bear is named", async () => {
  const page = await editors("in-step");
  await page.locator("#starts").selectOption("true");
  await page.locator("#start-1").fill("65");
  await page.locator("#start-1").blur();
  await page.locator("#unmet").getByText("p1 starts 65 ms after the first").waitFor();
  await page.locator("#start-1").fill("-1");
  await page.locator("#start-1").blur();
  await page.getByText("start_ms[1]: not from 0 to").waitFor();
  assert.equal(await page.locator("#start-1").inputValue(), "65", "what was there stays");
  await page.locator("#starts").selectOption("false");
  await page.locator("#unmet").waitFor({ state: "detached" });
  assert.deepEqual(page.problems, []);
});

test("the stack shows promises and costs, and a layer is taken away", async () => {
  const page = await editors("say-it-again-and-remember");
  const layers = page.locator(".stack > li > strong");
  const before = await layers.allInnerTexts();
  assert.ok(before.length >= 3, `${before}`);
  await page.locator(".stack details summary").first().click();
  await page.locator(".stack").getByText(/^Cost: /).first().waitFor();
  const select = page.locator(".stack select").filter({ has: page.locator("option", { hasText: "take it away" }) }).first();
  await select.selectOption({ label: "take it away" });
  assert.equal(await layers.count(), before.length - 1);
  await takeShots(page, "stack");
  await page.locator("#undo").click();
  assert.deepEqual(await layers.allInnerTexts(), before);
  assert.deepEqual(page.problems, []);
});

for (const theme of THEMES) {
  for (const width of [1440, 360]) {
    test(`axe finds nothing in the editors, ${theme}, ${width} pixels`, async () => {
      const page = await editors("the-third-party", 3, { theme, width });
      assert.deepEqual(await complaints(page), [], "models");
      await page.locator("#tab-Inspector").click();
      for (const name of [/^p0/, /^p0 – p1/, "intruder"]) {
        await page.locator("#panel").getByRole("button", { name }).first().click();
        const closed = page.locator("#panel details:not([open]) summary");
        while ((await closed.count()) > 0) await closed.first().click();
        assert.deepEqual(await complaints(page), [], `${name}`);
      }
      await page.setViewportSize({ width: 320, height: 640 });
      await assertFits(page, "320 pixels");
      assert.deepEqual(page.problems, []);
    });
  }
}
