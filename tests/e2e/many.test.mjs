import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { THEMES, assertFits, complaints, startLab, takeShots } from "./harness.mjs";

let lab;
before(async () => {
  lab = await startLab();
});
after(() => lab?.close());

const run = async (page, { seeds, vary, values }) => {
  await page.locator("#many-seeds").fill(String(seeds));
  await page.locator("#many-vary").selectOption(vary ?? "");
  if (values !== undefined) await page.locator("#many-values").fill(values);
  await page.locator("#many-start").click();
};

for (const theme of THEMES) {
  for (const width of [1440, 360]) {
    test(`many runs are counted, drawn and saved, ${theme}, ${width} pixels`, async () => {
      const page = await lab.open({ url: "?scenario=slow-or-dead", theme, width });
      await page.getByRole("button", { name: "Many runs" }).click();
      await run(page, { seeds: 40, vary: "period-ms" });
      await page.getByText(/^(\d+) of \1 runs\.$/).waitFor();
      const rows = await page.locator(".table").first().locator("tbody tr").count();
      assert.ok(rows >= 3, `${rows} values`);
      assert.ok((await page.locator(".plots canvas").count()) >= 3);
      assert.deepEqual(await complaints(page), []);
      await assertFits(page, "with its tables");

      const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "Save the table (CSV)" }).click()]);
      const lines = readFileSync(await download.path(), "utf8").trimEnd().split("\n");
      assert.equal(lines.length, 1 + 40 * rows);
      assert.deepEqual(page.problems, []);
      await page.context().close();
    });
  }
}

test("a run that violates a property opens in the laboratory", async () => {
  const page = await lab.open({ url: "?scenario=back-from-the-dead" });
  await page.getByRole("button", { name: "Many runs" }).click();
  await run(page, { seeds: 50 });
  await page.getByText("50 of 50 runs.").waitFor();
  await page.getByRole("button", { name: /^seed \d+$/ }).first().click();
  await page.locator("#position").waitFor();
  assert.deepEqual(page.problems, []);
});

test("a promise of chance is judged by the runs together", async () => {
  const page = await lab.open({ url: "?scenario=gossip" });
  await page.getByRole("button", { name: "Many runs" }).click();
  await run(page, { seeds: 60, vary: "rounds", values: "2, 30" });
  await page.getByText("120 of 120 runs.").waitFor();
  const cells = (row) => page.locator(".table").first().locator("tbody tr").nth(row).textContent();
  assert.match(await cells(0), /broken: missed .*, promised at most 0\.1 %/);
  assert.match(await cells(1), /too few runs to tell: missed 0\.0 % .*, promised at most 0\.1 %/);
  assert.deepEqual(await complaints(page), []);
  await takeShots(page, "many-chance");
  assert.deepEqual(page.problems, []);
});

test("a sweep that is stopped says how far it came, goes on from there, and can be run again", async () => {
  const page = await lab.open({ url: "?scenario=slow-or-dead" });
  await page.getByRole("button", { name: "Many runs" }).click();
  await run(page, { seeds: 100_000 });
  await page.getByRole("button", { name: "Stop", exact: true }).click();
  const stopped = page.getByText(/^Stopped: \d+ of 100000 runs\./);
  const runs = async () => Number((await stopped.textContent()).match(/\d+/)[0]);
  const first = await runs();
  await page.getByRole("button", { name: "Go on" }).click();
  await page.waitForTimeout(200);
  await page.getByRole("button", { name: "Stop", exact: true }).click();
  assert.ok((await runs()) > first, "it went on where it was");
  assert.ok(await page.locator("#many-start").isEnabled());
  assert.deepEqual(page.problems, []);
});

test("what cannot be swept is said, and nothing is lost", async () => {
  const page = await lab.open({ url: "#many" });
  for (const [form, words] of [
    [{ seeds: 0 }, "from 1 to"],
    [{ seeds: "many" }, "from 1 to"],
    [{ seeds: 10, vary: "models.links.loss", values: "2" }, "rate from 0 to 1"],
    [{ seeds: 10, vary: "models.links.loss", values: "" }, "empty"],
  ]) {
    await run(page, form);
    await page.getByRole("alert").getByText(words).waitFor();
  }
  await run(page, { seeds: 5 });
  await page.getByText("5 of 5 runs.").waitFor();
  await takeShots(page, "many");
  assert.deepEqual(page.problems, []);
});

test("what was done by hand is done in every run", async () => {
  const page = await lab.open({ url: "?scenario=in-step" });
  await page.locator("#next").click();
  await page.locator("#tab-Inspector").click();
  await page.getByRole("button", { name: "Actions on p0" }).click();
  await page.getByRole("button", { name: "Crash now" }).click();
  await page.getByRole("button", { name: "Many runs" }).click();
  await page.locator("#many-acts").waitFor();
  await run(page, { seeds: 5 });
  await page.getByText("5 of 5 runs.").waitFor();
  const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "Save the table (CSV)" }).click()]);
  const [names, ...rows] = readFileSync(await download.path(), "utf8").trimEnd().split("\n").map((line) => line.split(","));
  // p2 crashes in the scenario and p0 by hand: two of four decide.
  assert.deepEqual(rows.map((row) => row[names.indexOf("decided")]), ["2", "2", "2", "2", "2"]);
});

test("from a detector's meter one comes to what a longer timeout trades", async () => {
  const page = await lab.open({ url: "?scenario=slow-or-dead" });
  await page.locator("#links").waitFor();
  await page.locator("#tab-Properties").click();
  await page.locator("#trade").click();
  assert.equal(await page.locator("#many-vary").inputValue(), "period-ms");
  assert.match(await page.locator("#many-values").inputValue(), /^\d+(,\d+)+$/);
  assert.deepEqual(page.problems, []);
});
