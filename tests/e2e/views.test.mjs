import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { AxeBuilder } from "@axe-core/playwright";
import { THEMES, startLab, takeShots } from "./harness.mjs";

const TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];

let lab;
before(async () => {
  lab = await startLab();
});
after(() => lab?.close());

const complaints = async (page) => {
  const { violations } = await new AxeBuilder({ page }).withTags(TAGS).analyze();
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target).join(" ")}`);
};

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

    test(`axe finds nothing in the FLP view, ${theme}, ${width} pixels`, async () => {
      const page = await lab.open({ url: "#flp", theme, width });
      await page.getByRole("button", { name: "Show everything" }).click();
      for (const title of ["Three must agree", "One goes quiet", "So do not wait for all", "Both futures", "For ever", "Ways out"]) {
        await page.locator(".steps").getByRole("button", { name: title }).click();
        await page.getByRole("heading", { name: title }).waitFor();
        assert.deepEqual(await complaints(page), [], title);
      }
      assert.deepEqual(page.problems, []);
    });
  }
}

test("nothing is wider than a narrow screen", async () => {
  for (const url of ["?scenario=in-step", "#flp"]) {
    const page = await lab.open({ url, width: 360 });
    await page.setViewportSize({ width: 320, height: 640 });
    const [needed, there] = await page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]);
    assert.ok(needed <= there, `${url} needs ${needed} of ${there} pixels`);
  }
});

test("three clicks lead two processes to different answers", async () => {
  const page = await lab.open({ url: "#flp" });
  await page.getByRole("button", { name: "Show everything" }).click();
  await page.locator(".steps").getByRole("button", { name: "So do not wait for all" }).click();
  await page.getByText("bivalent: 0 and 1 are both still possible").waitFor();
  await page.getByRole("button", { name: /^Deliver p0 → p1/ }).click();
  await page.getByRole("button", { name: /^Deliver p1 → p2/ }).click();
  await page.getByText("Two answers").waitFor();
  await takeShots(page, "flp-hasty");
});

test("both futures of a bivalent moment are played, each to its end", async () => {
  const page = await lab.open({ url: "#flp" });
  await page.getByRole("button", { name: "Show everything" }).click();
  await page.locator(".steps").getByRole("button", { name: "Both futures" }).click();
  for (const value of [0, 1]) {
    await page.getByRole("button", { name: `A future that ends in ${value}` }).click();
    await page.locator(".caption").getByText(`decides ${value}`).waitFor({ timeout: 10_000 });
  }
  await page.getByText("Such a moment is called bivalent").waitFor();
  await takeShots(page, "flp-futures");
});

test("p0 sees the same whether p2 is dead or slow", async () => {
  const page = await lab.open({ url: "#flp" });
  await page.getByRole("button", { name: "Show everything" }).click();
  await page.locator(".steps").getByRole("button", { name: "One goes quiet" }).click();
  await takeShots(page, "flp-quiet");
  assert.deepEqual(page.problems, []);
});
