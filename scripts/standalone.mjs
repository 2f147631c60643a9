// The whole laboratory in one file. A page opened from file:// may neither import a module nor fetch, so styles,
// fonts and icon go in as text and data URLs, the program as one classic script, and the wasm as gzip in base64.

import { readFileSync } from "node:fs";
import { dirname, extname, join } from "node:path";
import { gzipSync } from "node:zlib";

const TYPES = { ".png": "image/png", ".svg": "image/svg+xml", ".woff2": "font/woff2" };

const dataUrl = (path) => {
  const type = TYPES[extname(path)];
  if (!type) throw new Error(`${path}: no known type to inline it with`);
  return `data:${type};base64,${readFileSync(path).toString("base64")}`;
};

const stylesheet = (path) =>
  readFileSync(path, "utf8").replace(/url\(\s*["']?(?!data:|#)([^"')]+?)["']?\s*\)/g, (_, target) => `url("${dataUrl(join(dirname(path), target))}")`);

// Text within <script> ends at the first closing tag, even inside a string.
const script = (text) => `<script>\n${text.replace(/<\/(?=script)/gi, "<\\/")}\n</script>`;

// The generated module as a function body: its exports go, and with them the one use of import.meta, a default
// address that is never needed here.
const glue = (path) => {
  const text = readFileSync(path, "utf8")
    .replace(/^export \{.*\};?$/gm, "")
    .replace(/^export (?=(async )?function|class|const|let)/gm, "")
    .replaceAll("import.meta.url", "undefined");
  const leftover = text.match(/^\s*(import|export)\b.*$/m);
  if (leftover) throw new Error(`${path} cannot be inlined because of: ${leftover[0]}`);
  return text;
};

const program = (folder) => `
globalThis.bivalentProgram = async () => {
  const packed = Uint8Array.from(atob(document.getElementById("wasm").textContent), (char) => char.charCodeAt(0));
  const wasm = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  const init = (() => {
${glue(join(folder, "bivalent.js"))}
    return __wbg_init;
  })();
  return { init, wasm: new Response(wasm, { headers: { "Content-Type": "application/wasm" } }) };
};
(() => {
"use strict";
${readFileSync(join(folder, "static/boot.js"), "utf8")}
})();`;

/** The text of standalone.html, from the finished build in `folder` and the text of its index.html. */
export function standalone(folder, html) {
  const wasm = gzipSync(readFileSync(join(folder, "bivalent_bg.wasm")), { level: 9 }).toString("base64");
  const inlined = html
    .replace(/<!--.*?-->/gs, "")
    .replace(/<link[^>]*rel="stylesheet"[^>]*href="([^"]+)"[^>]*>/g, (_, path) => `<style>\n${stylesheet(join(folder, path))}</style>`)
    .replace(/(<link[^>]*rel="icon"[^>]*href=")([^"]+)"/g, (_, start, path) => `${start}${dataUrl(join(folder, path))}"`)
    .replace(/<link id="(glue|program)"[^>]*>\n/g, "")
    .replace(/<script[^>]*src="[^"]*"[^>]*><\/script>/g, "")
    .replace(/<\/body>/, () => `<script type="text/plain" id="wasm">${wasm}</script>\n${script(program(folder))}\n</body>`);
  const outside = inlined.replace(/<script[\s\S]*<\/script>/g, "").match(/\b(?:href|src)="(?!data:)[^"]*"/);
  if (outside) throw new Error(`standalone.html still points outside itself: ${outside[0]}`);
  return inlined.replace(/^\s*\n/gm, "");
}
