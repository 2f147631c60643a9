// Runs after Trunk (see Trunk.toml): standalone.html, smaller scripts and styles, and version queries for what
// index.html loads.

import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { extname, join } from "node:path";
import { transformSync } from "esbuild";
import { standalone } from "./standalone.mjs";

const folder = process.env.TRUNK_STAGING_DIR ?? "dist";
const page = join(folder, "index.html");
// Trunk leaves its own link in where it injects no scripts.
const html = readFileSync(page, "utf8")
  .replace(/^\s*<link data-trunk [^>]*>\n/gm, "")
  // What is said to readers of the source need not be sent to everybody.
  .replace(/<!--.*?-->/gs, "")
  .replace(/^\s+/gm, "");

writeFileSync(join(folder, "standalone.html"), standalone(folder, html));

// What the browser has to load counts. After standalone.html, which is made from the text of these files.
for (const path of ["bivalent.js", "bivalent-whole.js", "static/boot.js", "static/boot.css", "static/style.css", "static/whole.css"]) {
  const { code } = transformSync(readFileSync(join(folder, path), "utf8"), { loader: extname(path).slice(1), minify: true });
  writeFileSync(join(folder, path), code);
}

// File names without hashes can be linked to and embedded, but a browser may hold an old copy of one and a new copy
// of another. A query that changes with the content keeps each file with its own page.
const versioned = html.replace(/\b(href|src)="([^":#?]+)"/g, (_, attribute, path) => {
  const version = createHash("sha256").update(readFileSync(join(folder, path))).digest("hex").slice(0, 12);
  return `${attribute}="${path}?v=${version}"`;
});
writeFileSync(page, versioned);
