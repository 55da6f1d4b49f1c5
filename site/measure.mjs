// What bench/RESULTS.md has of the studio: from navigation to names, bytes, the main thread while it learns, memory, the engine.
//   node measure.mjs first | thread | speed | memory [MINUTES]      one JSON line each; on an idle machine
import { dinosaurNames } from "../dist/index.web.js";
import { startRun } from "../dist/run/index.js";
import { webEngine } from "../dist/web/index.js";
import { launch, serveSite } from "./browser/open.mjs";
import { link } from "./browser/page.mjs";

const [what = "first", argument] = process.argv.slice(2);
const site = await serveSite();
await site.compress("studio");
const studio = `${site.origin}studio/`;
const browser = await launch({ args: ["--no-sandbox", ...(what === "memory" ? ["--js-flags=--expose-gc"] : [])] });
const quantile = (values, q) => [...values].sort((a, b) => a - b)[Math.floor(q * (values.length - 1))];
const known = new Set(dinosaurNames);
const round = (value, digits = 0) => Number(value.toFixed(digits));

/** Pairs of letters that occur in the names: a name made of them can be pronounced. */
const pairs = new Set(
  dinosaurNames.flatMap((name) => [...`^${name.toLowerCase()}$`].map((_, i, all) => `${all[i]}${all[i + 1]}`)),
);
const rare = (name) =>
  [...`^${name.toLowerCase()}$`].some((letter, i, all) => i + 1 < all.length && !pairs.has(letter + all[i + 1]));
const good = (name) =>
  name.length >= 4 && name.length <= 24 && /[aeiouy]/i.test(name) && !rare(name) && !known.has(name);

const measures = {
  /** Seconds from navigation, in a new profile each time; medians of three, or of as many turns as are given. */
  async first() {
    const turns = [];
    for (let turn = 0; turn < Number(argument ?? 3); turn++) {
      const page = await (await browser.newContext()).newPage();
      await page.addInitScript(() => {
        globalThis.seen = {};
        const look = () => {
          const names = [...document.querySelectorAll(".wall li")].map((one) => one.innerText);
          const step = document.querySelector(".progress progress")?.value ?? 0;
          const now = performance.now() / 1000;
          if (names.length > 0) globalThis.seen.name ??= now;
          if (step > 0 && globalThis.seen.learning === undefined) {
            globalThis.seen.learning = now;
            globalThis.learning?.();
          }
          const text = names.join("\n");
          if (text !== globalThis.seen.last) {
            globalThis.seen.last = text;
            globalThis.named?.(now, names);
          }
        };
        setInterval(look, 20);
      });
      let sent;
      await page.exposeFunction("learning", () => {
        sent ??= site.sent.slice();
      });
      const found = new Promise((resolve) => {
        page.exposeFunction("named", (now, names) => {
          if (names.filter(good).length >= 5) resolve(now);
        });
      });
      await page.waitForTimeout(2000); // the browser itself has begun
      site.sent.length = 0;
      await page.goto(studio);
      const pronounceable = await found;
      const { name, learning } = await page.evaluate(() => globalThis.seen);
      const bytes = sent.reduce((sum, one) => sum + one.bytes, 0);
      const engine = sent.filter(({ path }) => path.includes("ort-")).reduce((sum, one) => sum + one.bytes, 0);
      turns.push({ name, learning, pronounceable, bytes, withoutEngine: bytes - engine });
      await page.context().close();
    }
    const median = (field) =>
      quantile(
        turns.map((turn) => turn[field]),
        0.5,
      );
    return {
      firstName: round(median("name"), 2),
      learning: round(median("learning"), 2),
      pronounceable: round(median("pronounceable"), 1),
      bytes: median("bytes"),
      withoutEngine: median("withoutEngine"),
    };
  },

  /** Twenty seconds of learning on the first screen, after it has loaded. */
  async thread() {
    const page = await (await browser.newContext()).newPage();
    await page.goto(await link(studio, { source: "dinosaurs", recipe: { ...recipe, steps: 20_000 } }));
    await page.waitForFunction(() => document.querySelector(".progress progress")?.value > 20);
    const { tasks, at, frames } = await page.evaluate(async () => {
      const [tasks, at] = [[], []];
      const begun = performance.now();
      new PerformanceObserver((list) => {
        for (const { duration, startTime } of list.getEntries()) {
          tasks.push(duration);
          at.push(Math.round((startTime - begun) / 100) / 10);
        }
      }).observe({ type: "longtask" });
      const frames = [];
      const end = performance.now() + 20_000;
      await new Promise((resolve) => {
        let last;
        const frame = (now) => {
          if (last !== undefined) frames.push(now - last);
          last = now;
          if (now < end) requestAnimationFrame(frame);
          else resolve();
        };
        requestAnimationFrame(frame);
      });
      return { tasks, at, frames };
    });
    const pauses = [];
    for (let i = 0; i < 10; i++) {
      const heard = await page.evaluate(async () => {
        const bar = document.querySelector(".progress progress");
        const start = performance.now();
        document.querySelector(".controls .main").click();
        let [last, at] = [bar.value, start];
        for (let quiet = 0; quiet < 40; quiet++) {
          await new Promise((resolve) => setTimeout(resolve, 10));
          if (bar.value !== last) [last, at, quiet] = [bar.value, performance.now(), 0];
        }
        return at - start;
      });
      pauses.push(heard);
      await page.locator(".controls .main").first().click();
      await page.waitForTimeout(400);
    }
    return {
      tasksOver50: tasks.length,
      longest: round(Math.max(0, ...tasks)),
      longAtSeconds: at,
      frameP95: round(quantile(frames, 0.95), 1),
      frames: frames.length,
      pauseMedian: round(quantile(pauses, 0.5)),
      pauseWorst: round(Math.max(...pauses)),
    };
  },

  /**
   * Steps a second of the same run in Node, in a worker of a page that draws nothing, and on the first screen; LSTM of 128 units.
   * Steps 200 to 500: JavaScript engines take the first seconds to compile WebAssembly a second time, for speed.
   */
  async speed() {
    const [from, to] = [200, 500];
    const own = {
      kind: "lines",
      cell: "lstm",
      hiddenSize: 128,
      embeddingSize: 32,
      steps: 600,
      batchSize: 32,
      learningRate: 0.003,
      seed: 1,
    };
    const node = await new Promise((resolve, reject) => {
      let [begun, last, step] = [0, 0, 0];
      const run = startRun(
        (message) => {
          if (message.kind === "failed") reject(new Error(message.message));
          if (message.kind === "tick") {
            if (begun === 0 && message.step >= from) [begun, step] = [performance.now(), message.step];
            if (message.step >= to && last === 0) {
              last = performance.now();
              resolve((message.step - step) / ((last - begun) / 1000));
              run.handle({ kind: "stop" });
            }
          }
        },
        { engine: webEngine({ threads: 1 }) },
      );
      run.handle({ kind: "start", recipe: own, text: dinosaurNames.join("\n") });
    });
    const page = await (await browser.newContext()).newPage();
    const run = { recipe: own, text: dinosaurNames.join("\n") };
    await page.goto(`${site.origin}start/`); // a page with nothing to draw
    const worker = await page.evaluate(
      async ([start, from, to]) => {
        const listed = await (await fetch("../offline.json")).json();
        const workerOf = (name) => {
          const path = listed["studio/"].find((one) => one.includes(`/${name}-`));
          return new Worker(new URL(`../${path}`, location.href), { type: "module" });
        };
        const thread = workerOf("worker");
        workerOf("engine-worker").onmessage = ({ data }) => thread.postMessage(data);
        thread.postMessage({ kind: "start", ...start });
        return new Promise((resolve) => {
          let begun;
          thread.onmessage = ({ data: { kind, step } }) => {
            if (kind !== "tick") return;
            if (step >= from) begun ??= { now: performance.now(), step };
            if (step >= to) resolve((step - begun.step) / ((performance.now() - begun.now) / 1000));
          };
        });
      },
      [run, from, to],
    );
    await page.goto(await link(studio, { source: "dinosaurs", recipe: own }));
    const at = (least) =>
      page.evaluate(
        (wanted) =>
          new Promise((resolve) => {
            const timer = setInterval(() => {
              const { value } = document.querySelector(".progress progress") ?? { value: 0 };
              if (value < wanted) return;
              clearInterval(timer);
              resolve({ now: performance.now(), step: value });
            }, 5);
          }),
        least,
      );
    const [begun, end] = [await at(from), await at(to)];
    const screen = (end.step - begun.step) / ((end.now - begun.now) / 1000);
    return { node: round(node, 1), worker: round(worker, 1), ratio: round(worker / node, 2), screen: round(screen, 1) };
  },

  /** Memory of the page after garbage collection, with every lens opened in turn, every half minute; the first minute is warm-up. */
  async memory() {
    const minutes = Number(argument ?? 10);
    const page = await (await browser.newContext()).newPage();
    page.setDefaultTimeout(120_000);
    await page.goto(await link(studio, { source: "dinosaurs", recipe: { ...recipe, steps: 200_000 } }));
    await page.getByRole("link", { name: "Run" }).click();
    await page.waitForFunction(() => document.querySelector(".progress progress")?.value > 20);
    const session = await browser.newBrowserCDPSession();
    const { readFileSync } = await import("node:fs");
    /** Of the process that has the page and its worker, in MB. */
    const resident = async () => {
      const { processInfo } = await session.send("SystemInfo.getProcessInfo");
      const sizes = processInfo
        .filter(({ type }) => type === "renderer")
        .map(({ id }) => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${id}/status`, "utf8"))?.[1] ?? 0) / 1024);
      return Math.max(...sizes);
    };
    /** Garbage that waits is no growth. */
    const collect = async () => {
      await page.evaluate(() => gc());
      for (const worker of page.workers()) await worker.evaluate(() => gc());
      await page.waitForTimeout(500); // arrays are freed in the background
    };
    const course = [];
    const began = performance.now();
    const tabs = await page.getByRole("tab").all();
    for (let turn = 0; performance.now() - began < minutes * 60_000; turn++) {
      await tabs[turn % tabs.length].click();
      await page.waitForTimeout(2500);
      const at = (performance.now() - began) / 1000;
      if (at > 30 * (course.length + 1)) {
        await collect();
        course.push(round(await resident()));
      }
    }
    const step = await page.locator(".progress progress").evaluate((bar) => bar.value);
    const settled = course.slice(Math.min(2, course.length - 2));
    return {
      minutes,
      megabytes: course,
      change: round((settled.at(-1) / settled[0] - 1) * 100, 1),
      range: round((Math.max(...settled) / Math.min(...settled) - 1) * 100, 1),
      lenses: tabs.length,
      step,
    };
  },
};

const recipe = {
  kind: "lines",
  cell: "gru",
  hiddenSize: 64,
  embeddingSize: 24,
  steps: 1000,
  batchSize: 32,
  learningRate: 0.01,
  seed: 1337,
};
console.log(JSON.stringify({ what, browser: browser.version(), ...(await measures[what]()) }));
process.exit(0); // which ends the browser too
