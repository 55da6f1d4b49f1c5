// Every screen of the studio in both themes and languages: axe clean, nothing wider than the window, usable by keyboard alone.
// With SHOTS=FOLDER in the environment, every screen is also saved as a picture in three widths.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { timeout } from "./open.mjs";
import { expect } from "./page.mjs";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

export const screens = ["", "run", "race", "cell", "words", "models"];

const height = 740;
const phone = 360;

async function look(page, where) {
  const violations = await page.evaluate(async () => {
    const found = await globalThis.axe.run(document, { resultTypes: ["violations"] });
    return found.violations.map(
      ({ id, impact, nodes }) => `${impact} ${id} (${nodes.length}): ${nodes[0].target.join(" ")}`,
    );
  });
  const wide = [];
  for (const width of [1280, 768, phone]) {
    await page.setViewportSize({ width, height });
    await page.evaluate(() => new Promise(requestAnimationFrame));
    const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    if (over > 0) wide.push(`${over} px wider than ${width} px`);
    if (process.env.SHOTS)
      await page.screenshot({
        path: join(process.env.SHOTS, `${where.replaceAll(", ", "-").replaceAll(" ", "_")}-${width}.png`),
        fullPage: true,
      });
  }
  return [...violations, ...wide].map((one) => `${where}: ${one}`);
}

/** Screens that learn by themselves at the press of a button: what they show then. */
const pictures = { race: ".race-chart svg", cell: ".race-chart svg", words: "canvas.word-map" };

/** Opens one screen after the other, with every lens, and trains where a button does. @param look called for each, by its name */
export async function visit(page, studio, look) {
  await page.goto(studio);
  await page.waitForFunction(() => document.querySelector(".progress progress")?.value > 3);
  for (const name of screens) {
    await page.evaluate((to) => {
      location.hash = `#/${to}`;
    }, name);
    await page.locator(`nav a[aria-current][href="#/${name}"]`).waitFor();
    await page.locator("main h1").first().waitFor({ state: "attached" });
    if (name === "run")
      for (const tab of await page.getByRole("tab").all()) {
        await tab.click();
        await page.waitForTimeout(600);
        await look(`run, ${await tab.innerText()}`);
      }
    if (name in pictures) {
      await page.locator("main .main").first().click();
      await page.locator(pictures[name]).first().waitFor();
      await page.waitForTimeout(1500);
    }
    await look(name || "play");
  }
}

async function everyScreen(browser, studio, { colorScheme, locale }) {
  const context = await browser.newContext({
    viewport: { width: phone, height },
    colorScheme,
    locale,
    reducedMotion: "reduce",
    bypassCSP: true,
  });
  await context.addInitScript(axe);
  const page = await context.newPage();
  page.setDefaultTimeout(timeout);
  const found = [];
  const started = Date.now();
  try {
    await visit(page, studio, async (name) => {
      found.push(...(await look(page, `${name}, ${colorScheme}, ${locale}`)));
      if (process.env.SHOTS) console.log(`  ${name}, ${((Date.now() - started) / 1000).toFixed(0)} s`);
    });
  } finally {
    await context.close();
  }
  return found;
}

export const checks = {
  ...Object.fromEntries(
    ["light", "dark"].flatMap((colorScheme) =>
      ["en-US", "ko-KR"].map((locale) => [
        `screens: ${colorScheme}, ${locale}`,
        async ({ browser, studio }) => {
          const found = await everyScreen(browser, studio, { colorScheme, locale });
          expect(found.length === 0, found.join("\n"));
        },
      ]),
    ),
  ),

  async "by keyboard alone"({ page, studio }) {
    await page.goto(studio);
    await page.waitForFunction(() => document.querySelector(".progress progress")?.value > 3);
    const focused = () =>
      page.evaluate(() => {
        const at = document.activeElement === document.body ? null : document.activeElement; // null: the page has no focus
        const shown = at?.matches("input.sr") ? at.closest("label") : at;
        return {
          name: (at?.getAttribute("aria-label") ?? shown?.innerText ?? "").trim() || at?.id,
          ring: shown ? getComputedStyle(shown).outlineStyle !== "none" || at.matches("input") : false,
        };
      });
    const seen = [];
    for (let i = 0; i < 60; i++) {
      await page.keyboard.press("Tab");
      const { name, ring } = await focused();
      expect(ring || !name, `no visible focus on "${name}"`);
      if (seen.includes(name) && name === seen[0]) break;
      seen.push(name);
    }
    for (const wanted of ["Skip to the content", "Run", "Pause", "Copy link", "Choose a file", "prompt"])
      expect(seen.includes(wanted), `Tab does not reach "${wanted}": ${seen.join(", ")}`);
    await page.evaluate(() => document.activeElement?.blur());
    await page.keyboard.press("Space");
    await page.getByText("Paused").waitFor();
    const step = () => page.locator(".progress progress").evaluate((bar) => bar.value);
    const before = await step();
    await page.keyboard.press(".");
    await page.waitForFunction((last) => document.querySelector(".progress progress").value > last, before);
    await page.keyboard.press("Space");
    await page.waitForFunction((last) => document.querySelector(".progress progress").value > last + 5, before);
    await page.keyboard.press("l");
    await page
      .getByRole("heading", { level: 1 })
      .filter({ hasText: /[가-힣]/ })
      .first()
      .waitFor();
  },

  // What the worker sends before it has read that the run goes on arrives after the click.
  async "a run that goes on is not shown paused"({ page, studio }) {
    await page.addInitScript(() => {
      globalThis.workers = [];
      globalThis.Worker = class extends Worker {
        constructor(...given) {
          super(...given);
          globalThis.workers.push(this);
        }
      };
    });
    await page.goto(studio);
    const bar = page.locator(".progress progress");
    await page.waitForFunction(() => document.querySelector(".progress progress")?.value > 3);
    await page.keyboard.press("Space");
    await page.getByText("Paused").waitFor();
    const step = await bar.evaluate(({ value }) => value);
    await page.evaluate((step) => {
      document.querySelector(".controls .main").click();
      const late = new MessageEvent("message", { data: { kind: "paused", step } });
      for (const worker of globalThis.workers) worker.dispatchEvent(late);
    }, step);
    await page.waitForFunction((last) => document.querySelector(".progress progress").value > last + 5, step);
    expect(!(await page.getByText("Paused").isVisible()), "the run goes on and is shown paused");
    await page.locator(".controls .main").first().click();
    await page.getByText("Paused").waitFor();
  },

  async "cell: written, compiled, trained beside an LSTM"({ page, studio }) {
    await page.goto(`${studio}#/cell`);
    const equations = page.getByLabel("Equations");
    await equations.fill("a = tanh(W @ a");
    await page.getByRole("alert").filter({ hasText: "cell:1: expected )" }).waitFor();
    await equations.fill("a = tanh(W @ a + U @ x + b)");
    await page.getByRole("button", { name: "hoist", exact: true }).click();
    await page.getByText(/1 of them matrix products/).waitFor();
    await page.getByRole("button", { name: "Train it beside an LSTM" }).click();
    await page.waitForFunction(() => document.querySelectorAll(".card .place").length === 2);
    await page.getByRole("link", { name: "Race" }).click();
    await page.getByRole("button", { name: "Start the race" }).click();
    await page.getByRole("heading", { name: "Your cell" }).waitFor();
    await page.waitForFunction(() => document.querySelectorAll(".card .place").length >= 2);
  },

  async "the last link that was followed is shown"({ page, studio }) {
    await page.route(/\/(race|cell)-[^/]*\.js$/, async (route) => {
      await page.waitForTimeout(1500);
      await route.continue();
    });
    await page.goto(studio);
    const [race, run, cell] = ["Race", "Run", "Cell"].map((name) => page.getByRole("link", { name, exact: true }));
    const title = page.locator("main h1");
    await race.click();
    await run.click();
    await page.waitForTimeout(3000);
    expect((await title.innerText()) === "Run", `Run is current, ${await title.innerText()} is shown`);
    await cell.click();
    await page.locator("nav a[aria-current]", { hasText: "Cell" }).waitFor();
    expect((await title.innerText()) === "Cell", `Cell is current, ${await title.innerText()} is shown`);
  },
};
