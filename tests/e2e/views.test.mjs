import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { THEMES, assertFits, complaints, startLab } from "./harness.mjs";

let lab;
before(async () => {
  lab = await startLab();
});
after(() => lab?.close());

for (const theme of THEMES) {
  for (const width of [1440, 360]) {
    test(`axe finds nothing in the laboratory, ${theme}, ${width} pixels`, async () => {
      const page = await lab.open({ url: "?scenario=back-from-the-dead", theme, width });
      for (const panel of ["Models", "Inspector", "Properties", "Log"]) {
        await page.locator(`#tab-${panel}`).click();
        await page.locator("#next").click();
        assert.deepEqual(await complaints(page), [], panel);
      }
      await page.locator("#tab-Inspector").click();
      await page.getByRole("button", { name: "Actions on p1" }).click();
      assert.deepEqual(await complaints(page), [], "menu");
      await page.keyboard.press("Escape");
      await page.locator("#share").click();
      assert.deepEqual(await complaints(page), [], "share");
      assert.deepEqual(page.problems, []);
    });

    test(`axe finds nothing side by side and in the tree of branches, ${theme}, ${width} pixels`, async () => {
      const page = await lab.open({ url: "?scenario=in-step", theme, width });
      for (let step = 0; step < 6; step++) await page.locator("#next").click();
      await page.locator("#tab-Inspector").click();
      await page.getByRole("button", { name: "Actions on p1" }).click();
      await page.getByRole("button", { name: "Crash now" }).click();
      assert.deepEqual(await complaints(page), [], "branches");
      await page.getByRole("button", { name: "Compare with branch 1" }).click();
      await page.getByRole("heading", { name: "Side by side" }).waitFor();
      await page.locator("#see-as").selectOption("p2");
      await page.locator("#difference").click();
      assert.deepEqual(await complaints(page), [], "side by side");
      assert.deepEqual(page.problems, []);
    });
  }
}

test("nothing is wider than a narrow screen", async () => {
  for (const url of ["?scenario=in-step", "#library", "#many", "#compare", "#flp"]) {
    const page = await lab.open({ url, width: 360 });
    await page.setViewportSize({ width: 320, height: 640 });
    await assertFits(page, url);
  }
});

test("the focus goes back from a menu, and keys that mean nothing in a view are the browser's", async () => {
  const page = await lab.open({ url: "?scenario=in-step" });
  await page.locator("#next").click();
  await page.locator("#tab-Inspector").click();
  const actions = page.getByRole("button", { name: "Actions on p1" });
  await actions.focus();
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "Crash now" }).waitFor();
  await page.keyboard.press("Escape");
  assert.ok(await actions.evaluate((node) => node === document.activeElement), "after Escape");
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "Crash now" }).click();
  assert.ok(await actions.evaluate((node) => node === document.activeElement), "after a choice");

  const library = await lab.open({ url: "#library" });
  const prevented = (key) =>
    library.evaluate((key) => !document.body.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true })), key);
  assert.equal(await prevented(" "), false, "Space scrolls in the library");
  await library.getByRole("button", { name: "Laboratory" }).click();
  assert.equal(await prevented(" "), true, "Space plays in the laboratory");
});

test("with the eyes of a process the panels tell what it knows, and no more", async () => {
  const page = await lab.open({ url: "?scenario=in-step" });
  for (let step = 0; step < 6; step++) await page.locator("#next").click();
  await page.locator("#see-as").selectOption("p0");
  await page.locator("#tab-Inspector").click();
  await page.getByText("p0 does not see them.").waitFor();
  assert.equal(await page.locator("#panel .row span", { hasText: "not seen" }).count(), 3);
  await page.locator("#tab-Log").click();
  assert.ok((await page.getByText("p0 does not see this.").count()) > 0);
});

test("where no motion is wanted the board is drawn anew when something happens, and not in between", async () => {
  // How often the canvas changes in a second of a run with an event every few hundred milliseconds.
  const changes = async (reducedMotion) => {
    const page = await lab.open({ url: "?scenario=in-step", context: { reducedMotion } });
    await page.getByRole("button", { name: "Slower" }).click();
    await page.locator("#play").click();
    return page.evaluate(async () => {
      const canvas = document.querySelector("canvas.board");
      const frame = () => new Promise((done) => requestAnimationFrame(done));
      let [last, count] = ["", 0];
      for (const end = performance.now() + 1_500; performance.now() < end; await frame()) {
        const now = canvas.toDataURL();
        count += now !== last;
        last = now;
      }
      return [count, Number(document.querySelector("#position").dataset.event)];
    });
  };
  const [moving] = await changes("no-preference");
  const [still, events] = await changes("reduce");
  assert.ok(still <= events + 2, `${still} pictures of ${events} events`);
  assert.ok(moving > 2 * still, `${moving} pictures with motion, ${still} without`);
});

test("a process is inspected from its menu: its clock, and what waits at its door", async () => {
  const page = await lab.open({ url: "?scenario=nobody-decides" });
  const board = page.locator("canvas.board");
  await board.focus();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Shift+F10");
  await page.getByRole("button", { name: "Inspect" }).click();
  await page.getByRole("heading", { name: "Inside p0" }).waitFor();
  assert.match(await page.locator("#surroundings").innerText(), /at its door\s+nothing/);
  const timed = await lab.open({ url: "?scenario=in-step" });
  for (let step = 0; step < 6; step++) await timed.locator("#next").click();
  await timed.locator("#tab-Inspector").click();
  await timed.locator("#panel .name").first().click();
  assert.match(await timed.locator("#surroundings").innerText(), /its clock\s+\d+\.\d ms/);
});

test("who closes a dialog is back where the focus was, and a run that waits for what is held says so", async () => {
  const page = await lab.open({ url: "?scenario=flooding" });
  for (const close of [() => page.keyboard.press("Escape"), () => page.locator("dialog").getByRole("button", { name: "Close" }).click()]) {
    await page.locator("#share").focus();
    await page.keyboard.press("Enter");
    await page.locator("dialog").waitFor();
    await close();
    await page.locator("dialog").waitFor({ state: "detached" });
    assert.equal(await page.evaluate(() => document.activeElement?.id), "share");
  }
  await page.evaluate(() => document.activeElement.blur());
  const text = JSON.stringify({
    version: 1, name: "cut-for-good", protocol: "flooding", processes: 3, inputs: ["hello"],
    faults: [{ at_ms: 0, choice: { partition: ["p0"] } }],
  });
  await page.locator("#share").click();
  await page.locator("#file").setInputFiles({ name: "x.json", mimeType: "application/json", buffer: Buffer.from(text) });
  // It has no title, and goes by its name.
  await page.getByRole("heading", { level: 1, name: "cut-for-good" }).waitFor();
  await page.keyboard.press("End");
  await page.locator("#position").getByText("what is left is held or cut off").waitFor();
  assert.ok(await page.locator("#next").isDisabled());
  assert.deepEqual(page.problems, []);
});
