// What every browser test needs: dist/ on a server with the page's policy, below a folder; Chromium; pages that
// remember what went wrong in them.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { AxeBuilder } from "@axe-core/playwright";
import { chromium } from "playwright-core";
import { serve } from "../../scripts/static-server.mjs";

const root = fileURLToPath(new URL("../..", import.meta.url));
export const DIST = join(root, "dist");
export const STANDALONE = pathToFileURL(join(DIST, "standalone.html")).href;
export const SHOTS = join(root, "tests/e2e/shots");
export const WIDTHS = { 1440: 900, 768: 1024, 360: 740 };
export const THEMES = ["light", "dark"];

const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

// scripts/test sets CHROMIUM; `node --test tests/e2e` by hand finds the usual names.
const findChromium = () => {
  if (process.env.CHROMIUM?.includes("/")) return process.env.CHROMIUM;
  const names = [process.env.CHROMIUM, "chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
  const script = names.filter(Boolean).map((name) => `command -v ${name}`).join(" || ");
  return execFileSync("sh", ["-c", script], { encoding: "utf8" }).trim();
};

/**
 * Starts the server and the browser: `before(async () => { lab = await startLab(); })`, `after(() => lab.close())`.
 *
 * `lab.open({ … })` gives a Playwright page with `page.problems`, a list of everything that went wrong in it: errors
 * on the console, exceptions, violations of the policy, requests to other hosts.
 */
export async function startLab() {
  // A sub-folder, so that an address from the root of the host fails here and not at somebody's university.
  const server = await serve({ folder: DIST, prefix: "/notes/week-3/" });
  const browser = await chromium.launch({ executablePath: findChromium(), args: FLAGS });

  // url: absolute, or relative to the page ("?embed=1#s=…"). ready: wait until the program has rendered.
  const open = async ({ url = "", width = 1440, theme = "light", ready = true, context: options = {} } = {}) => {
    const context = await browser.newContext({
      viewport: { width, height: WIDTHS[width] ?? 900 },
      colorScheme: theme,
      reducedMotion: "reduce",
      ...options,
    });
    const page = await context.newPage();
    page.problems = [];
    const problem = (text) => page.problems.push(text);
    page.on("console", (message) => message.type() === "error" && problem(`console: ${message.text()}`));
    page.on("pageerror", (error) => problem(`exception: ${error.message}`));
    page.on("request", (request) => {
      const url = request.url();
      if (!/^(file|data|blob|about):/.test(url) && !url.startsWith(new URL("/", server.address).href)) problem(`request: ${url}`);
    });
    await page.addInitScript(() =>
      addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI, sourceFile }) =>
        console.error(`policy: ${violatedDirective} forbids ${blockedURI} in ${sourceFile}`),
      ),
    );
    // How much memory the programs have, for `wasmBytes`.
    await page.addInitScript(() => {
      globalThis.memories = [];
      for (const name of ["instantiate", "instantiateStreaming"]) {
        const original = WebAssembly[name];
        WebAssembly[name] = async (...given) => {
          const made = await original.apply(WebAssembly, given);
          memories.push((made.instance ?? made).exports.memory);
          return made;
        };
      }
    });
    await page.goto(new URL(url, server.address).href);
    if (ready) await rendered(page);
    return page;
  };

  return {
    address: server.address,
    open,
    close: async () => {
      await browser.close();
      await server.close();
    },
  };
}

/**
 * Waits until the program has put its page, in `frame` or a page, where "loading" was, and has painted it: a key that
 * comes before may be lost. A frame out of sight may never be painted; then a second must do.
 */
export const rendered = async (frame) => {
  const shown = frame.locator("#app > *:not(#loading)").first();
  await shown.waitFor({ state: "attached", timeout: 15_000 });
  await shown.evaluate(
    () =>
      new Promise((painted) => {
        requestAnimationFrame(() => requestAnimationFrame(painted));
        setTimeout(painted, 1000);
      }),
  );
};

const TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];

/** What axe finds against WCAG 2.2 AA, as lines; an empty list is what one wants. */
export const complaints = async (page) => {
  const { violations } = await new AxeBuilder({ page }).withTags(TAGS).analyze();
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target).join(" ")}`);
};

/** Nothing is wider than the window: there is nothing to scroll to sideways. `what` is shown. */
export const assertFits = async (page, what) => {
  const [needed, there] = await page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]);
  assert.ok(needed <= there, `${what}: the page needs ${needed} of ${there} pixels`);
};

/** The bytes of the WebAssembly memories of the page: that of the program that runs, and of any before it. */
export const wasmBytes = (page) => page.evaluate(() => memories.reduce((sum, memory) => sum + memory.buffer.byteLength, 0));

/** Pictures for people to look at: tests/e2e/shots/NAME-WIDTH-THEME.png, for each width and theme. */
export async function takeShots(page, name) {
  mkdirSync(SHOTS, { recursive: true });
  for (const [width, height] of Object.entries(WIDTHS)) {
    await page.setViewportSize({ width: Number(width), height });
    for (const theme of THEMES) {
      await page.emulateMedia({ colorScheme: theme });
      await page.screenshot({ path: join(SHOTS, `${name}-${width}-${theme}.png`), animations: "disabled" });
    }
  }
}
