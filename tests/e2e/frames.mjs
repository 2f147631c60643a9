// How long the page's own work takes in a frame, with 100 processes and about 500 messages on their way:
//
//   scripts/build && node tests/e2e/frames.mjs
//
// Counted is the processor time of the frame's callbacks on the page's own thread, with what they leave to be done right
// after them, and beside it the time on the clock, which is longer where other programs want the processor too. What the
// browser does with the result (styles, layout, painting) is not in it.

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
  models: { links: { kind: "reliable" }, timing: { kind: "asynchronous", typical_ms: 270 } },
  seed: 1,
  until_ms: 600_000,
};

const quantile = (sorted, part) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))];

/** For each frame the microseconds of its callbacks: of the processor, and on the clock. */
const work = (events) => {
  const calls = events.filter(({ name, ph }) => name === "FireAnimationFrame" && ph === "X");
  const begins = events.filter(({ name }) => name === "BeginMainThreadFrame").map(({ ts }) => ts);
  if (!calls.length || !begins.length) throw new Error("the browser traced no frames");
  const frames = new Map();
  for (const { ts, dur, tdur } of calls) {
    const begin = Math.max(...begins.filter((begin) => begin <= ts));
    const frame = frames.get(begin) ?? { cpu: 0, clock: 0 };
    frames.set(begin, { cpu: frame.cpu + tdur, clock: frame.clock + dur });
  }
  return [...frames.values()];
};

const lab = await startLab();
try {
  for (const panel of ["Models", "Inspector", "Log"]) {
    const page = await lab.open({ context: { reducedMotion: "no-preference" } });
    await page.locator("#position").waitFor();
    await page.locator("#share").click();
    await page.locator("#file").setInputFiles({ name: "crowd.json", mimeType: "application/json", buffer: Buffer.from(JSON.stringify(scenario)) });
    await page.locator("h1").getByText("A crowd").waitFor();
    // Until everybody has heard the news and tells it.
    for (let step = 0; step < 120; step++) await page.keyboard.press("Shift+ArrowRight");
    await page.locator(`#tab-${panel}`).click();
    await page.locator("#play").click();
    await page.waitForTimeout(1_000);
    const browser = page.context().browser();
    await browser.startTracing(page, { categories: ["devtools.timeline", "disabled-by-default-devtools.timeline.frame", "devtools.timeline.frame"] });
    await page.waitForTimeout(SECONDS * 1_000);
    const { traceEvents } = JSON.parse(await browser.stopTracing());
    await page.locator("#play").click();
    await page.locator("#tab-Inspector").click();
    const more = await page.locator("#panel").getByText(/^and \d+ more$/).first().innerText();
    const messages = 40 + Number(more.match(/\d+/));
    const events = await page.locator("#position").getAttribute("data-event");
    const frames = work(traceEvents);
    const figures = (which) => {
      const sorted = frames.map((frame) => frame[which] / 1_000).sort((one, other) => one - other);
      return [quantile(sorted, 0.5), quantile(sorted, 0.95), sorted.at(-1)].map((ms) => ms.toFixed(2)).join(", ");
    };
    console.log(`${panel}: ${frames.length} frames in ${SECONDS} s, ${messages} messages on their way, event ${events}; p50, p95, max in ms: ${figures("cpu")} of the processor, ${figures("clock")} on the clock`);
    if (page.problems.length) throw new Error(page.problems.join("\n"));
    await page.context().close();
  }
} finally {
  await lab.close();
}
