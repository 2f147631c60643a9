// Starts the program, and takes over when it breaks. Everything here must work when nothing in the wasm does.
//
// The page keeps `globalThis.bivalentReport = { seed, link }` current. Its panic hook calls
// `globalThis.bivalentPanic(message)`, or leaves the text in `bivalentReport.message` before the trap.
// standalone.html runs this same file as a classic script, so it has no static import and no import.meta.

const element = (id) => document.getElementById(id);

let dead = false;

// The program's own listeners may outlive it; they must not swallow the keys of whoever reads the report. This one
// is the first on the window, so it runs before them.
for (const type of ["keydown", "keyup", "wheel"]) {
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

const fetchProgram = async (name) => {
  const [glue, wasm, style] = [...element(name).content.children].map((link) => new URL(link.getAttribute("href"), location.href));
  if (style) {
    const link = document.createElement("link");
    Object.assign(link, { rel: "stylesheet", href: style });
    document.head.append(link);
  }
  const fetched = fetch(wasm, { credentials: "same-origin" });
  const { default: init, leave } = await import(glue);
  const response = await fetched;
  if (!response.ok) throw new Error(`${response.url}: ${response.status} ${response.statusText}`);
  return { init, leave, wasm: response };
};

const giveUp = (text) => {
  element("loading").textContent = text;
  element("loading").classList.add("failed");
};

const run = async ({ init, leave, wasm }) => {
  // The smaller program calls this when it is asked for more than it holds, which can be at once. If that cannot be
  // fetched, it goes on.
  globalThis.bivalentWhole = async () => {
    const whole = await fetchProgram("whole");
    leave();
    await run(whole);
  };
  await init({ module_or_path: wasm });
};

const start = async () => {
  try {
    await run(await (globalThis.bivalentProgram ?? fetchProgram)(/^#(flp|library|many|compare|c=)/.test(location.hash) ? "whole" : "small"));
  } catch (error) {
    console.error(error);
    if (isTrap(error)) showTrap(error);
    else if (!dead) giveUp(`The laboratory could not be opened (${error}). Reloading the page may help.`);
  }
};

if (typeof WebAssembly === "object") start();
else giveUp("This browser has no WebAssembly, or it is switched off. Bivalent needs it to run its protocols.");
