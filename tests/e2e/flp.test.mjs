// The FLP view: the story, the game, the ways out, and the door for theorists.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { THEMES, assertFits, complaints, startLab, takeShots, wasmBytes } from "./harness.mjs";

const TITLES = [
  "Three must agree",
  "One goes quiet",
  "So do not wait for all",
  "Both futures",
  "It hangs on one",
  "You are the network",
  "For ever",
  "Ways out",
  "For theorists",
];

let lab;
before(async () => {
  lab = await startLab();
});
after(() => lab?.close());

const screen = async (title, options = {}) => {
  const page = await lab.open({ url: "#flp", ...options });
  await page.getByRole("button", { name: "Show everything" }).click();
  await page.locator(".steps").getByRole("button", { name: title }).click();
  await page.getByRole("heading", { name: title }).waitFor();
  return page;
};

for (const theme of THEMES) {
  for (const width of [1440, 768, 360]) {
    test(`axe finds nothing in the FLP view, ${theme}, ${width} pixels`, async () => {
      const page = await screen(TITLES[0], { theme, width });
      for (const title of TITLES) {
        await page.locator(".steps").getByRole("button", { name: title }).click();
        await page.getByRole("heading", { name: title }).waitFor();
        if (title === "Ways out") {
          for (const way of ["A calm from some time on", "A suspicion", "A coin", "A clock"]) {
            await page.getByRole("button", { name: way, exact: true }).click();
            assert.deepEqual(await complaints(page), [], way);
          }
        }
        if (title === "For theorists") {
          await page.getByRole("button", { name: "Play 1 stage" }).click();
          await page.locator("#stage").waitFor({ timeout: 20_000 });
        }
        assert.deepEqual(await complaints(page), [], title);
        await assertFits(page, title);
      }
      assert.deepEqual(page.problems, []);
    });
  }
}

test("the story unfolds: what comes next is closed until the viewer has done the thing", async () => {
  const page = await lab.open({ url: "#flp" });
  const next = page.getByRole("button", { name: /^Next:/ });
  const closed = () => page.locator(".steps button:disabled").count();
  assert.equal(await closed(), TITLES.length - 1);
  await page.getByText("Now let one of them go quiet").waitFor({ timeout: 15_000 });
  await next.click();
  await page.getByRole("heading", { name: "One goes quiet" }).waitFor();
  assert.ok(await next.isDisabled(), "nobody has gone quiet yet");
  await page.getByRole("button", { name: "p1 goes quiet" }).click();
  assert.ok(await next.isDisabled(), "one world is not enough");
  await page.getByRole("button", { name: "p1 is just slow" }).click();
  await page.getByText("p0 sees exactly the same in both").waitFor();
  assert.ok(await next.isEnabled());
  await takeShots(page, "flp-quiet");
  assert.deepEqual(page.problems, []);
});

test("three clicks lead two processes to different answers", async () => {
  const page = await screen("So do not wait for all");
  await page.getByRole("button", { name: /^Deliver p0 → p1/ }).waitFor();
  assert.equal(await page.locator(".disc").count(), 0, "the disc comes with the next screen");
  await page.getByRole("button", { name: /^Deliver p0 → p1/ }).click();
  await page.getByRole("button", { name: /^Deliver p1 → p2/ }).click();
  await page.getByText("Two answers").waitFor();
  await takeShots(page, "flp-hasty");
});

test("both futures of a bivalent moment are played, each to its end", async () => {
  const page = await screen("Both futures");
  for (const value of [0, 1]) {
    await page.getByRole("button", { name: `A future that ends in ${value}` }).click();
    await page.locator(".caption").getByText(`decides ${value}`).waitFor({ timeout: 10_000 });
  }
  await page.getByText("Such a moment is called bivalent").waitFor();
  await takeShots(page, "flp-futures");
});

test("the ending turns between two starts, and hangs when the one in which they differ is silent", async () => {
  const page = await screen("It hangs on one");
  for (const start of ["001", "011"]) await page.getByRole("button", { name: `Start ${start}` }).click();
  await page.getByText("they differ only in what p1 thinks").waitFor();
  await page.getByRole("button", { name: "p1 is silent" }).click();
  await page.getByText("stuck: nothing can be decided any more").first().waitFor();
  await takeShots(page, "flp-hinge");
  assert.deepEqual(page.problems, []);
});

test("ten deliveries that keep both colours win, and a wrong one loses a colour and can be taken back", async () => {
  const page = await screen("You are the network");
  await page.getByRole("button", { name: "Show what each would do" }).click();
  const envelope = (text) => page.locator(".envelope").filter({ hasText: text }).first();
  const keeps = "0 and 1 are both still possible (certified";
  let lost = false;
  for (let delivered = 0; delivered < 10; ) {
    await page.locator(".envelope").first().waitFor();
    const wrong = page.locator(".envelope").filter({ hasNotText: keeps });
    if (!lost && (await wrong.count()) > 0) {
      await wrong.first().click();
      await page.getByText("Take it back, or begin again").waitFor();
      await page.getByRole("button", { name: "Take it back" }).click();
      lost = true;
      continue;
    }
    await envelope(keeps).click();
    delivered += 1;
    await page.getByText(delivered === 1 ? "1 delivery" : `${delivered} deliveries`).first().waitFor();
  }
  await page.getByText("You could go on like this for ever").waitFor();
  assert.ok(lost, "a wrong envelope was offered");
  await takeShots(page, "flp-network");
  assert.deepEqual(page.problems, []);
});

test("every rung of the ladder falls on one of the three horns, and shows the run", async () => {
  const page = await screen("For ever");
  await page.getByText("1000 stages of 1000").waitFor({ timeout: 30_000 });
  await page.getByText("Decided: nobody").first().waitFor();
  const rungs = page.locator(".ladder > li");
  for (let rung = 0; rung < 7; rung++) await rungs.nth(rung).getByRole("button", { name: /^Where does it fall/ }).click();
  await page.waitForFunction(() => document.querySelectorAll(".ladder .horns").length === 7, null, { timeout: 60_000 });
  const horns = await page.locator(".ladder .horns").allInnerTexts();
  for (const [place, name] of ["It blocks", "Two answers", "It blocks", "Two answers", "For ever", "For ever", "For ever"].entries()) {
    assert.match(horns[place], new RegExp(name), `rung ${place + 1}`);
  }
  for (const endless of horns.slice(4)) assert.match(endless, /Why it is fair: once round, everybody takes steps/);
  assert.equal(await page.locator("canvas.ring").count(), 3, "a ring for each endless run, paxos’s too");
  await page.locator(".ladder > li").nth(1).getByRole("button", { name: "Show the run" }).first().click();
  await takeShots(page, "flp-forever");
  await page.locator(".ladder > li").nth(1).getByRole("button", { name: "Open in the laboratory" }).click();
  await page.locator("#position").waitFor();
  assert.deepEqual(page.problems, []);
});

test("each way out is gone through to its end", async () => {
  const page = await screen("Ways out");
  await page.getByRole("heading", { name: "The fault that moves" }).waitFor({ timeout: 30_000 });
  await page.getByText("Agreement holds in every run").nth(1).waitFor();
  await takeShots(page, "flp-clock");
  await page.getByRole("button", { name: "A calm from some time on" }).click();
  await page.getByText(/ms after the calm began/).waitFor();
  await page.getByText("A bound on delays is not enough").waitFor();
  await takeShots(page, "flp-calm");
  await page.getByRole("button", { name: "A suspicion" }).click();
  await page.getByText(/decided in the first round: p\d at/).waitFor();
  const wrong = page.getByRole("button", { name: "Wrong suspicions, for ever" });
  await page.waitForFunction((button) => !button.disabled, await wrong.elementHandle(), { timeout: 60_000 });
  await wrong.click();
  await page.getByText(/the same moment comes back every \d+ events/).waitFor();
  await takeShots(page, "flp-suspicion");
  await page.getByRole("button", { name: "A coin" }).click();
  await page.getByText("exactly 5 rounds on average").waitFor();
  await page.getByText("5000 of 5000 seeds").waitFor({ timeout: 60_000 });
  await takeShots(page, "flp-coin");
  assert.deepEqual(page.problems, []);
});

const set = async (page, field, text) => {
  await page.locator(field).fill(text);
  await page.locator(field).blur();
};

test("the theorists' door names what it cannot explore, and a stopped search claims nothing", async () => {
  const page = await screen("For theorists");
  await page.locator("#census").getByText("141").first().waitFor();
  await page.locator("#protocol").selectOption("ben-or");
  for (const [parameters, message] of [["rounds=x", "rounds"], ["", "does not end"], ["colour=red", "colour"]]) {
    await set(page, "#parameters", parameters);
    await page.locator("#explore").click();
    await page.getByRole("alert").getByText(message).first().waitFor();
  }
  await set(page, "#parameters", "rounds=2");
  await page.locator("#explore").click();
  await page.getByRole("button", { name: "Stop" }).click();
  await page.locator('#census[data-complete="false"]').waitFor();
  await page.getByText("unknown: the search was stopped").first().waitFor();
  assert.deepEqual(page.problems, []);
});

test("the map is walked with the keyboard, shows a configuration in words and on a board, and opens it", async () => {
  const page = await screen("For theorists");
  const map = page.locator(".map canvas");
  await map.focus();
  const verdict = page.locator(".verdict");
  await verdict.getByText("Configuration 0: bivalent").waitFor();
  await page.keyboard.press("ArrowDown");
  await verdict.getByText("Configuration 0:").waitFor({ state: "detached" });
  await page.keyboard.press("+");
  await page.getByRole("button", { name: "To the left" }).waitFor();
  await page.keyboard.press("Shift+ArrowRight");
  await page.keyboard.press("0");
  await page.getByRole("button", { name: "To the left" }).waitFor({ state: "detached" });
  await page.getByRole("button", { name: "A future that decides 1" }).click();
  await page.locator(".looked .caption").getByText("decides 1").waitFor({ timeout: 10_000 });
  const box = await map.boundingBox();
  const before = await verdict.innerText();
  for (let spot = 0; spot < 200 && (await verdict.innerText()) === before; spot++) {
    await page.mouse.move(box.x + box.width * (0.05 + 0.05 * (spot % 20)), box.y + box.height * (0.05 + 0.09 * Math.floor(spot / 20)));
    await page.waitForTimeout(50);
  }
  assert.notEqual(await verdict.innerText(), before, "what is under the pointer is told");
  await takeShots(page, "flp-map");
  await page.locator(".looked").first().getByRole("button", { name: "Open in the laboratory" }).click();
  await page.locator("#position").waitFor();
  assert.deepEqual(page.problems, []);
});

test("a stage of the proof is told, its certificates are played, and the map follows the adversary", async () => {
  const page = await screen("For theorists");
  await page.locator("#protocol").selectOption("paxos");
  await page.getByRole("button", { name: "Where does it fall? paxos" }).click();
  await page.getByText(/For ever\./).waitFor({ timeout: 30_000 });
  await page.locator("#graph").selectOption("around the adversary");
  await page.locator("#explore").click();
  await page.getByRole("button", { name: "Play 10 stages" }).click();
  await page.locator("#stage").getByText("stage 10 of 10").waitFor({ timeout: 20_000 });
  await page.getByText("Lemma 2 holds").waitFor();
  for (const value of [0, 1]) {
    await page.getByRole("button", { name: `A run that still decides ${value}` }).click();
    await page.locator(".looked .caption").getByText(`decides ${value}`).first().waitFor({ timeout: 60_000 });
  }
  await page.locator(".verdict").getByText("bivalent (certified").waitFor({ timeout: 30_000 });
  await takeShots(page, "flp-proof");
  assert.deepEqual(page.problems, []);
});

test("hundreds of thousands of configurations are explored while the page stays live", async () => {
  const page = await screen("For theorists");
  for (const [protocol, parameters, configurations] of [
    ["rotating-coordinator", "rounds=2", "303382"],
    ["paxos", "max-ballot=3", "173093"],
  ]) {
    await page.locator("#protocol").selectOption(protocol);
    await set(page, "#parameters", parameters);
    const begun = Date.now();
    await page.locator("#explore").click();
    await page.getByRole("button", { name: "Stop" }).waitFor();
    // The longest gap between two frames while it works.
    const gap = await page.evaluate(
      () =>
        new Promise((resolve) => {
          let [last, longest] = [performance.now(), 0];
          const frame = (now) => {
            [last, longest] = [now, Math.max(longest, now - last)];
            if (document.querySelector(".stage progress")) requestAnimationFrame(frame);
            else resolve(longest);
          };
          requestAnimationFrame(frame);
        }),
    );
    await page.locator('#census[data-complete="true"]').getByText(configurations).waitFor({ timeout: 15_000 });
    const bytes = await wasmBytes(page);
    console.log(`${protocol} ${parameters}: ${Date.now() - begun} ms, longest frame ${Math.round(gap)} ms, ${(bytes / 2 ** 20).toFixed(1)} MiB`);
    assert.ok(gap < 1_000, `the page stood still for ${gap} ms`);
    assert.ok(bytes > 2 ** 20 && bytes <= 512 * 2 ** 20, `${bytes} bytes`);
  }
  assert.deepEqual(page.problems, []);
});
