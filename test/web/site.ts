// The site: a lecture's figure computes, moves and can be set from its text, under a strict content security policy. The
// whole set (every page, axe, links, seeds) is `npm test` in site/.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { type Browser, chromium, sharedChromium, withoutChromium } from "./chromium.ts";

const folder = join(import.meta.dirname, "..", "..", "site", "dist");
const built = existsSync(join(folder, "learn", "en", "lstm", "index.html"));

const reason = built ? withoutChromium : " (skipped: site/dist is not built; npm run site builds it)";
describe.skipIf(!chromium || !built)(`a lecture in Chromium${reason}`, () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await sharedChromium();
  });

  it.each(["en", "ko"])("holds a forget gate: %s", async (lang) => {
    const page = await browser.open(`${browser.origin}/site/dist/learn/${lang}/lstm/index.html`);
    const sentence = "document.querySelector('u-figure[data-live] .sentence')?.innerText ?? ''";
    await expect.poll(() => page.evaluate<string>(sentence), { timeout: 30_000 }).toMatch(/\d/);
    await page.evaluate("document.querySelector('button.set[data-set*=\"true\"]').click()");
    const held = { en: "forget gate held at 0.30", ko: "망각 게이트를 0.30에" }[lang]!;
    await expect.poll(() => page.evaluate<string>(sentence), { timeout: 30_000 }).toContain(held);
    const lit = "[...document.querySelectorAll('math .lit')].map((term) => term.textContent).join(' ')";
    await expect.poll(() => page.evaluate<string>(lit), { timeout: 30_000 }).toContain("Γf");
  });
});
