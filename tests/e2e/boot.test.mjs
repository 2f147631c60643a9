import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { DIST, STANDALONE, rendered, startLab, takeShots } from "./harness.mjs";

let lab;
before(async () => {
  lab = await startLab();
});
after(() => lab?.close());

test("the page opens below a folder, under the policy, without an error", async () => {
  const page = await lab.open();
  assert.equal(await page.locator("#loading").count(), 0);
  assert.equal(await page.locator("#panic").isVisible(), false);
  assert.deepEqual(page.problems, []);
  await takeShots(page, "start");
});

test("every file of the page is asked for with a version, but for fonts", async () => {
  const page = await lab.open({ ready: false });
  await rendered(page);
  const loaded = await page.evaluate(() => performance.getEntriesByType("resource").map(({ name }) => name));
  assert.ok(loaded.some((name) => name.includes(".wasm?v=")), loaded.join("\n"));
  assert.deepEqual(loaded.filter((name) => !name.includes("?v=") && !name.endsWith(".woff2")), []);
});

test("the program is fetched once", async () => {
  const page = await lab.open({ ready: false });
  await rendered(page);
  const fetched = await page.evaluate(() => performance.getEntriesByType("resource").filter(({ name }) => name.includes(".wasm")).length);
  assert.equal(fetched, 1);
});

// Holds the program back until `let_go` is called.
const held = async (options = {}) => {
  const page = await lab.open({ ready: false, url: "about:blank", ...options });
  let letGo;
  const wait = new Promise((resolve) => (letGo = resolve));
  await page.route("**/*.wasm*", async (route) => {
    await wait;
    await route.continue();
  });
  return { page, letGo };
};

test("until the program runs the page shows the first lesson and how much of the program is there", async () => {
  const { page, letGo } = await held();
  await page.goto(lab.address);
  await page.getByText("Opening the laboratory").waitFor();
  const question = await page.locator(".question").innerText();
  const names = await page.locator("svg.board text").allTextContents();
  assert.ok(names.some((name) => name.includes("p0")), names.join(" "));
  const wasm = statSync(join(DIST, "bivalent_bg.wasm")).size;
  const bar = await page.locator("#bar").elementHandle();
  assert.equal(await bar.evaluate(({ max }) => max), wasm);
  assert.ok((await bar.evaluate(({ value }) => value)) < wasm);
  // Where things are, before and after: what is there already stays in its place.
  const places = (selectors) =>
    page.evaluate((selectors) => selectors.map((selector) => document.querySelector(selector).getBoundingClientRect().top), selectors);
  const there = [".lesson h1", ".question"];
  const before = await places(there);
  await takeShots(page, "opening");
  await page.setViewportSize({ width: 1440, height: 900 });
  letGo();
  await rendered(page);
  assert.equal(await bar.evaluate(({ value }) => value), wasm);
  assert.equal(await page.locator(".question").innerText(), question);
  for (const [place, top] of (await places(there)).entries()) {
    assert.ok(Math.abs(top - before[place]) <= 4, `${there[place]} jumps from ${before[place]} to ${top}`);
  }
  assert.deepEqual(page.problems, []);
});

test("who asks for something else is not shown the first lesson meanwhile", async () => {
  const { page, letGo } = await held();
  await page.goto(`${lab.address}?scenario=in-step`);
  await page.getByText("Opening the laboratory").waitFor();
  assert.equal(await page.locator(".question").isVisible(), false);
  letGo();
  await rendered(page);
});

test("without the wasm the page says that it could not be opened", async () => {
  const page = await lab.open({ url: "index.html", ready: false });
  await page.route("**/*.wasm*", (route) => route.fulfill({ status: 404, body: "" }));
  await page.reload();
  await page.getByText("could not be opened").waitFor();
});

test("without WebAssembly the page says so", async () => {
  const page = await lab.open({ ready: false });
  await page.addInitScript(() => delete globalThis.WebAssembly);
  await page.reload();
  await page.getByText("has no WebAssembly").waitFor();
});

test("without JavaScript the page says so", async () => {
  const page = await lab.open({ ready: false, context: { javaScriptEnabled: false } });
  assert.ok(await page.locator("noscript p").isVisible());
  assert.equal(await page.locator("#progress").isVisible(), false);
});

test("standalone.html opens from a file", async () => {
  const page = await lab.open({ url: STANDALONE });
  assert.deepEqual(page.problems, []);
});

// Slides and vaults of notes put the file into frames that have no origin, hence no storage and no clipboard.
const openInFrame = async (attributes) => {
  const folder = mkdtempSync(join(tmpdir(), "bivalent-"));
  try {
    const slide = join(folder, "slide.html");
    const frame = `<iframe sandbox="allow-scripts" width="800" height="500" ${attributes}></iframe>`;
    writeFileSync(slide, `<!doctype html><meta charset="utf-8">${frame}`);
    const page = await lab.open({ url: pathToFileURL(slide).href, ready: false });
    await rendered(page.frameLocator("iframe"));
    return page;
  } finally {
    rmSync(folder, { recursive: true });
  }
};
const asText = () => {
  const html = readFileSync(fileURLToPath(STANDALONE), "utf8");
  return `srcdoc="${html.replaceAll("&", "&amp;").replaceAll('"', "&quot;")}"`;
};

test("standalone.html opens as the source of a sandboxed frame", async () => {
  const page = await openInFrame(`src="${STANDALONE}"`);
  assert.deepEqual(page.problems, []);
});

test("standalone.html opens as the text of a sandboxed frame, and again after a panic", async () => {
  const page = await openInFrame(asText());
  assert.deepEqual(page.problems, []);
  const [, frame] = page.frames();
  await page.addInitScript(() => {
    globalThis.openedWith = location.hash;
  });
  for (const [button, hash] of [["Start again with this link", "#s=1z.lastaction"], ["Start afresh", "#fresh"]]) {
    await frame.evaluate(() => {
      globalThis.bivalentReport = { seed: "7", link: "#s=1z.lastaction" };
      globalThis.bivalentPanic("gone");
    });
    await Promise.all([frame.waitForNavigation(), frame.getByRole("button", { name: button }).click()]);
    await rendered(frame);
    assert.equal(await frame.evaluate(() => globalThis.openedWith), hash);
  }
});

const report = { message: "left by the hook", seed: "7", link: "#s=1z.lastaction" };
const panicking = async () => {
  const page = await lab.open();
  await page.evaluate((report) => {
    globalThis.bivalentReport = report;
  }, report);
  return page;
};

test("a panic shows what happened, the seed and the link", async () => {
  const page = await panicking();
  await page.evaluate(() => globalThis.bivalentPanic("index out of bounds: the len is 3"));
  await page.getByRole("alertdialog", { name: "The laboratory stopped" }).waitFor();
  assert.equal(await page.locator("#panic-message").textContent(), "index out of bounds: the len is 3");
  assert.equal(await page.locator("#panic-seed").textContent(), "7");
  assert.equal(await page.locator("#panic-link").inputValue(), `${lab.address}#s=1z.lastaction`);
  assert.equal(await page.locator("#app").count(), 0);
  await takeShots(page, "panic");
});

test("a trap that no panic hook announced shows the report too", async () => {
  const page = await panicking();
  // (module (func (export "f") unreachable))
  const trapping = [0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 7, 5, 1, 1, 102, 0, 0, 10, 5, 1, 3, 0, 0, 11];
  await page.evaluate(async (bytes) => {
    const { instance } = await WebAssembly.instantiate(new Uint8Array(bytes));
    setTimeout(instance.exports.f);
  }, trapping);
  await page.locator("#panic").waitFor();
  assert.equal(await page.locator("#panic-message").textContent(), "left by the hook");
});

test("an error outside the program shows no report", async () => {
  const page = await panicking();
  await page.evaluate(() => {
    setTimeout(() => {
      throw new Error("an extension of the browser");
    });
  });
  await page.waitForEvent("pageerror");
  assert.equal(await page.locator("#panic").isVisible(), false);
});

test("the report's buttons lead back by the keyboard, though dead listeners still take the keys", async () => {
  const page = await panicking();
  await page.evaluate(() => {
    addEventListener("keydown", (event) => event.preventDefault());
    globalThis.bivalentPanic("gone");
  });
  await page.getByRole("button", { name: "Start again with this link" }).focus();
  await Promise.all([page.waitForEvent("load"), page.keyboard.press("Enter")]);
  await rendered(page);
  assert.equal(await page.locator("#panic").isVisible(), false);
});

test("the report can be left for a fresh start", async () => {
  const page = await panicking();
  await page.evaluate(() => globalThis.bivalentPanic("gone"));
  await Promise.all([page.waitForEvent("load"), page.getByRole("button", { name: "Start afresh" }).click()]);
  await rendered(page);
});

test("the link of the report can be copied", async () => {
  const page = await lab.open({ context: { permissions: ["clipboard-read", "clipboard-write"] } });
  await page.evaluate((report) => {
    globalThis.bivalentReport = report;
    globalThis.bivalentPanic("gone");
  }, report);
  await page.getByRole("button", { name: "Copy" }).click();
  await page.getByText("Copied.").waitFor();
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), `${lab.address}#s=1z.lastaction`);
});
