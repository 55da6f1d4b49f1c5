// The studio: a page that learns in Chromium. What its server refuses is in test/studio.
import { existsSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { httpServer, studioFetch } from "../../src/node/index.ts";
import { type Browser, chromium, type Page, sharedChromium, withoutChromium } from "./chromium.ts";

const folder = join(import.meta.dirname, "..", "..", "dist", "studio");
const built = existsSync(join(folder, "index.html"));
const server = httpServer(studioFetch({ folder, key: "0123456789abcdef" }));
let origin: string;
beforeAll(async () => {
  server.listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const reason = built
  ? withoutChromium
  : " (skipped: dist/studio is not built; node scripts/build-studio.mjs builds it)";
describe.skipIf(!chromium || !built)(`the studio in Chromium${reason}`, () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await sharedChromium();
  });

  const until = (page: Page, condition: string) =>
    expect
      .poll(() => page.evaluate<boolean>(condition).catch(() => false), { timeout: 60_000, interval: 100 })
      .toBe(true);
  const names = "[...document.querySelectorAll('.wall li')].map((item) => item.innerText)";

  it("opens already learning, and goes on with what one types", async () => {
    const page = await browser.open(`${origin}/`);
    await until(page, `${names}.length === 10`);
    const untrained = await page.evaluate<string[]>(names);
    await until(page, "document.querySelector('progress').value > 3");
    await until(page, "document.querySelectorAll('.answers li').length === 6");
    expect(
      await page.evaluate<string[]>("[...document.querySelectorAll('.answers b')].map((b) => b.innerText)"),
    ).toContain("Tri");
    await expect.poll(() => page.evaluate<string[]>(names), { timeout: 60_000 }).not.toEqual(untrained);
    await page.evaluate("document.querySelector('.controls .main').click()");
    await until(page, "/Paused/.test(document.querySelector('.progress').innerText)");
  });

  it("a link trains the same network in another page", async () => {
    const recipe = { kind: "lines", cell: "gru", hiddenSize: 16, embeddingSize: 8, steps: 30, batchSize: 16, seed: 4 };
    const bytes = Buffer.from(JSON.stringify({ v: 1, source: "dinosaurs", recipe }));
    const { deflateRawSync } = await import("node:zlib");
    const link = `${origin}/#r=${deflateRawSync(bytes).toString("base64url")}`;
    const answers: string[] = [];
    for (let i = 0; i < 2; i++) {
      const page = await browser.open(link);
      await until(page, "/Trained/.test(document.querySelector('.progress').innerText)");
      const before = await page.evaluate<string>("document.querySelector('.progress').innerText");
      await page.evaluate("new Promise((resolve) => setTimeout(resolve, 1500))"); // answers of the trained network
      answers.push(before + (await page.evaluate<string>("document.querySelector('.answers').innerText")));
    }
    expect(answers[0]).toBe(answers[1]);
    expect(answers[0]).toContain("Tri");
  });
});
