// Exported modules and pages in a real browser: the examples of docs/runtime.md, and a page of every task.
import { beforeAll, describe, expect, it } from "vitest";
import { exportModule, exportPage } from "../../src/runtime/index.ts";
import { modelNamed } from "../export/models.ts";
import { example } from "../runtime/example.ts";
import { type Browser, chromium, sharedChromium, withoutChromium } from "./chromium.ts";

const exported = exportModule(modelNamed("classifier, stacked, attention"));

describe.skipIf(!chromium)(`exported modules and pages in Chromium${withoutChromium}`, () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await sharedChromium();
    browser.serve({
      "/page.html": example("page.html"),
      "/worker.js": example("worker.js"),
      "/model.js": exported.module,
      "/model.safetensors": exported.weights,
    });
  });

  const until = async <T>(page: { evaluate<V>(code: string): Promise<V> }, code: string): Promise<T> => {
    for (let tries = 0; ; tries++) {
      const found = await page.evaluate<T>(code).catch(() => undefined);
      if (found) return found;
      if (tries > 200) throw new Error(`never true: ${code}`);
      await new Promise((done) => setTimeout(done, 50));
    }
  };

  it("the page of the example classifies", async () => {
    const page = await browser.open(`${browser.origin}/page.html`);
    expect(await until(page, 'document.querySelector("#label")?.textContent')).toMatch(/^(bad|fine|good), \d+ %$/);
  });
  it("the worker of the example answers", async () => {
    const result = await browser.run<{ id: number; result: { label: string } }>(`
      const worker = new Worker("/worker.js", { type: "module" });
      const answer = new Promise((done) => worker.addEventListener("message", ({ data }) => done(data)));
      worker.postMessage({ id: 7, text: "a fine film" });
      return answer;`);
    expect(result.id).toBe(7);
    expect(["bad", "fine", "good"]).toContain(result.result.label);
  });
  it.each([
    ["language model, gru", ".note", /\d+ tokens/],
    ["classifier, stacked, attention", ".bar", /good|bad|fine/],
    ["regressor", ".number", /\d/],
    ["tagger, CRF and characters", ".tagged", /a/],
    ["translator, attention", ".large", /^/],
    ["forecaster", ".chart text", /\d/],
    ["generator, text", ".names li", /^/],
    ["generator, melody", ".roll, .note", /^/],
    ["toy, symbols", "td", /a/],
  ])("the exported page of %s works, under its own policy", async (name, selector, expected) => {
    browser.serve({ "/model.html": exportPage(modelNamed(name), { title: `<${name}>` }) });
    const input = name.startsWith("toy") ? "a a b" : "abc";
    const page = await browser.open(`${browser.origin}/model.html?${encodeURIComponent(name)}#${input}`);
    const shown = await until<string[]>(
      page,
      `document.documentElement.dataset.ready !== undefined && document.querySelector(${JSON.stringify(selector)}) &&
        (document.querySelector(${JSON.stringify(selector)}).textContent || ${JSON.stringify(selector)} !== ".note") &&
        [document.querySelector(${JSON.stringify(selector)}).textContent, document.title, document.querySelector(".fault")?.textContent ?? ""]`,
    );
    expect(shown[0]).toMatch(expected);
    expect(shown.slice(1)).toEqual([`<${name}>`, ""]);
  });
});
