import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { AxeBuilder } from "@axe-core/playwright";
import { THEMES, startLab, takeShots } from "./harness.mjs";

const TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];

const TITLES = [
  "Three must agree",
  "One goes quiet",
  "So do not wait for all",
  "Both futures",
  "It hangs on one",
  "You are the network",
  "For ever",
  "Ways out",
  "For theorists",
];

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
      for (const title of TITLES) {
        await page.locator(".steps").getByRole("button", { name: title }).click();
        await page.getByRole("heading", { name: title }).waitFor();
        assert.deepEqual(await complaints(page), [], title);
      }
      assert.deepEqual(page.problems, []);
    });
  }
}

test("nothing is wider than a narrow screen", async () => {
  for (const url of ["?scenario=in-step", "#many", "#flp"]) {
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

const screen = async (title, options = {}) => {
  const page = await lab.open({ url: "#flp", ...options });
  await page.getByRole("button", { name: "Show everything" }).click();
  await page.locator(".steps").getByRole("button", { name: title }).click();
  return page;
};

test("the ending turns between two starts, and hangs when the one in which they differ is silent", async () => {
  const page = await screen("It hangs on one");
  for (const start of ["001", "011"]) await page.getByRole("button", { name: `Start ${start}` }).click();
  await page.getByText("they differ only in what p1 thinks").waitFor();
  await page.getByRole("button", { name: "p1 is silent" }).click();
  await page.getByText("stuck: nothing can be decided any more").first().waitFor();
  await takeShots(page, "flp-hinge");
  assert.deepEqual(page.problems, []);
});

test("ten deliveries that keep both colours win, and a wrong one loses a colour and can be taken back", async () => {
  const page = await screen("You are the network");
  await page.getByRole("button", { name: "Show what each would do" }).click();
  const envelope = (text) => page.locator(".envelope").filter({ hasText: text }).first();
  const keeps = "0 and 1 are both still possible";
  let lost = false;
  for (let delivered = 0; delivered < 10; ) {
    await page.locator(".envelope").first().waitFor();
    const wrong = page.locator(".envelope").filter({ hasNotText: keeps });
    if (!lost && (await wrong.count()) > 0) {
      await wrong.first().click();
      await page.getByText("Take it back, or begin again").waitFor();
      await page.getByRole("button", { name: "Take it back" }).click();
      lost = true;
      continue;
    }
    await envelope(keeps).click();
    delivered += 1;
    await page.getByText(delivered === 1 ? "1 delivery" : `${delivered} deliveries`).first().waitFor();
  }
  await page.getByText("You could go on like this for ever").waitFor();
  assert.ok(lost, "a wrong envelope was offered");
  await takeShots(page, "flp-network");
  assert.deepEqual(page.problems, []);
});

test("every rung of the ladder falls on one of the three horns", async () => {
  const page = await screen("For ever");
  await page.getByText("1000 stages of 1000").waitFor({ timeout: 30_000 });
  await page.getByText("Decided: nobody").first().waitFor();
  for (const button of await page.getByRole("button", { name: /^Find where/ }).all()) await button.click();
  await page.waitForFunction(() => document.querySelectorAll(".ladder .horns").length === 7, null, { timeout: 60_000 });
  const horns = await page.locator(".ladder .horns").allInnerTexts();
  for (const [place, name] of ["It blocks", "Two answers", "It blocks", "Two answers", "For ever", "For ever", "For ever"].entries()) {
    assert.match(horns[place], new RegExp(name), `rung ${place + 1}`);
  }
  await takeShots(page, "flp-forever");
  await page.locator(".ladder li").nth(1).getByRole("button", { name: "Open the run" }).first().click();
  await page.locator("#position").waitFor();
  assert.deepEqual(page.problems, []);
});

test("the theorists' door explores a large graph with progress, can be stopped, and opens what is chosen on the board", async () => {
  const page = await screen("For theorists");
  await page.locator("#census").getByText("141").first().waitFor();
  await page.locator("#protocol").selectOption("ben-or");
  for (const [parameters, message] of [["rounds=x", "rounds"], ["", "does not end"], ["colour=red", "colour"]]) {
    await page.locator("#parameters").fill(parameters);
    await page.locator("#parameters").blur();
    await page.locator("#explore").click();
    await page.getByRole("alert").getByText(message).first().waitFor();
  }
  await page.locator("#parameters").fill("rounds=2");
  await page.locator("#parameters").blur();
  await page.locator("#explore").click();
  await page.getByRole("button", { name: "Stop" }).click();
  await page.locator('#census[data-complete="false"]').waitFor();
  await page.locator("#protocol").selectOption("rotating-coordinator");
  await page.locator("#parameters").fill("rounds=1");
  await page.locator("#parameters").blur();
  await page.locator("#inputs").fill("000");
  await page.locator("#inputs").blur();
  await page.locator("#explore").click();
  await page.locator('#census[data-complete="true"]').getByText("3070").waitFor();
  await page.getByRole("button", { name: "Play 1 stage" }).click();
  await page.getByText(/Lemma 2/).waitFor({ timeout: 20_000 });
  await page.getByRole("button", { name: "Look at the first" }).click();
  await page.getByRole("button", { name: "Open it on the board" }).click();
  await page.locator("#position").waitFor();
  assert.deepEqual(page.problems, []);
});
