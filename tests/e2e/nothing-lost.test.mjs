// Nothing that a person did is lost: by changing the view or the scenario, by undo, by going back, by a reload, by a
// link that would be too long.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { STANDALONE, rendered, startLab } from "./harness.mjs";

let lab;
before(async () => {
  lab = await startLab();
});
after(() => lab?.close());

/** Everything that must not be lost. */
const seat = (page) =>
  page.evaluate(() => {
    const text = (selector) => document.querySelector(selector)?.innerText ?? null;
    const { event, hash } = document.getElementById("position").dataset;
    return {
      scenario: text(".lesson h1"),
      event: Number(event),
      hash,
      speed: text(".speed .figure"),
      seeAs: document.getElementById("see-as").value,
      selected: document.querySelector("canvas.board").getAttribute("aria-label").match(/Selected: ([^.]*)\./)?.[1] ?? null,
      answer: text('.answers [aria-pressed="true"]'),
      bookmark: text("#return"),
    };
  });

const view = (page, name) => page.getByRole("navigation", { name: "Views" }).getByRole("button", { name }).click();

const steps = async (page, count) => {
  for (let step = 0; step < count; step++) await page.locator("#next").click();
};

/** A page on which everything is set. */
const settled = async (options = {}) => {
  const page = await lab.open({ url: "?scenario=in-step", ...options });
  await steps(page, 2);
  await page.locator("#keep").click();
  await steps(page, 3);
  await page.locator(".answers button").nth(1).click();
  await page.getByRole("button", { name: "Faster" }).click();
  await page.locator("#tab-Inspector").click();
  await page.getByRole("button", { name: "p1", exact: true }).first().click();
  await page.locator("#see-as").selectOption("p3");
  const there = await seat(page);
  assert.equal(there.event, 5);
  assert.equal(there.selected, "p1");
  assert.equal(there.seeAs, "p3");
  assert.ok(there.answer && there.bookmark && there.speed !== "×1", JSON.stringify(there));
  return { page, there };
};

const isThere = async (page, there, what) => {
  await page.locator("#position").waitFor();
  await page.waitForFunction(({ hash }) => document.getElementById("position")?.dataset.hash === hash, there, { timeout: 5000 }).catch(() => {});
  assert.deepEqual(await seat(page), there, what);
};

test("another view and back, by the button and by Back, and forth again", async () => {
  const { page, there } = await settled();
  for (const [name, heading] of [["Library", /Links/], ["Compare", /Side by side/], ["Many runs", /Many runs|Runs/], ["FLP", /Three must agree/]]) {
    await view(page, name);
    await page.getByRole("heading", { name: heading }).first().waitFor();
    await page.goBack();
    await isThere(page, there, `Back from ${name}`);
    await page.goForward();
    await page.getByRole("heading", { name: heading }).first().waitFor();
    await view(page, "Laboratory");
    await isThere(page, there, `the laboratory after ${name}`);
  }
  assert.deepEqual(page.problems, []);
});

test("a reload comes back, to the laboratory and to any view", async () => {
  const { page, there } = await settled();
  await page.reload();
  await rendered(page);
  await isThere(page, there, "a reload");
  assert.equal(await page.locator("#tab-Inspector").getAttribute("aria-selected"), "true");
  await view(page, "FLP");
  await page.reload();
  await page.getByRole("heading", { name: "Three must agree" }).waitFor();
  await page.goBack();
  await isThere(page, there, "Back after a reload in another view");
  assert.deepEqual(page.problems, []);
});

test("another world, another scenario, and Back to both", async () => {
  const { page, there } = await settled();
  await page.getByRole("button", { name: "asynchronous", exact: true }).click();
  await steps(page, 4);
  const world = await seat(page);
  assert.equal(world.bookmark, there.bookmark, "the bookmark goes along");
  await page.locator("#scenario").selectOption("two-faces");
  await steps(page, 1);
  const other = await seat(page);
  await page.goBack();
  await isThere(page, world, "Back to the other world");
  await page.goBack();
  await isThere(page, there, "Back to the first one");
  await page.goForward();
  await isThere(page, world, "and forth");
  await page.goForward();
  await isThere(page, other, "and forth again");
  await page.reload();
  await rendered(page);
  await isThere(page, other, "a reload there");
  await page.goBack();
  await isThere(page, world, "Back after the reload");
  assert.deepEqual(page.problems, []);
});

test("undo brings a scenario back whole, and redo the other one", async () => {
  const { page, there } = await settled();
  await page.getByRole("button", { name: "asynchronous", exact: true }).click();
  await steps(page, 4);
  const world = await seat(page);
  await page.locator("#undo").click();
  await isThere(page, there, "undo");
  await page.locator("#redo").click();
  await isThere(page, world, "redo");
});

test("an intervention, undone and done again, and a reload among its branches", async () => {
  const { page, there } = await settled();
  await page.locator("#see-as").selectOption("");
  await page.getByRole("button", { name: "Actions on p0" }).click();
  await page.getByRole("button", { name: "Crash now" }).click();
  const crashed = await seat(page);
  assert.equal(crashed.event, there.event + 1);
  await page.locator("#undo").click();
  // Whose menu is opened is selected.
  await isThere(page, { ...there, seeAs: "", selected: "p0" }, "undo");
  await page.locator("#redo").click();
  await isThere(page, crashed, "redo");
  await view(page, "Library");
  await page.goBack();
  await isThere(page, crashed, "Back from the library");
  await page.reload();
  await rendered(page);
  await isThere(page, crashed, "a reload");
  await page.locator("#branches").getByRole("button", { name: /^1 / }).waitFor();
});

test("two runs side by side are where they were, and so is the laboratory", async () => {
  const { page, there } = await settled();
  await view(page, "Compare");
  await page.locator("#next").click();
  await page.locator("#see-as").selectOption("p2");
  const place = () =>
    page.evaluate(() => {
      const { left, right, hash } = document.getElementById("position").dataset;
      return [left, right, hash, document.getElementById("see-as").value, document.getElementById("other").value];
    });
  const both = await place();
  await view(page, "Library");
  await page.goBack();
  await page.getByRole("heading", { name: "Side by side" }).waitFor();
  assert.deepEqual(await place(), both, "Back from the library");
  await page.reload();
  await page.getByRole("heading", { name: "Side by side" }).waitFor();
  assert.deepEqual(await place(), both, "a reload");
  await page.goBack();
  await isThere(page, there, "Back to the laboratory");
  assert.deepEqual(page.problems, []);
});

// A file whose run has no link: its faults alone are too many.
const long = () => {
  const faults = Array.from({ length: 2500 }, (_, place) => ({
    at_ms: place * 7 + ((place * 7919) % 997),
    choice: place % 2 ? "heal" : { partition: [`p${place % 3}`] },
  }));
  faults.sort((one, other) => one.at_ms - other.at_ms);
  const scenario = { version: 1, name: "long", title: "Very long", protocol: "heartbeat", processes: 4, until_ms: 60_000, faults };
  return { name: "long.json", mimeType: "application/json", buffer: Buffer.from(JSON.stringify(scenario)) };
};

test("a run whose link would be too long", async () => {
  const page = await lab.open();
  await page.locator("#share").click();
  await page.locator("#file").setInputFiles(long());
  await page.locator(".lesson h1").getByText("Very long").waitFor();
  await steps(page, 6);
  await page.locator("#share").click();
  await page.getByText(/the link would have \d+ bytes/).waitFor();
  await page.getByRole("button", { name: "Close" }).first().click();
  const there = await seat(page);
  await view(page, "FLP");
  await page.getByRole("heading", { name: "Three must agree" }).waitFor();
  await page.goBack();
  await isThere(page, there, "Back");
  await page.reload();
  await rendered(page);
  await isThere(page, there, "a reload");
  await page.goBack();
  await page.waitForFunction(() => document.querySelector(".lesson h1")?.innerText === "Word of mouth");
  await page.goForward();
  await isThere(page, there, "and forth");
  assert.deepEqual(page.problems, []);
});

test("where storage is forbidden everything but a reload works", async () => {
  const page = await lab.open({ ready: false, url: "about:blank" });
  await page.addInitScript(() =>
    Object.defineProperty(globalThis, "sessionStorage", {
      get() {
        throw new DOMException("forbidden", "SecurityError");
      },
    }),
  );
  await page.goto(`${lab.address}?scenario=in-step`);
  await rendered(page);
  await steps(page, 5);
  const there = await seat(page);
  await view(page, "Library");
  await page.goBack();
  await isThere(page, there, "Back");
  await page.reload();
  await rendered(page);
  assert.equal((await seat(page)).scenario, there.scenario);
  assert.deepEqual(page.problems, []);
});

test("standalone.html keeps its places too", async () => {
  const page = await lab.open({ url: STANDALONE });
  await steps(page, 3);
  const there = await seat(page);
  await view(page, "Library");
  await page.getByRole("heading", { name: "Links" }).waitFor();
  await page.goBack();
  await isThere(page, there, "Back");
  await page.reload();
  await rendered(page);
  await isThere(page, there, "a reload");
  assert.deepEqual(page.problems, []);
});

test("in a frame nothing is added to the history, and the frame keeps its place", async () => {
  const page = await lab.open({ ready: false, url: "about:blank" });
  await page.route("**/slide.html", (route) =>
    route.fulfill({ contentType: "text/html", body: '<!doctype html><title>Slide</title><iframe src="./?scenario=in-step" width="1200" height="800"></iframe>' }),
  );
  await page.goto(`${lab.address}slide.html`);
  await rendered(page.frameLocator("iframe"));
  const length = await page.evaluate(() => history.length);
  const [, frame] = page.frames();
  await steps(frame, 5);
  const there = await seat(frame);
  await view(frame, "Library");
  await view(frame, "FLP");
  await view(frame, "Laboratory");
  await isThere(frame, there, "back in the laboratory");
  await frame.locator("#scenario").selectOption("two-faces");
  await steps(frame, 2);
  const other = await seat(frame);
  assert.equal(await page.evaluate(() => history.length), length);
  await Promise.all([frame.waitForNavigation(), frame.evaluate(() => location.reload())]);
  await rendered(frame);
  await isThere(frame, other, "a reload of the frame");
  assert.equal(await page.evaluate(() => history.length), length);
});

test("a link that is opened, and one that is pasted into the open page, are entries too", async () => {
  const { page, there } = await settled();
  await page.locator("#share").click();
  const link = await page.locator("#link").inputValue();
  await page.keyboard.press("Escape");
  const other = await lab.open({ url: "?scenario=two-faces" });
  await steps(other, 2);
  const before = await seat(other);
  await other.evaluate((hash) => (location.hash = hash), new URL(link).hash);
  await other.waitForFunction((hash) => document.getElementById("position").dataset.hash === hash, there.hash);
  await other.goBack();
  await isThere(other, before, "Back");
  await other.goForward();
  await other.waitForFunction((hash) => document.getElementById("position").dataset.hash === hash, there.hash);
  assert.deepEqual([...page.problems, ...other.problems], []);
});
