// Modules are switched off and on in the panel of the models, at all processes in one event.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { complaints, startLab, takeShots } from "./harness.mjs";

let lab;
before(async () => (lab = await startLab()));
after(() => lab.close());

test("a detector is switched off, says so, and undo switches it on", async () => {
  const page = await lab.open({ url: "?scenario=eventual-leader" });
  for (let step = 0; step < 4; step++) await page.keyboard.press("ArrowRight");
  await page.locator("#tab-Models").click();
  const detector = page.getByRole("switch", { name: "The module increasing-timeout" });
  assert.equal(await detector.getAttribute("aria-checked"), "true");
  // The protocol that the run is about stays on, and has no switch.
  assert.equal(await page.getByRole("switch").count(), 1);
  await detector.click();
  assert.equal(await detector.getAttribute("aria-checked"), "false");
  assert.match(await page.locator("#caption").textContent(), /The module increasing-timeout is switched off, at every process that has it/);
  await detector.scrollIntoViewIfNeeded();
  assert.deepEqual(await complaints(page), []);
  await takeShots(page, "modules");
  await page.setViewportSize({ width: 1440, height: 900 });
  await page.locator("#tab-Inspector").click();
  await page.getByRole("button", { name: "p1", exact: true }).first().click();
  await page.getByRole("heading", { name: "(off)" }).waitFor();
  await page.keyboard.press("Control+z");
  await page.locator("#tab-Models").click();
  assert.equal(await detector.getAttribute("aria-checked"), "true");
  assert.deepEqual(page.problems, []);
});
