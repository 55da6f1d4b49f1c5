// The examples of docs/runtime.md run: the page and the worker in Chromium, the edge function here.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { exportModule, exportPage } from "../../src/runtime/index.ts";
import { scratchFolder } from "../cli/terminal.ts";
import { modelNamed } from "../export/models.ts";
import { type Browser, chromium, startChromium, withoutChromium } from "../web/chromium.ts";

const doc = readFileSync(join(import.meta.dirname, "..", "..", "docs", "runtime.md"), "utf8");
/** The code block that begins with a comment of this name. */
const example = (name: string): string =>
  new RegExp("```\\w+\\n(?://|<!--) " + name + "[^\\n]*\\n([\\s\\S]*?)```").exec(doc)![1]!;

const model = modelNamed("classifier, stacked, attention");
const exported = exportModule(model);
const scratch = scratchFolder();
afterAll(() => scratch.remove());

it("the edge function answers a request", async () => {
  writeFileSync(scratch.path("model.mjs"), exported.module);
  writeFileSync(scratch.path("model.safetensors"), exported.weights);
  writeFileSync(scratch.path("model.wasm"), exported.kernels);
  // What the bundler makes of the two imports that Node does not know.
  const code = example("edge.js")
    .replace("./model.js", "./model.mjs")
    .replace(
      'import kernels from "./model.wasm";',
      'import { readFileSync } from "node:fs";\nconst file = (name) => readFileSync(new URL(name, import.meta.url));\nconst kernels = new WebAssembly.Module(file("./model.wasm"));',
    )
    .replace('import weights from "./model.safetensors";', 'const weights = file("./model.safetensors");');
  writeFileSync(scratch.path("edge.mjs"), code);
  const { default: edge } = (await import(/* @vite-ignore */ pathToFileURL(scratch.path("edge.mjs")).href)) as {
    default: { fetch(request: Request): Promise<Response> };
  };
  const request = () => new Request("http://x", { method: "POST", body: JSON.stringify({ text: "a fine film" }) });
  const answer = (await (await edge.fetch(request())).json()) as { label: string; probability: number };
  expect(["bad", "fine", "good"]).toContain(answer.label);
  expect(await (await edge.fetch(request())).json()).toEqual(answer);
});

describe.skipIf(!chromium)(`in Chromium${withoutChromium}`, () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await startChromium();
    browser.serve({
      "/page.html": example("page.html"),
      "/worker.js": example("worker.js"),
      "/model.js": exported.module,
      "/model.safetensors": exported.weights,
    });
  });
  afterAll(() => browser?.close());

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

it("a page names no address and holds no end of its script", () => {
  const html = exportPage(modelNamed("generator, text"), { title: "</script>" });
  expect(html.match(/<\/script/g)).toHaveLength(1);
  expect(html.replace("http://www.w3.org/2000/svg", "")).not.toMatch(/https?:\/\//);
  expect(html).toContain("default-src 'none'");
});
