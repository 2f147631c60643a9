import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startLab, takeShots } from "./harness.mjs";

let lab;
before(async () => {
  lab = await startLab();
});
after(() => lab?.close());

const place = async (page) => {
  const position = page.locator("#position");
  const [left, right, hash] = await Promise.all(["left", "right", "hash"].map((name) => position.getAttribute(`data-${name}`)));
  return { left: Number(left), right: Number(right), hash };
};
const pressed = async (page, button) => page.locator(button).click();

test("a lesson's worlds stand side by side, and a general cannot tell them apart", async () => {
  const page = await lab.open({ url: "?scenario=three-generals" });
  await page.getByRole("button", { name: "side by side" }).click();
  await page.getByRole("heading", { name: "three, a general lies" }).waitFor();
  await page.locator("#see-as").selectOption("p1");
  await page.locator(".compare h1").click();
  await page.keyboard.press("End");
  assert.match(await page.locator("#sight").innerText(), /^To p1 both are the same so far/);
  // From outside they are not the same at all.
  assert.ok((await page.locator("#verdicts .differs").count()) > 0);
  await page.locator("#see-as").selectOption("p2");
  assert.match(await page.locator("#sight").innerText(), /the same until|can tell the two apart/);
  await takeShots(page, "compare-generals");
  assert.deepEqual(page.problems, []);
});

test("slow looks like dead until the answer comes, and the moment is marked", async () => {
  const page = await lab.open({ url: "?scenario=slow-or-dead" });
  await page.getByRole("navigation").getByRole("button", { name: "Compare" }).click();
  await page.getByRole("heading", { name: "Side by side" }).waitFor();
  assert.equal(await page.locator("#other").inputValue(), "world-both-dead");
  await page.locator("#other").selectOption("slow-for-dead");
  await page.locator("#see-as").selectOption("p0");
  await page.locator(".compare h1").click();
  await page.keyboard.press("End");
  assert.match(await page.locator("#sight").innerText(), /both are the same until \d+ ms: \d+ steps.* Then left, at/s);
  for (let zoom = 0; zoom < 3; zoom++) await page.getByRole("button", { name: "Show more time" }).click();
  await takeShots(page, "compare-slow-or-dead");
  assert.deepEqual(page.problems, []);
});

test("next and back take both along, and back is where one was", async () => {
  const page = await lab.open({ url: "?scenario=in-step" });
  await page.getByRole("navigation").getByRole("button", { name: "Compare" }).click();
  await page.locator("#other").selectOption("timing-asynchronous");
  const places = [await place(page)];
  for (let step = 0; step < 6; step++) {
    await pressed(page, "#next");
    places.push(await place(page));
  }
  for (const there of places.reverse()) {
    assert.deepEqual(await place(page), there);
    if (there.left + there.right > 0) await pressed(page, "#back");
  }
  await page.locator("#in-step").selectOption("events");
  await pressed(page, "#next");
  const { left, right } = await place(page);
  assert.deepEqual([left, right], [1, 1]);
  await pressed(page, "#difference");
  assert.match(await page.locator("#differences").innerText(), /timing: synchronous \/ asynchronous.*They part at event/);
  assert.deepEqual(page.problems, []);
});

test("a link leads back to both moments, and a damaged one says so", async () => {
  const page = await lab.open({ url: "?scenario=three-generals" });
  await page.getByRole("button", { name: "side by side" }).click();
  await page.getByRole("heading", { name: "Side by side" }).waitFor();
  await page.locator("#wave").click();
  await page.locator("#see-as").selectOption("p1");
  const there = await place(page);
  await page.locator("#share").click();
  const address = await page.locator("#link").inputValue();
  assert.match(address, /#c=1z\./);
  const other = await lab.open({ url: address });
  assert.deepEqual(await place(other), there);
  // The same where a page is open.
  const open = await lab.open({ url: "?scenario=in-step" });
  await open.evaluate((hash) => (location.hash = hash), new URL(address).hash);
  await open.getByRole("heading", { name: "Side by side" }).waitFor();
  assert.deepEqual(await place(open), there);
  assert.deepEqual([...page.problems, ...other.problems, ...open.problems], []);
  for (const url of ["#c=nonsense", `#c=${new URL(address).hash.slice(3, -9)}`]) {
    const bad = await lab.open({ url });
    await bad.getByRole("alert").getByText("damaged").waitFor();
    assert.equal(await bad.locator("#scenario").inputValue(), "word-of-mouth");
    assert.deepEqual(bad.problems, []);
  }
});

test("branches are drawn, returned to and compared, and none is lost on the way", async () => {
  const page = await lab.open({ url: "?scenario=in-step" });
  await page.keyboard.press("End");
  await page.keyboard.press("Home");
  for (let step = 0; step < 8; step++) await pressed(page, "#next");
  const crash = async (process) => {
    await page.locator("#tab-Inspector").click();
    await page.getByRole("button", { name: `Actions on ${process}` }).click();
    await page.getByRole("button", { name: "Crash now" }).click();
  };
  await crash("p1");
  await page.keyboard.press("End");
  await page.locator("#branches").getByRole("button", { name: /^1 untouched/ }).click();
  for (let step = 0; step < 3; step++) await page.keyboard.press("ArrowLeft");
  await crash("p0");
  const list = page.locator("#branches > li");
  assert.equal(await list.count(), 3);
  const words = await list.allInnerTexts();
  assert.match(words[1], /p1.* crashes after event 8: \d+ events/);
  assert.equal(await page.locator("#branches [aria-pressed=true]").count(), 1);
  await takeShots(page, "branches");
  await page.getByRole("button", { name: "Compare with branch 2" }).click();
  await page.getByRole("heading", { name: "Side by side" }).waitFor();
  assert.equal(await page.locator("#other").inputValue(), "branch-1");
  assert.match(await page.locator("h2").first().innerText(), /p0.* crashes, by you after event/);
  await takeShots(page, "compare-branches");
  await page.getByRole("navigation").getByRole("button", { name: "Laboratory" }).click();
  assert.deepEqual(await list.allInnerTexts(), words);
  assert.deepEqual(page.problems, []);
});
