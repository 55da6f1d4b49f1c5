// Every page of lectures and documentation in Chromium: no console error, nothing wider than a phone, axe clean in both themes,
// figures live, and a still without scripts.
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { dist, launch, serveSite, timeout } from "./open.mjs";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** Paths of all pages but the studio's. */
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

/** @param rules axe's; without them, all */
const violations = (page, rules) =>
  page.evaluate(async (values) => {
    const found = await globalThis.axe.run(document, {
      resultTypes: ["violations"],
      ...(values ? { runOnly: { type: "rule", values } } : {}),
    });
    return found.violations.map(
      ({ id, impact, nodes }) => `${impact} ${id}: ${nodes[0].target.join(" ")} (${nodes.length})`,
    );
  }, rules);

/** @returns what is wrong with the pages whose path contains `only`, one line each */
export async function pagesFaults(only = "") {
  const site = await serveSite();
  const paths = walk("").filter((path) => path.includes(only));
  const browser = await launch();
  const faults = [];
  const context = await browser.newContext({
    viewport: { width: 360, height: 740 },
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
    const start = performance.now();
    where = path || "first page";
    await page.emulateMedia({ colorScheme: "light" });
    await page.goto(site.origin + path);
    if ((await page.locator("u-figure").count()) > 0) {
      await page.evaluate(() => document.querySelector("u-figure").scrollIntoView());
      try {
        await page.waitForSelector("u-figure[data-live] .picture");
      } catch {
        faults.push(`${where}: the figure does not come to life`);
      }
    }
    const moving = await page.evaluate(() => document.getAnimations().length);
    if (moving > 0) faults.push(`${where}: ${moving} animations with reduced motion`);
    if (path.startsWith("learn/en/")) {
      const picture = () => page.evaluate(() => document.querySelector("u-figure .picture")?.innerHTML);
      const before = await picture();
      await page.waitForTimeout(1000);
      if ((await picture()) !== before) faults.push(`${where}: the figure moves with reduced motion`);
    }
    await page.evaluate(axe);
    faults.push(...(await violations(page)).map((one) => `${where}: ${one}`));
    const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    if (over > 0) faults.push(`${where}: ${over} px wider than the screen`);
    // A theme changes colors and nothing else.
    await page.emulateMedia({ colorScheme: "dark" });
    faults.push(...(await violations(page, ["color-contrast"])).map((one) => `${where}, dark: ${one}`));
    const seconds = (performance.now() - start) / 1000;
    if (seconds > 10) console.log(`${where}: ${seconds.toFixed(1)} s`);
  }
  await context.close();
  // Without scripts every lecture shows its still.
  const still = await (await browser.newContext({ javaScriptEnabled: false })).newPage();
  for (const path of paths.filter((one) => /^learn\/..\/.+/.test(one))) {
    await still.goto(site.origin + path);
    if ((await still.locator("u-figure .picture").count()) !== 1) faults.push(`${path}: no still without scripts`);
  }
  await browser.close();
  await site.close();
  console.log(`${paths.length} pages, two themes`);
  return faults;
}
