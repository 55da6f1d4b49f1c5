// Every page in Chromium: no console error, no overflow at 360 px, axe clean in both themes, figures live and their seeds reach
// their state; then the studio (browser/studio.mjs). `node test.mjs [seeds|pages|studio] [PART OF A PATH]`.
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { dist, launch, serveSite, timeout } from "./browser/open.mjs";
import { studioFaults } from "./browser/studio.mjs";

const [what = "all", only = ""] = process.argv.slice(2);
const faults = [];

if (what === "all" || what === "seeds") {
  const { figures, lessons, reached, recordedWeights, runLesson, webEngine } = await import(
    new URL("./.ssr/stills.js", import.meta.url).href
  );
  const done = new Map();
  for (const [id, load] of Object.entries(figures)) {
    if (!id.includes(only)) continue;
    const figure = await load();
    const lesson = figure.lesson && (await figure.lesson());
    let weights = {};
    if (lesson) {
      if (!done.has(lesson.id)) {
        const start = process.cpuUsage();
        const frame = await runLesson(await lessons[lesson.id](), webEngine({ threads: 1 }), {
          signal: new AbortController().signal,
        });
        // Seconds of the processor, so that a busy machine is no failure.
        const { user, system } = process.cpuUsage(start);
        const seconds = (user + system) / 1e6;
        done.set(lesson.id, Object.fromEntries(Object.entries(frame).map(([name, part]) => [name, part.weights])));
        const time = `lesson ${lesson.id}: ${seconds.toFixed(1)} s of at most ${lesson.seconds} s`;
        console.log(time);
        if (seconds > lesson.seconds) faults.push(time);
        const recorded = await recordedWeights(lesson.id);
        const same = Object.entries(done.get(lesson.id)).every(([name, values]) =>
          values.every((value, i) => Object.is(value, recorded[name]?.[i])),
        );
        console.log(`lesson ${lesson.id}: ${same ? "bit for bit as recorded" : "differs from its record"}`);
      }
      weights = done.get(lesson.id);
    }
    const ok = await reached(id, weights);
    console.log(`figure ${id}: ${ok ? "reached its state" : "did NOT reach its state"}`);
    if (!ok) faults.push(`figure ${id} did not reach its state`);
  }
}

if (what === "all" || what === "pages") {
  const site = await serveSite();
  const { origin } = site;
  const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
  const walk = (path) =>
    readdirSync(join(dist, path), { withFileTypes: true }).flatMap((entry) =>
      entry.isDirectory()
        ? ["assets", "studio"].includes(`${path}${entry.name}`)
          ? []
          : walk(`${path}${entry.name}/`)
        : entry.name === "index.html"
          ? [path]
          : [],
    );
  const paths = walk("").filter((path) => path.includes(only));
  const browser = await launch();
  for (const colorScheme of ["light", "dark"]) {
    const context = await browser.newContext({
      viewport: { width: 360, height: 740 },
      colorScheme,
      reducedMotion: "reduce",
      bypassCSP: true,
    });
    const page = await context.newPage();
    page.setDefaultTimeout(timeout);
    let where = "";
    page.on("console", (message) => {
      if (message.type() === "error") faults.push(`${where}: ${message.text()}`);
    });
    page.on("pageerror", (error) => faults.push(`${where}: ${error.message}`));
    for (const path of paths) {
      where = `${path} (${colorScheme})`;
      await page.goto(origin + path);
      if ((await page.locator("u-figure").count()) > 0) {
        await page.evaluate(() => document.querySelector("u-figure").scrollIntoView());
        try {
          await page.waitForSelector("u-figure[data-live] .picture");
        } catch {
          faults.push(`${where}: the figure does not come to life`);
        }
      }
      await page.evaluate(axe);
      const found = await page.evaluate(async () => {
        const { violations } = await globalThis.axe.run(document, { resultTypes: ["violations"] });
        return violations.map(
          ({ id, impact, nodes }) => `${impact} ${id}: ${nodes[0].target.join(" ")} (${nodes.length})`,
        );
      });
      faults.push(...found.map((one) => `${where}: ${one}`));
      const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      if (over > 0) faults.push(`${where}: ${over} px wider than the screen`);
    }
    await context.close();
  }
  // Without scripts every lecture shows its still.
  const context = await browser.newContext({ javaScriptEnabled: false });
  const page = await context.newPage();
  for (const path of paths.filter((one) => /^learn\/..\/.+/.test(one))) {
    await page.goto(origin + path);
    if ((await page.locator("u-figure .picture").count()) !== 1) faults.push(`${path}: no still without scripts`);
  }
  await browser.close();
  await site.close();
  console.log(`${paths.length} pages, two themes`);
}
if (what === "all" || what === "studio") faults.push(...(await studioFaults(only ? [only] : [])));
for (const fault of faults) console.error(fault);
console.log(`${faults.length} faults`);
process.exit(faults.length > 0 ? 1 : 0);
