// Requests of users: operations open and close, a person asks in the middle, and undo takes it back.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { complaints, startLab, takeShots } from "./harness.mjs";

let lab;
before(async () => (lab = await startLab()));
after(() => lab.close());

const board = (page) => page.locator("canvas.board").getAttribute("aria-label");
const diagram = (page) => page.locator("canvas.diagram").getAttribute("aria-label");
const caption = (page) => page.locator("#caption").textContent();
const next = async (page, times = 1) => {
  for (let time = 0; time < times; time++) await page.keyboard.press("ArrowRight");
};

/** Opens the menu of a process in the inspector. */
const actions = async (page, process) => {
  await page.locator("#tab-Inspector").click();
  await page.getByRole("button", { name: `Actions on ${process}`, exact: true }).click();
};

test("an operation opens and closes while the run plays", async () => {
  const page = await lab.open({ url: "?scenario=abd-register" });
  await page.locator("#play").click();
  await page.waitForFunction(() => / is asked to /.test(document.querySelector("canvas.board").getAttribute("aria-label")));
  await page.waitForFunction(() => / → /.test(document.querySelector("canvas.diagram").getAttribute("aria-label")));
  assert.deepEqual(page.problems, []);
});

test("a person asks in the middle, is told what is wrong, and takes it back", async () => {
  const page = await lab.open({ url: "?scenario=abd-register" });
  await next(page, 5);
  await actions(page, "p0");
  const write = page.getByRole("button", { name: "Ask p0 to write…" });
  if (await write.isDisabled()) assert.match(await write.textContent(), /is not answered yet/);
  await page.keyboard.press("Escape");
  while (/p0 is asked to/.test(await board(page))) await next(page);
  const position = await diagram(page);
  await actions(page, "p0");
  await page.getByRole("button", { name: "Ask p0 to write…" }).click();
  assert.deepEqual(await complaints(page), []);
  await page.keyboard.press("Enter");
  assert.match(await page.locator("#ask-0-told").textContent(), /a text of 1 to 100 bytes/);
  assert.equal(await page.locator("#ask-0").getAttribute("aria-invalid"), "true");
  await page.locator("#ask-0").fill("mine");
  await takeShots(page, "requests-ask");
  await page.setViewportSize({ width: 1440, height: 900 });
  await page.locator("#ask-0").press("Enter");
  await page.locator("#ask").waitFor({ state: "detached" });
  assert.match(await board(page), /p0 is asked to write mine\./);
  assert.match(await caption(page), /write mine/);
  await takeShots(page, "requests");
  await page.setViewportSize({ width: 1440, height: 900 });
  assert.deepEqual(await complaints(page), []);
  await page.keyboard.press("Control+z");
  await page.waitForFunction(() => !/write mine/.test(document.querySelector("canvas.board").getAttribute("aria-label")));
  assert.equal(await diagram(page), position);
  await page.keyboard.press("Control+Shift+z");
  await page.waitForFunction(() => /write mine/.test(document.querySelector("canvas.board").getAttribute("aria-label")));
  assert.deepEqual(page.problems, []);
});

test("Escape leaves the form, and the focus returns to where the menu was asked for", async () => {
  const page = await lab.open({ url: "?scenario=abd-register" });
  await actions(page, "p1");
  await page.getByRole("button", { name: "Ask p1 to write…" }).click();
  await page.locator("#ask-0").waitFor();
  await page.keyboard.press("Escape");
  await page.locator("#ask").waitFor({ state: "detached" });
  assert.equal(await page.evaluate(() => document.activeElement.getAttribute("aria-label")), "Actions on p1");
  assert.deepEqual(page.problems, []);
});

test("the panel of the models tells the workload, and changes it", async () => {
  const page = await lab.open({ url: "?scenario=abd-register" });
  await page.locator("#tab-Models").click();
  assert.match(await page.locator("#workload").textContent(), /each of p0 and p1 makes 4 requests/);
  assert.match(await page.locator("#roles").textContent(), /client.*p0 and p1.*server/s);
  await page.locator("#operations").fill("2");
  await page.locator("#operations").press("Enter");
  await page.waitForFunction(() => /makes 2 requests/.test(document.querySelector("#workload").textContent));
  assert.deepEqual(await complaints(page), []);
  assert.deepEqual(page.problems, []);
});
