// A run of a million events in the page: every moment of it is in reach, and is the one that it was.
//
// How long a leap takes is printed and judged by people: machines that run tests are busy.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { deflateRawSync } from "node:zlib";
import { startLab } from "./harness.mjs";

const EVENTS = 1_000_000;
const LEAPS = 200;

// Eight processes that tell each other for three quarters of an hour that they are alive.
const scenario = { version: 1, name: "long", protocol: "heartbeat", processes: 8, seed: 1, until_ms: 2_600_000 };

const link = (position) =>
  `#s=1z.${deflateRawSync(JSON.stringify({ scenario, position })).toString("base64url")}`;

let lab;
before(async () => {
  lab = await startLab();
});
after(() => lab?.close());

/** The page at the moment after so many events, run straight from the beginning. */
const openAt = async (position) => {
  const page = await lab.open({ url: link(position), ready: false });
  await page.locator(`#position[data-event="${position}"]`).waitFor({ timeout: 180_000 });
  return page;
};

const hashOf = (page) => page.locator("#position").getAttribute("data-hash");

test("every moment of a million events is in reach", async (t) => {
  const page = await openAt(EVENTS);
  const last = await hashOf(page);
  for (let zoom = 0; zoom < 8; zoom++) await page.getByRole("button", { name: "Show more time" }).click();

  // Leaps: from the beginning by hundreds of thousands of events, and from each of those places to others nearby.
  const leaps = await page.evaluate(async ([count, events]) => {
    const where = document.querySelector("#position");
    const canvas = document.querySelector("canvas.diagram");
    const at = () => Number(where.dataset.event);
    const press = (key) => document.body.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
    const click = (part) => {
      const { left, top, width, height } = canvas.getBoundingClientRect();
      const place = { clientX: left + part * width, clientY: top + height / 2, bubbles: true, button: 0, pointerId: 1 };
      for (const kind of ["pointerdown", "pointerup"]) canvas.dispatchEvent(new PointerEvent(kind, place));
    };
    const found = [];
    const leap = async (action) => {
      const before = at();
      const begin = performance.now();
      action();
      // The page has its new state as soon as what waits to run at once has run.
      for (let turn = 0; turn < 100 && at() === before; turn++) await Promise.resolve();
      if (at() !== before) found.push({ ms: performance.now() - begin, event: at(), hash: where.dataset.hash });
      // A frame is painted before a person leaps again.
      await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
    };
    for (let number = 1; found.length < count && number < 10 * count; number++) {
      // End goes a hundred thousand events on, also where nobody has been yet.
      if (number % 2 === 0) await leap(() => press(at() + 100_000 <= events ? "End" : "Home"));
      else await leap(() => click(0.06 + ((number * 0.6180339887) % 0.9)));
    }
    return found;
  }, [LEAPS, EVENTS]);

  assert.equal(leaps.length, LEAPS);
  const places = new Set(leaps.map(({ event }) => Math.floor(event / 100_000)));
  assert.ok(places.size >= 9, `leaps to all parts of the run: ${[...places]}`);
  const hashes = new Map([[EVENTS, last]]);
  for (const { event, hash } of leaps) {
    assert.equal(hashes.get(event) ?? hash, hash, `one moment, one hash: after ${event} events`);
    hashes.set(event, hash);
  }
  const times = leaps.map(({ ms }) => ms).sort((one, other) => one - other);
  const part = (share) => times[Math.min(times.length - 1, Math.floor(share * times.length))].toFixed(1);
  t.diagnostic(`${LEAPS} leaps within ${EVENTS} events: median ${part(0.5)} ms, 99th percentile ${part(0.99)} ms`);

  // Some of those moments again, each run straight from the beginning in a page of its own.
  for (const { event, hash } of [0.2, 0.5, 0.9].map((share) => leaps[Math.floor(share * LEAPS)])) {
    const other = await openAt(event);
    assert.equal(await hashOf(other), hash, `a straight run to ${event}`);
    await other.context().close();
  }
  // The history compares every event that it runs again with its record, and would have stopped the page.
  assert.deepEqual(page.problems, []);
});
