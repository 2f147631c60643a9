import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { DIST } from "./harness.mjs";

const LIMIT_KB = 1200;

test(`the download is at most ${LIMIT_KB} kB, without the font`, (t) => {
  const html = readFileSync(join(DIST, "index.html"), "utf8");
  const linked = [...html.matchAll(/(?:href|src)="([^":#?]+)\?v=/g)].map(([, path]) => path);
  const sizes = ["index.html", ...linked].map((path) => [path, gzipSync(readFileSync(join(DIST, path)), { level: 9 }).length]);
  const fonts = ["static/fonts/atkinson-hyperlegible-next-latin-wght-normal.woff2"].map((path) => [path, readFileSync(join(DIST, path)).length]);

  const kb = (bytes) => `${(bytes / 1000).toFixed(1)} kB`;
  for (const [path, bytes] of [...sizes, ...fonts]) t.diagnostic(`${kb(bytes)}  ${path}`);
  const total = sizes.reduce((sum, [, bytes]) => sum + bytes, 0);
  t.diagnostic(`${kb(total)}  gzipped, fonts apart`);
  assert.ok(linked.includes("bivalent_bg.wasm"), "the wasm must be among what is counted");
  assert.ok(total <= LIMIT_KB * 1000, `${kb(total)} is more than ${LIMIT_KB} kB`);
});
