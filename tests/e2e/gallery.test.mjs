import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { after, before, test } from "node:test";
import { startLab, takeShots } from "./harness.mjs";

const folder = new URL("../../static/scenarios/", import.meta.url);
const names = readdirSync(folder).map((file) => file.replace(/\.json$/, ""));

let lab;
before(async () => {
  lab = await startLab();
});
after(() => lab?.close());

const state = (page) =>
  page.evaluate(() => {
    const { event, hash } = document.getElementById("position").dataset;
    return { event: Number(event), hash, caption: document.getElementById("caption").textContent };
  });
const reaches = (page, event) =>
  page.waitForFunction((event) => Number(document.getElementById("position").dataset.event) >= event, event);

for (const name of names) {
  const scenario = JSON.parse(readFileSync(new URL(`${name}.json`, folder), "utf8"));
  test(`${name} loads, plays, and steps back to an identical state`, async () => {
    const page = await lab.open({ url: `?scenario=${name}` });
    const start = await state(page);
    assert.equal(start.event, 0);
    if (scenario.scheduler === "by-hand") {
      // Here a person picks: the Inspector's actions are the same as a click on the board.
      await page.locator("#tab-Inspector").click();
      await page.getByRole("button", { name: "Actions on p0" }).click();
      await page.getByRole("button", { name: "Start", exact: true }).click();
    } else {
      await page.locator("#play").click();
      await reaches(page, 3);
      await page.locator("#play").click();
    }
    const there = await state(page);
    assert.ok(there.event > 0);
    await page.locator("#back").click();
    const before = await state(page);
    assert.equal(before.event, there.event - 1);
    assert.notEqual(before.hash, there.hash);
    if (scenario.scheduler !== "by-hand") {
      await page.locator("#next").click();
      assert.deepEqual(await state(page), there);
    }
    await page.keyboard.press("Home");
    assert.deepEqual(await state(page), start);
    assert.deepEqual(page.problems, []);
    await page.context().close();
  });
}

// The golden file is written by the native tests: the browser must come to the same hashes.
test("every run ends with the same trace hash as natively", async () => {
  const golden = readFileSync(new URL("../data/gallery.txt", import.meta.url), "utf8");
  for (const name of names) {
    const hash = golden.match(new RegExp(`^${name}\\n.*\\n  trace hash ([0-9a-f]{16})$`, "m"))?.[1];
    assert.ok(hash, `${name} is in the golden file`);
    const page = await lab.open({ url: `?scenario=${name}` });
    await page.keyboard.press("End");
    assert.equal((await state(page)).hash, hash, name);
    await page.context().close();
  }
});

test("a link copied from the page opens the same moment, interventions included", async () => {
  const page = await lab.open({ url: "?scenario=told-the-whole-room" });
  for (let step = 0; step < 4; step++) await page.locator("#next").click();
  await page.locator("#tab-Inspector").click();
  await page.getByRole("button", { name: "Actions on p2" }).click();
  await page.getByRole("button", { name: "Crash now" }).click();
  const there = await state(page);
  assert.match(there.caption, /crashes/);
  await page.locator("#share").click();
  const link = await page.locator("#link").inputValue();
  const other = await lab.open({ url: link });
  assert.deepEqual(await state(other), there);
  assert.deepEqual([...page.problems, ...other.problems], []);
});

test("an intervention can be undone, done again, and left as a branch", async () => {
  const page = await lab.open({ url: "?scenario=in-step" });
  for (let step = 0; step < 6; step++) await page.locator("#next").click();
  const untouched = await state(page);
  await page.locator("#tab-Inspector").click();
  await page.getByRole("button", { name: "Actions on p0" }).click();
  await page.getByRole("button", { name: "Crash now" }).click();
  const crashed = await state(page);
  await page.locator("#undo").click();
  assert.deepEqual(await state(page), untouched);
  assert.equal(await page.locator("#branches").count(), 0, "there is one branch, as before");
  await page.locator("#redo").click();
  assert.deepEqual(await state(page), crashed);
  await page.locator("#branches").getByRole("button", { name: /^1 / }).click();
  assert.notDeepEqual(await state(page), crashed);
});

test("bad links, scenarios and files are named, and the page goes on", async () => {
  for (const [url, words] of [
    ["#s=1z.AAAA", "damaged"],
    ["#s=nonsense", "damaged"],
    ["?scenario=no-such-thing", "no-such-thing"],
  ]) {
    const page = await lab.open({ url });
    await page.getByRole("alert").getByText(words).waitFor();
    assert.equal(await page.locator("#scenario").inputValue(), "word-of-mouth");
    assert.deepEqual(page.problems, []);
    await page.context().close();
  }
  const page = await lab.open();
  await page.locator("#share").click();
  const buffer = Buffer.from('{"version": 1, "name": "x", "protocol": "plain-messages", "processes": 2, "models": {"links": {"loss": 1.5}}}');
  await page.locator("#file").setInputFiles({ name: "bad.json", mimeType: "application/json", buffer });
  await page.getByRole("alert").getByText("models.links.loss").waitFor();
  await page.getByRole("button", { name: "Close" }).first().click();
  // Dropped on the page, a file is read like one that is opened; what was there stays if it is wrong.
  const drop = async (fields) => {
    const text = JSON.stringify({ version: 1, name: "dropped", title: "Dropped", protocol: "plain-messages", processes: 2, ...fields });
    const transfer = await page.evaluateHandle((text) => {
      const transfer = new DataTransfer();
      transfer.items.add(new File([text], "dropped.json", { type: "application/json" }));
      return transfer;
    }, text);
    await page.dispatchEvent("#app > *", "drop", { dataTransfer: transfer });
  };
  for (const [fields, words] of [
    [{ places: ["atlantis", "london"] }, /places\[0\]: there is no city "atlantis"/],
    [{ faults: [{ at_ms: 1, choice: { partition: [] } }] }, /a partition names at least one process/],
    [{ protocol: "heartbeat", parameters: { "period-ms": "0" } }, /parameters\.period-ms: "0" is not a whole number/],
    [{ start_ms: [0, 0, 0] }, /start_ms: there are 3 for 2 processes/],
    [{ models: { links: { kind: "fair-loss", duplicate: -1 } } }, /models\.links\.duplicate/],
  ]) {
    await drop(fields);
    await page.getByRole("alert").getByText(words).waitFor();
    assert.equal(await page.locator("#scenario").inputValue(), "word-of-mouth", "nothing is lost");
  }
  await drop({ start_ms: [0, 40] });
  await page.getByRole("heading", { name: "Dropped" }).waitFor();
  assert.deepEqual(page.problems, []);
});

test("keys play, step and open the help; on a field they do not", async () => {
  const page = await lab.open({ url: "?scenario=in-step" });
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("ArrowRight");
  assert.equal((await state(page)).event, 2);
  await page.keyboard.press("ArrowLeft");
  assert.equal((await state(page)).event, 1);
  await page.keyboard.press("w");
  assert.ok((await state(page)).event > 1);
  await page.locator("#see-as").focus();
  const there = await state(page);
  await page.keyboard.press("w");
  assert.deepEqual(await state(page), there);
  await page.locator("h1").first().click();
  await page.keyboard.press("?");
  await page.getByRole("dialog").waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
});

test("pictures of the laboratory in the middle of a run", async () => {
  for (const name of ["told-the-whole-room", "slow-or-dead", "in-step"]) {
    const page = await lab.open({ url: `?scenario=${name}` });
    for (let step = 0; step < 9; step++) await page.locator("#next").click();
    await takeShots(page, name);
    await page.context().close();
  }
});
