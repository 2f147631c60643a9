// Runs after Trunk (see Trunk.toml): the first lesson in index.html, standalone.html, smaller scripts and styles, and
// version queries for what index.html loads.

import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";
import { transformSync } from "esbuild";
import { standalone } from "./standalone.mjs";

const folder = process.env.TRUNK_STAGING_DIR ?? "dist";
const page = join(folder, "index.html");

const scratch = mkdtempSync(join(tmpdir(), "bivalent-"));
process.on("exit", () => rmSync(scratch, { recursive: true }));
// The same program, on the command line.
const bivalent = (...words) => execFileSync("cargo", ["run", "--quiet", "--locked", "--", ...words], { encoding: "utf8" });

// The first scenario as the page draws it: its colours are the page's tokens, so that it changes with the theme.
const { name, title, question } = JSON.parse(bivalent("list", "--format", "json")).scenarios[0];
const drawn = join(scratch, "board.svg");
bivalent("diagram", name, "--board", "-o", drawn);
// What a picture needs only where it stands alone.
const inline = (svg) => svg.replace(/\s*<(style|metadata|title)>.*?<\/\1>\n/gs, "");
const board = inline(readFileSync(drawn, "utf8"))
  .replace(/<rect width="[^>]*>\n/, "")
  .replace(/ (width|height)="[^"]*"/, "")
  .replace(/ (width|height)="[^"]*"/, "")
  .replace("<svg ", '<svg class="board" ')
  .replace(/ font-family="[^"]*"/, "");
const escape = (text) => text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
const words = {
  title: escape(title.split(/[:,]/)[0]),
  question: escape(question),
  board,
  mark: inline(readFileSync(join(folder, "static/mark.svg"), "utf8")).replace("<svg ", '<svg class="valency" aria-hidden="true" '),
  bytes: String(statSync(join(folder, "bivalent_bg.wasm")).size),
};

// Trunk leaves its own link in where it injects no scripts.
const html = readFileSync(page, "utf8")
  .replace(/^\s*<link data-trunk [^>]*>\n/gm, "")
  // What is said to readers of the source need not be sent to everybody.
  .replace(/<!--.*?-->/gs, "")
  .replace(/\{\{(\w+)\}\}/g, (_, word) => words[word])
  .replace(/^\s+/gm, "");

writeFileSync(join(folder, "standalone.html"), standalone(folder, html));

// What the browser has to load counts. After standalone.html, which is made from the text of these files.
for (const path of ["bivalent.js", "static/boot.js", "static/boot.css", "static/style.css"]) {
  const { code } = transformSync(readFileSync(join(folder, path), "utf8"), { loader: extname(path).slice(1), minify: true });
  writeFileSync(join(folder, path), code);
}
// These are in the program.
for (const path of ["land.txt", "scenarios"]) rmSync(join(folder, "static", path), { recursive: true });

// File names without hashes can be linked to and embedded, but a browser may hold an old copy of one and a new copy
// of another. A query that changes with the content keeps each file with its own page.
const versioned = html.replace(/\b(href|src)="([^":#?]+)"/g, (_, attribute, path) => {
  const version = createHash("sha256").update(readFileSync(join(folder, path))).digest("hex").slice(0, 12);
  return `${attribute}="${path}?v=${version}"`;
});
writeFileSync(page, versioned);
