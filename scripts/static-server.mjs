// Serves a folder as a plain static host would, under the policy that the page promises to live with.
//
//   node scripts/static-server.mjs FOLDER [--port N]
//
// standalone.html carries its script within itself, so this policy stops it: open that file directly.

import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

export const POLICY = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "style-src 'self' 'unsafe-inline'",
  "connect-src 'self'",
  "worker-src 'self' blob:",
  "img-src 'self' data: blob:",
  "font-src 'self' data:",
].join("; ");

const TYPES = {
  ".css": "text/css; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json",
  ".png": "image/png",
  ".svg": "image/svg+xml",
  ".txt": "text/plain; charset=utf-8",
  ".wasm": "application/wasm",
  ".woff2": "font/woff2",
};

/** Serves `folder` below `prefix` on localhost; port 0 is any free one. Gives back the page's address and `close`. */
export async function serve({ folder, port = 0, prefix = "/" }) {
  const root = resolve(folder);

  const find = async (url) => {
    const path = decodeURIComponent(new URL(url, "http://localhost").pathname);
    if (!path.startsWith(prefix)) return null;
    const file = resolve(root, path.slice(prefix.length) || "index.html");
    // Nothing outside the folder, whatever the encoding of the dots.
    if (!file.startsWith(root + sep)) return null;
    const found = await stat(file);
    return found.isDirectory() ? join(file, "index.html") : file;
  };

  const server = createServer(async (request, response) => {
    const file = await find(request.url).catch(() => null);
    const type = file ? (TYPES[extname(file)] ?? "application/octet-stream") : TYPES[".txt"];
    response.writeHead(file ? 200 : 404, {
      "Content-Type": type,
      "Content-Security-Policy": POLICY,
      "Cache-Control": "no-store",
      "X-Content-Type-Options": "nosniff",
    });
    if (!file) response.end("Not found\n");
    else createReadStream(file).on("error", () => response.destroy()).pipe(response);
  });

  await new Promise((ready, failed) => server.once("error", failed).listen(port, "127.0.0.1", ready));
  return {
    address: `http://localhost:${server.address().port}${prefix}`,
    close: () => {
      server.closeAllConnections();
      return new Promise((closed) => server.close(closed));
    },
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values, positionals } = parseArgs({ allowPositionals: true, options: { port: { type: "string", default: "8080" } } });
  try {
    const { address } = await serve({ folder: positionals[0] ?? "dist", port: Number(values.port) });
    console.log(`Bivalent is at ${address} (Ctrl+C stops it)`);
  } catch (error) {
    console.error(error.code === "EADDRINUSE" ? `Port ${values.port} is taken: choose another with --port N.` : error.message);
    process.exit(2);
  }
}
