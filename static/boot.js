// Starts the program, and takes over when it breaks. Everything here must work when nothing in the wasm does.
//
// The page keeps `globalThis.bivalentReport = { seed, link }` current. Its panic hook calls
// `globalThis.bivalentPanic(message)`, or leaves the text in `bivalentReport.message` before the trap.
// standalone.html runs this same file as a classic script, so it has no static import and no import.meta.

const element = (id) => document.getElementById(id);

let dead = false;

// The program's own listeners may outlive it; they must not swallow the keys of whoever reads the report, nor keep a
// place that cannot be trusted. This one is the first on the window, so it runs before them.
for (const type of ["keydown", "keyup", "wheel", "popstate", "pagehide", "visibilitychange"]) {
  addEventListener(type, (event) => dead && event.stopImmediatePropagation(), { capture: true });
}

globalThis.bivalentPanic = (message) => {
  if (dead) return;
  dead = true;
  const report = globalThis.bivalentReport ?? {};
  element("panic-message").textContent = message;
  element("panic-seed").textContent = report.seed ?? "not known";
  element("panic-link").value = new URL(report.link ?? location.href, location.href).href;
  // Gone rather than hidden: an open dialog would lie over the report and make it inert.
  element("app").remove();
  element("panic").hidden = false;
  element("panic-title").focus();
};

element("panic-copy").addEventListener("click", async () => {
  element("panic-link").select();
  try {
    await navigator.clipboard.writeText(element("panic-link").value);
    element("panic-copied").textContent = "Copied.";
  } catch {
    // A frame may have no clipboard.
    element("panic-copied").textContent = "Selected: copy it with your keyboard.";
  }
});

// A dead instance cannot be revived, so both ways back load the page anew. Only the part behind # is changed: in a
// frame made of text, any other address would be one of the page around it.
const restart = (hash) => {
  location.hash = hash;
  // The place that the entry leads to may be the one that broke the program.
  history.replaceState(null, "");
  location.reload();
  // A sandboxed frame from file:// is refused by the browser.
  setTimeout(() => {
    element("panic-stuck").textContent = "This frame may not reload itself: reload the page around it.";
  }, 2000);
};
element("panic-again").addEventListener("click", () => restart(new URL(element("panic-link").value).hash));
// The page takes #fresh as: the default scenario, and nothing of what was saved.
element("panic-afresh").addEventListener("click", () => restart("#fresh"));

const showTrap = (error) => globalThis.bivalentPanic(globalThis.bivalentReport?.message || String(error));
const isTrap = (error) => error instanceof WebAssembly.RuntimeError;
// An exception that leaves the wasm by another way (a full stack, a browser call that threw) skips its clean-up, and
// the instance is as unreliable as after a trap.
const passedThroughWasm = (error) => /\.wasm\b|wasm:\/\/|wasm-function/.test(error?.stack ?? "");

addEventListener("error", ({ error }) => {
  if (isTrap(error) || passedThroughWasm(error)) showTrap(error);
});
// Here a trap only: a refused fetch or clipboard harms nothing, though wasm is on its stack.
addEventListener("unhandledrejection", ({ reason }) => {
  if (isTrap(reason)) showTrap(reason);
});

const fetchProgram = async () => {
  const address = (id) => new URL(element(id).getAttribute("href"), location.href);
  const fetched = fetch(address("program"), { credentials: "same-origin" });
  const { default: init } = await import(address("glue"));
  const wasm = await fetched;
  if (!wasm.ok) throw new Error(`${wasm.url}: ${wasm.status} ${wasm.statusText}`);
  return { init, wasm };
};

// The response, while the bar shows how much of it is here. Bytes are counted after the browser has unpacked them; the
// header says how many there are before.
const watched = (response) => {
  const bar = element("bar");
  const count = new TransformStream({
    transform(chunk, controller) {
      bar.value += chunk.byteLength;
      controller.enqueue(chunk);
    },
  });
  return new Response(response.body.pipeThrough(count), { headers: { "Content-Type": "application/wasm" } });
};

const giveUp = (text) => {
  element("progress").hidden = true;
  element("failed").textContent = text;
};

const start = async () => {
  // Who asks for something else, or comes back, is not shown the first lesson.
  const first = !history.state && !location.search && ["", "#fresh"].includes(location.hash);
  element("loading").classList.toggle("elsewhere", !first);
  element("progress").hidden = false;
  try {
    const { init, wasm } = await (globalThis.bivalentProgram ?? fetchProgram)();
    await init({ module_or_path: watched(wasm) });
  } catch (error) {
    console.error(error);
    if (isTrap(error)) showTrap(error);
    else if (!dead) giveUp(`The laboratory could not be opened (${error}). Reloading the page may help.`);
  }
};

if (typeof WebAssembly === "object") start();
else giveUp("This browser has no WebAssembly, or it is switched off. Bivalent needs it to run its protocols.");
