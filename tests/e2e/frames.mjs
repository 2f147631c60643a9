// How long the page's own work takes in a frame, with 100 processes and about 500 messages on their way:
//
//   scripts/build && node tests/e2e/frames.mjs
//
// Everything that a frame makes the page do is counted: the callbacks of the frame, and what they leave to be done right
// after them. What the browser does with the result (styles, layout, painting) is not.

import { startLab } from "./harness.mjs";

const SECONDS = 12;

const scenario = {
  version: 1,
  name: "crowd",
  title: "A crowd",
  protocol: "gossip",
  parameters: { rounds: 1000, "period-ms": 100 },
  processes: 100,
  inputs: ["news"],
  models: { links: { kind: "reliable" }, timing: { kind: "asynchronous", typical_ms: 200 } },
  seed: 1,
  until_ms: 600_000,
};

const quantile = (sorted, part) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))];

const lab = await startLab();
try {
  for (const panel of ["Models", "Inspector", "Log"]) {
    const page = await lab.open({ ready: false, context: { reducedMotion: "no-preference" } });
    await page.addInitScript(() => {
      const frames = (globalThis.frameWork = []);
      const ask = globalThis.requestAnimationFrame.bind(globalThis);
      let open = null;
      // Tasks that others have queued for right after this one come first.
      const afterwards = async (done) => {
        for (let turn = 0; turn < 8; turn++) await null;
        done();
      };
      globalThis.requestAnimationFrame = (callback) =>
        ask((now) => {
          if (open?.now !== now) frames.push((open = { now, ms: 0 }));
          const frame = open;
          const begin = performance.now();
          callback(now);
          const returned = performance.now();
          frame.ms += returned - begin;
          afterwards(() => (frame.ms += performance.now() - returned));
        });
    });
    await page.reload();
    await page.locator("#position").waitFor();
    await page.locator("#share").click();
    await page.locator("#file").setInputFiles({ name: "crowd.json", mimeType: "application/json", buffer: Buffer.from(JSON.stringify(scenario)) });
    await page.locator("h1").getByText("A crowd").waitFor();
    // Until everybody has heard the news and tells it.
    for (let step = 0; step < 120; step++) await page.keyboard.press("Shift+ArrowRight");
    await page.locator(`#tab-${panel}`).click();
    await page.locator("#play").click();
    await page.waitForTimeout(1_000);
    await page.evaluate(() => globalThis.frameWork.splice(0));
    await page.waitForTimeout(SECONDS * 1_000);
    const frames = await page.evaluate(() => globalThis.frameWork.map(({ ms }) => ms));
    await page.locator("#play").click();
    await page.locator("#tab-Inspector").click();
    const more = await page.locator("#panel").getByText(/^and \d+ more$/).first().innerText();
    const letters = 40 + Number(more.match(/\d+/));
    const events = await page.locator("#position").getAttribute("data-event");
    const work = frames.sort((one, other) => one - other);
    const [p50, p95, max] = [quantile(work, 0.5), quantile(work, 0.95), work.at(-1)].map((ms) => ms.toFixed(2));
    console.log(`${panel}: ${work.length} frames in ${SECONDS} s, ${letters} letters on their way, event ${events}: p50 ${p50} ms, p95 ${p95} ms, max ${max} ms`);
    if (page.problems.length) throw new Error(page.problems.join("\n"));
    await page.context().close();
  }
} finally {
  await lab.close();
}
