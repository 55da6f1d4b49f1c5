// The search of the documentation: by keyboard, in both languages, on a phone, in both themes, and without a network.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { serveSite } from "./open.mjs";
import { expect, until } from "./page.mjs";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const first = (page) => page.locator("dialog.search li a").first();

async function find(page, query, title) {
  await page.locator("dialog.search input").fill(query);
  await page.locator("dialog.search li b", { hasText: title }).first().waitFor();
  expect((await first(page).innerText()).includes(title), `"${query}" finds ${await first(page).innerText()} first`);
}

export const checks = {
  async "search: by keyboard, and without a network"({ page }) {
    const site = await serveSite({ prefix: "/some/where" });
    await page.goto(`${site.origin}how-to/`);
    await page.locator("button[data-search]").waitFor();
    await page.keyboard.press("/");
    await find(page, "vanishing gradients", "Vanishing gradients");
    await find(page, "forget gate", "LSTM");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("ArrowUp");
    await page.keyboard.press("Escape");
    expect(!(await page.locator("dialog.search").isVisible()), "Escape does not close it");
    await until(page, async () => {
      const cache = await caches.open("unrolled");
      return (await cache.keys()).filter(({ url }) => /search-(en|ko)-/.test(url)).length === 2;
    });
    await site.close();
    await page.reload();
    await page.keyboard.press("/");
    await find(page, "beam search", "Beam search");
    await page.locator("dialog.search input").fill("zzyzx");
    await page.getByText("Nothing found").waitFor();
  },

  async "search: Korean, on a phone, both themes, axe clean"({ browser, origin }) {
    const options = { viewport: { width: 360, height: 740 }, bypassCSP: true, reducedMotion: "reduce" };
    const context = await browser.newContext(options);
    await context.addInitScript(axe);
    const page = await context.newPage();
    await page.goto(`${origin}learn/ko/rnn/`);
    await page.locator("button[data-search]").click();
    await find(page, "망각 게이트", "LSTM");
    const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    expect(over <= 0, `${over} px wider than the screen`);
    for (const colorScheme of ["light", "dark"]) {
      await page.emulateMedia({ colorScheme });
      const found = await page.evaluate(async () => {
        const { violations } = await globalThis.axe.run(document, { resultTypes: ["violations"] });
        return violations.map(({ id, nodes }) => `${id}: ${nodes[0].target.join(" ")}`);
      });
      expect(found.length === 0, `${colorScheme}: ${found.join("; ")}`);
    }
    await page.keyboard.press("Enter");
    await page.waitForURL(/learn\/ko\/lstm\//);
    await context.close();
  },
};
