// Time on the page: the space-time diagram and what is laid over it, the log, jumps, the meter of detectors.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { THEMES, assertFits, complaints, startLab, takeShots } from "./harness.mjs";

let lab;
before(async () => {
  lab = await startLab();
});
after(() => lab?.close());

const state = (page) =>
  page.evaluate(() => {
    const { event, hash } = document.getElementById("position").dataset;
    return { event: Number(event), hash };
  });
const at = async (page, event) =>
  page.waitForFunction((event) => Number(document.getElementById("position").dataset.event) === event, event);

// Scenario and moment stay.
const openLens = async (page) => {
  const there = await state(page);
  await page.locator("#tools").click();
  await page.locator("#causes").waitFor();
  assert.deepEqual(await state(page), there);
};

for (const theme of THEMES) {
  for (const width of [1440, 360]) {
    test(`axe finds nothing in clocks and causes, log and meter, ${theme}, ${width} pixels`, async () => {
      const page = await lab.open({ url: "?scenario=slow-or-dead", theme, width });
      await page.keyboard.press("End");
      await openLens(page);
      await page.locator("#causes").click();
      await page.locator("#clocks").selectOption("vector");
      for (const panel of ["Properties", "Log"]) {
        await page.locator(`#tab-${panel}`).click();
        assert.deepEqual(await complaints(page), [], panel);
      }
      await assertFits(page, "it");
      assert.deepEqual(page.problems, []);
    });
  }
}

test("past, future and what is concurrent are counted, by key and by button, and the clock is told", async () => {
  const page = await lab.open({ url: "?scenario=in-step" });
  await page.keyboard.press("End");
  const end = (await state(page)).event;
  for (let step = 0; step < 10; step++) await page.keyboard.press("ArrowLeft");
  await openLens(page);
  await page.keyboard.press("c");
  await page.locator("#tally").getByText("concurrent").waitFor();
  const numbers = async () => (await page.locator("#tally").innerText()).match(/\d+/g).map(Number);
  const [event, before, after, concurrent] = await numbers();
  assert.equal(event, end - 10);
  assert.ok(before > 0 && concurrent > 0, `${before}, ${after}, ${concurrent}`);
  await page.locator("#clocks").selectOption("lamport");
  await page.locator("#tally").getByText("clock").waitFor();
  // Another event, other numbers.
  await page.keyboard.press("ArrowLeft");
  assert.equal((await numbers())[0], event - 1);
  await takeShots(page, "causes");
  await page.locator("#causes").click();
  await page.locator("#tally").getByText("concurrent").waitFor({ state: "detached" });
  assert.deepEqual(page.problems, []);
});

test("processes can be hidden and shown", async () => {
  const page = await lab.open({ url: "?scenario=in-step" });
  await page.keyboard.press("End");
  await openLens(page);
  const height = () => page.locator("canvas.diagram").evaluate((canvas) => canvas.clientHeight);
  const before = await height();
  const p1 = page.getByRole("group", { name: "Processes shown" }).getByRole("button", { name: "p1" });
  await p1.click();
  assert.equal(await p1.getAttribute("aria-pressed"), "false");
  assert.ok((await height()) < before);
  await page.getByRole("button", { name: "all", exact: true }).click();
  assert.equal(await height(), before);
  assert.deepEqual(page.problems, []);
});

test("a click in the diagram leads to an event, pointing shows it in the log and the other way round", async () => {
  const page = await lab.open({ url: "?scenario=word-of-mouth" });
  await page.keyboard.press("End");
  await page.locator("#tab-Log").click();
  const canvas = page.locator("canvas.diagram");
  const box = await canvas.boundingBox();
  // Somewhere on the line of p0 there is its first step, at the beginning.
  const rows = 4;
  const place = { x: 44, y: 10 + ((box.height - 40 - 10) / rows) * 0.5 };
  await canvas.hover({ position: place });
  await page.locator(".log li.peeked").waitFor();
  const event = Number(await page.locator(".log li.peeked").getAttribute("data-event"));
  await page.locator(".peek").getByText(`event ${event}`).waitFor();
  await canvas.click({ position: place });
  await at(page, event);
  assert.equal(await page.locator('.log [aria-current="true"]').innerText(), String(event));
  // From the log: focus shows, a press goes there.
  const other = page.getByRole("button", { name: "Go to event 2", exact: true });
  await other.focus();
  await page.locator(".peek").getByText("event 2").waitFor();
  await other.press("Enter");
  await at(page, 2);
  // What comes after stays in the list.
  await page.getByRole("button", { name: "Go to event 5", exact: true }).waitFor();
  // A name in the diagram chooses the process.
  await canvas.click({ position: { x: 20, y: place.y } });
  await page.getByRole("heading", { name: "Inside p0" }).waitFor();
  assert.deepEqual(page.problems, []);
});

test("the strip below the lines leads anywhere in the run", async () => {
  const page = await lab.open({ url: "?scenario=slow-or-dead" });
  await page.keyboard.press("End");
  const end = (await state(page)).event;
  const box = await page.locator("canvas.diagram").boundingBox();
  await page.locator("canvas.diagram").click({ position: { x: 44 + (box.width - 60) / 2, y: box.height - 3 } });
  const middle = (await state(page)).event;
  assert.ok(middle > 0 && middle < end, `${middle} of ${end}`);
});

test("marks are visited in both directions", async () => {
  const page = await lab.open({ url: "?scenario=out-of-step" });
  await page.locator("#next-mark").click();
  const first = (await state(page)).event;
  await page.locator("#next-mark").click();
  const second = (await state(page)).event;
  assert.ok(first > 0 && second > first);
  await page.locator("#last-mark").click();
  assert.equal((await state(page)).event, first);
  await page.keyboard.press("j");
  assert.equal((await state(page)).event, second);
  await page.keyboard.press("Shift+J");
  assert.equal((await state(page)).event, first);
});

test("a moment is kept and returned to, by button and by key", async () => {
  const page = await lab.open({ url: "?scenario=in-step" });
  for (let step = 0; step < 5; step++) await page.locator("#next").click();
  await page.locator("#keep").click();
  const kept = await state(page);
  await page.locator("#new-seed").click();
  await page.keyboard.press("End");
  await page.locator("#return").click();
  assert.deepEqual(await state(page), kept);
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("m");
  const other = await state(page);
  await page.keyboard.press("Home");
  await page.keyboard.press("b");
  assert.deepEqual(await state(page), other);
});

test("undo and redo are buttons that say when there is nothing to do", async () => {
  const page = await lab.open({ url: "?scenario=in-step" });
  assert.ok((await page.locator("#undo").isDisabled()) && (await page.locator("#redo").isDisabled()));
  await page.locator("#new-seed").click();
  const seed = await page.locator(".seed").innerText();
  await page.locator("#undo").click();
  assert.match(await page.locator(".seed").innerText(), /seed 7\b/);
  await page.locator("#redo").click();
  assert.equal(await page.locator(".seed").innerText(), seed);
});

test("the stabilisation time is moved by its handle and by its field, and that can be undone", async () => {
  const page = await lab.open({ url: "?scenario=storm-and-calm" });
  await page.keyboard.press("End");
  await openLens(page);
  assert.equal(await page.locator("#gst").inputValue(), "");
  await page.locator("#gst").fill("200");
  await page.locator("#gst").press("Enter");
  await page.locator("#undo:not([disabled])").waitFor();
  assert.equal(await page.locator("#gst").inputValue(), "200");
  const before = await state(page);
  // The handle stands at the top of the diagram, where 200 of 800 ms are.
  const canvas = page.locator("canvas.diagram");
  await canvas.scrollIntoViewIfNeeded();
  await page.keyboard.press("Home");
  const box = await canvas.boundingBox();
  const x = (ms) => box.x + 44 + ((box.width - 60) * ms) / 800;
  await page.mouse.move(x(200), box.y + 8);
  await page.mouse.down();
  await page.mouse.move(x(300), box.y + 8, { steps: 5 });
  await page.mouse.move(x(400), box.y + 8, { steps: 5 });
  await page.mouse.up();
  await page.waitForFunction(() => Math.abs(Number(document.getElementById("gst").value) - 400) < 5);
  await page.keyboard.press("End");
  assert.notEqual((await state(page)).hash, before.hash);
  await page.locator("#undo").click();
  assert.equal(await page.locator("#gst").inputValue(), "200");
  await takeShots(page, "calm");
  assert.deepEqual(page.problems, []);
});

test("the log shows the rows in view of a long run, of one kind or one process", async () => {
  const page = await lab.open({ url: "?scenario=timeout-dial-middle" });
  await page.keyboard.press("End");
  await page.locator("#tab-Log").click();
  const rows = () => page.locator(".log li[data-event]").count();
  assert.ok((await rows()) < 60);
  const all = (await state(page)).event;
  assert.ok(all > 60, `a run of ${all} events`);
  await page.locator("#log-kind").selectOption("faults");
  const faults = await page.locator(".log li[data-event]").evaluateAll((rows) => rows.map((row) => Number(row.dataset.event)));
  assert.deepEqual(faults, [...faults].sort((one, other) => other - one), "the latest is on top");
  assert.equal(faults.length, 1);
  await page.locator("#log-process").selectOption("p2");
  await page.waitForFunction(() => document.querySelectorAll(".log li[data-event]").length === 1);
  await page.locator(".log li[data-event]").getByRole("button").click();
  assert.match(await page.locator("#caption").innerText(), /p2.* crashes/);
  await page.locator("#log-kind").selectOption("all");
  await page.locator("#log-process").selectOption("");
  await page.locator(".log").evaluate((log) => log.scrollTo(0, log.scrollHeight));
  await page.getByRole("button", { name: "Go to event 1", exact: true }).waitFor();
  assert.ok((await rows()) < 60);
  assert.deepEqual(page.problems, []);
});

test("the meter tells how good the detectors are, and who suspects whom", async () => {
  const page = await lab.open({ url: "?scenario=slow-or-dead" });
  await openLens(page);
  await page.keyboard.press("End");
  await page.locator("#tab-Properties").click();
  await page.locator("#meter").getByText("2 of 2 pairs").waitFor();
  await page.locator("#meter").getByText(/right, [1-9]\d* wrong/).waitFor();
  await page.locator("#meter .found").getByText(/p0 \d+ ms/).waitFor();
  const wrong = page.getByRole("button", { name: /^p0 suspects p2, wrongly/ });
  await wrong.click();
  assert.match(await page.locator("#caption").innerText(), /p0 suspects p2|suspects p2/);
  await takeShots(page, "meter");
  assert.deepEqual(page.problems, []);
});

test("the keys in the README are those of the page", async () => {
  const readme = readFileSync(new URL("../../README.md", import.meta.url), "utf8");
  const told = [...readme.matchAll(/^\| ([^|]+) \| ([^|]+) \|$/gm)].map(([, name, meaning]) => [name, meaning]).slice(2);
  const page = await lab.open();
  await page.getByRole("button", { name: "Help and keys" }).click();
  const rows = await page.locator("dialog table tr").evaluateAll((rows) => rows.map((row) => [...row.children].map((cell) => cell.textContent)));
  assert.deepEqual(told, rows);
});

test("pictures of the diagram", async () => {
  for (const name of ["out-of-step", "say-it-again", "the-third-party", "two-faces", "back-from-the-dead"]) {
    const page = await lab.open({ url: `?scenario=${name}` });
    await page.keyboard.press("End");
    await takeShots(page, `diagram-${name}`);
    await page.context().close();
  }
});
