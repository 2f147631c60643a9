import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { THEMES, complaints, startLab } from "./harness.mjs";

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
    const [needed, there] = await page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]);
    assert.ok(needed <= there, `${url} needs ${needed} of ${there} pixels`);
  }
});
