import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { THEMES, assertFits, complaints, startLab } from "./harness.mjs";

let lab;
before(async () => {
  lab = await startLab();
});
after(() => lab?.close());

for (const theme of THEMES) {
  for (const width of [1440, 360]) {
    test(`the library is searched, and opens a protocol with and without an assumption, ${theme}, ${width} pixels`, async () => {
      const page = await lab.open({ url: "#library", theme, width, ready: false });
      await page.locator("#library-search").fill("bracha broadcast");
      await page.getByText(/^\d of \d+ protocols\.$/).waitFor();
      const card = page.locator("#library-bracha-broadcast");
      await card.getByText("The use of each assumption").click();
      assert.deepEqual(await complaints(page), []);
      await page.locator("#library-search").fill("no such thing");
      await page.getByText("Nothing has all of these words.").waitFor();
      await page.locator("#library-search").fill("");
      assert.ok((await page.locator(".library article").count()) > 30);

      await page.locator("#library-flood-set").getByText("The use of each assumption").click();
      await page.locator("#library-flood-set").getByRole("button", { name: /without the assumption/ }).first().click();
      await page.getByRole("heading", { name: "Side by side" }).waitFor();
      assert.match(await page.locator(".versus").innerText(), /The differences:/);
      // A view begins at its top, and who goes back finds the place again.
      await page.waitForFunction(() => scrollY === 0);
      await assertFits(page, "two worlds of the library");
      await page.getByRole("button", { name: "Library" }).or(page.getByRole("link", { name: "Library" })).first().click();
      await page.waitForFunction(() => {
        const top = document.querySelector("#library-flood-set")?.getBoundingClientRect().top;
        return scrollY > 0 && Math.ceil(top) >= 0 && top < innerHeight;
      });
      assert.ok(await page.locator("#library-flood-set").getByRole("button", { name: /without the assumption/ }).first().isVisible());
      assert.deepEqual(page.problems, []);
    });
  }
}

test("a protocol opens by its name, also without one of its assumptions, and what nobody knows is said", async () => {
  const page = await lab.open({ url: "?scenario=paxos" });
  await page.getByRole("heading", { name: "Paxos", level: 1 }).waitFor();
  assert.deepEqual(page.problems, []);
  const without = await lab.open({ url: "?scenario=flood-set-without-synchrony" });
  await without.getByText("Assumptions that do not hold here").waitFor();
  assert.deepEqual(without.problems, []);
  const nobody = await lab.open({ url: "?scenario=no-such-thing" });
  await nobody.getByText(/there is no scenario "no-such-thing"/).waitFor();
  assert.deepEqual(nobody.problems, []);
  const strange = await lab.open({ url: "?scenario=in-step&colour=red&<b>=1" });
  await strange.getByText("In the address “colour”, “<b>” mean nothing here").waitFor();
  assert.equal(await strange.locator("#scenario").inputValue(), "in-step");
});

test("inputs, topology and a planted bug are chosen beside the board", async () => {
  const page = await lab.open({ url: "?scenario=ben-or", theme: "dark" });
  assert.deepEqual(await complaints(page), []);
  await page.locator("#input-1").selectOption("0");
  await page.locator("#topology").selectOption("star");
  await page.locator("#mutant").selectOption({ index: 1 });
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.locator("#share").click().then(() => page.getByRole("button", { name: /Save/ }).first().click()),
  ]);
  const saved = JSON.parse(readFileSync(await download.path(), "utf8"));
  assert.equal(saved.inputs[1], "0");
  assert.equal(saved.topology, "star");
  assert.ok(saved.parameters.mutant);
  assert.deepEqual(page.problems, []);
});
