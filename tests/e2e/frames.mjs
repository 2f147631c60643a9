// How long a frame takes with 100 processes and about 500 messages on their way, beside a plain canvas:
//
//   scripts/build && node tests/e2e/frames.mjs
//
// A frame is the time from one presented picture to the next, with all that the browser does in between: script, styles,
// layout, painting, putting it together. Beside it, in the same browser and in turn, stands a page with nothing but a
// canvas as large as the board and the diagram together, which draws in each frame a link for each pair of processes, a
// capsule with its label for each message, and a disc with its name for each process. Its links, which stand still, are
// painted once and copied; the laboratory keeps nothing that was painted. The script fails if the median of the
// laboratory is above 1.25 times that of the plain canvas.

import { startLab } from "./harness.mjs";

const SECONDS = 8;
const AT_MOST = 1.25;
const PROCESSES = 100;

const scenario = {
  version: 1,
  name: "crowd",
  title: "A crowd",
  protocol: "gossip",
  parameters: { rounds: 1000, "period-ms": 100 },
  processes: PROCESSES,
  inputs: ["news"],
  models: { links: { kind: "reliable" }, timing: { kind: "asynchronous", typical_ms: 270 } },
  seed: 1,
  until_ms: 600_000,
};

/** The milliseconds between the pictures that the browser presents while `page` is open, in order of length. */
const frames = async (page) => {
  const browser = page.context().browser();
  await page.waitForTimeout(1_000);
  await browser.startTracing(page, { categories: ["disabled-by-default-display.framedisplayed"] });
  await page.waitForTimeout(SECONDS * 1_000);
  const { traceEvents } = JSON.parse(await browser.stopTracing());
  const presented = traceEvents.filter(({ name }) => name === "Display::FrameDisplayed").map(({ ts }) => ts / 1_000);
  if (presented.length < 10) throw new Error("the browser traced no frames");
  presented.sort((one, other) => one - other);
  return presented.slice(1).map((ms, index) => ms - presented[index]).sort((one, other) => one - other);
};

const quantile = (sorted, part) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))];

/** Prints what was measured, and returns the median. */
const report = (what, sorted) => {
  const figures = [quantile(sorted, 0.5), quantile(sorted, 0.95), sorted.at(-1)].map((ms) => ms.toFixed(1)).join(", ");
  console.log(`${what}: ${sorted.length + 1} frames in ${SECONDS} s; p50, p95, max in ms: ${figures}`);
  return quantile(sorted, 0.5);
};

/** The plain page, a function that the browser runs. */
const plain = ({ processes, messages, width, height }) => {
  const ratio = devicePixelRatio;
  const surface = () => {
    const canvas = Object.assign(document.createElement("canvas"), { width: width * ratio, height: height * ratio });
    canvas.style.cssText = `width: ${width}px; height: ${height}px`;
    const context = canvas.getContext("2d");
    context.scale(ratio, ratio);
    return [canvas, context];
  };
  const [canvas, pen] = surface();
  const [links, below] = surface();
  document.body.append(canvas);

  const places = Array.from({ length: processes }, (_, index) => {
    const turn = (index / processes) * 2 * Math.PI;
    return [width / 2 + 0.45 * width * Math.sin(turn), height / 2 - 0.45 * height * Math.cos(turn)];
  });
  below.strokeStyle = "#c3c6cc";
  for (let from = 0; from < processes; from++) {
    for (let to = from + 1; to < processes; to++) {
      below.beginPath();
      below.moveTo(...places[from]);
      below.lineTo(...places[to]);
      below.stroke();
    }
  }

  const draw = (now) => {
    pen.clearRect(0, 0, width, height);
    pen.drawImage(links, 0, 0, width, height);
    pen.textAlign = "center";
    pen.textBaseline = "middle";
    pen.strokeStyle = "#1c1f24";
    pen.lineWidth = 1.4;
    const mark = (text, outline) => {
      pen.fillStyle = "#fffdf8";
      pen.beginPath();
      outline();
      pen.fill();
      pen.stroke();
      pen.fillStyle = "#1c1f24";
      pen.fillText(text, ...centre);
    };
    let centre;
    pen.font = "650 12px sans-serif";
    for (let index = 0; index < messages; index++) {
      const [from, to] = [places[index % processes], places[(index * 7 + 13) % processes]];
      const part = (now / 2_000 + index / messages) % 1;
      centre = [from[0] + (to[0] - from[0]) * part, from[1] + (to[1] - from[1]) * part];
      mark("G 1", () => pen.roundRect(centre[0] - 18, centre[1] - 10, 36, 20, 10));
    }
    pen.font = "400 9px sans-serif";
    for (const [index, place] of places.entries()) {
      centre = place;
      mark(`p${index}`, () => pen.arc(...place, 9, 0, 2 * Math.PI));
    }
    requestAnimationFrame(draw);
  };
  requestAnimationFrame(draw);
};

const lab = await startLab();
try {
  const open = (ready) => lab.open({ ready, context: { reducedMotion: "no-preference" } });
  for (const panel of ["Models", "Inspector", "Log"]) {
    const page = await open(true);
    await page.locator("#position").waitFor();
    await page.locator("#share").click();
    await page.locator("#file").setInputFiles({ name: "crowd.json", mimeType: "application/json", buffer: Buffer.from(JSON.stringify(scenario)) });
    await page.locator("h1").getByText("A crowd").waitFor();
    // Until everybody has heard the news and tells it.
    for (let step = 0; step < 120; step++) await page.keyboard.press("Shift+ArrowRight");
    await page.locator(`#tab-${panel}`).click();
    await page.locator("#play").click();
    const ours = await frames(page);
    await page.locator("#play").click();
    await page.locator("#tab-Inspector").click();
    const more = await page.locator("#panel").getByText(/^and \d+ more$/).first().innerText();
    const messages = 40 + Number(more.match(/\d+/));
    const sizes = await page.locator(".board, .diagram").evaluateAll((all) => all.map(({ clientWidth, clientHeight }) => [clientWidth, clientHeight]));
    if (page.problems.length) throw new Error(page.problems.join("\n"));
    await page.context().close();

    const beside = await open(false);
    await beside.goto("about:blank");
    const [width, height] = [sizes[0][0], sizes.reduce((sum, [, height]) => sum + height, 0)];
    await beside.evaluate(plain, { processes: PROCESSES, messages, width, height });
    const theirs = await frames(beside);
    await beside.context().close();

    const ratio = report(`${panel}, ${messages} messages on their way`, ours) / report("plain canvas", theirs);
    console.log(`ratio of the medians: ${ratio.toFixed(2)}, at most ${AT_MOST}`);
    if (ratio > AT_MOST) process.exitCode = 1;
  }
} finally {
  await lab.close();
}
