// Training in a real browser: on the page, in a worker, in a bundle; and what is fetched for it.
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { build } from "vite"; // comes with vitest
import { beforeAll, describe, expect, it } from "vitest";
import { build as buildPackage, root } from "../built.ts";
import { type Browser, chromium, sharedChromium, withoutChromium } from "./chromium.ts";

const dist = join(root, "dist");
beforeAll(() => {
  buildPackage();
});

/** Trains a tiny model: `losses` has one number for each step. */
const training = (steps: number, after = "") => `
  const text = "the quick brown fox jumps over the lazy dog. ".repeat(20);
  const tokenizer = unrolled.charTokenizer.fit(text);
  const model = unrolled.languageModel({ tokenizer, encoder: unrolled.lstm({ hiddenSize: 16 }), embeddingSize: 8 });
  const losses = [];
  const optimizer = unrolled.adamW({ learningRate: 0.01 });
  for await (const { loss } of unrolled.train(model, text, { engine, optimizer, steps: ${steps}, batchSize: 4, bptt: 16 }))
    losses.push(loss);
  ${after}`;

describe("the browser's modules", () => {
  it("import nothing that has to be installed or resolved", () => {
    const seen = new Set<string>();
    const bare: string[] = [];
    const follow = (file: string) => {
      if (seen.has(file)) return;
      seen.add(file);
      const code = readFileSync(file, "utf8").replace(/`(?:\\[\s\S]|[^`\\])*`/g, "``"); // code that we write is not ours to run
      for (const [, to] of code.matchAll(
        /^(?:(?:import|export)\b[^"';]*\bfrom\s*|import\s*|.*\bimport\()"([^"\n]+)"/gm,
      )) {
        if (!to!.startsWith(".")) bare.push(`${file}: ${to}`);
        else follow(resolve(dirname(file), to!));
      }
    };
    follow(join(dist, "index.web.js"));
    expect(seen.size).toBeGreaterThan(100);
    expect([...seen].some((file) => file.endsWith("ort.wasm.min.mjs"))).toBe(true);
    expect(bare).toEqual([]);
  });
});

describe.skipIf(!chromium)(`training in Chromium${withoutChromium}`, () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await sharedChromium();
  });

  it("a tokenizer is loaded without ONNX Runtime", async () => {
    const from = browser.requests.length;
    const ids = await browser.run<number[]>(`
      const { charTokenizer } = await import("unrolled/index.web.js");
      return [...charTokenizer.fit("abc").encode("cab")];`);
    expect(ids).toHaveLength(3);
    const asked = browser.requests.slice(from);
    expect(asked).toContain("/dist/index.web.js");
    expect(asked.filter((path) => path.includes("onnxruntime/"))).toEqual([]);
  });
  it("training on the page lets it draw and answer", async () => {
    const { losses, gaps, took } = await browser.run<{ losses: number[]; gaps: number[]; took: number }>(`
      const unrolled = await import("unrolled/index.web.js");
      const engine = unrolled.webEngine();
      ${training(2)}
      const gaps = [];
      let last = performance.now();
      let timer = setInterval(() => {
        gaps.push(performance.now() - last);
        last = performance.now();
      }, 1);
      const began = performance.now();
      {
        ${training(150, "losses.length = 0; losses.push(...[1]);")}
      }
      clearInterval(timer);
      return { losses, gaps, took: performance.now() - began };`);
    expect(losses).toHaveLength(2);
    expect(took).toBeGreaterThan(50);
    // On a busy machine a step itself takes longer than a frame. None at all: the page stood still.
    expect(gaps.length).toBeGreaterThan(Math.min(took / 200, 20));
  });
  it("a module worker trains and answers messages", async () => {
    browser.serve({
      "/worker.js": `
        import * as unrolled from "/dist/index.web.js";
        self.onmessage = async ({ data }) => {
          const engine = unrolled.webEngine();
          ${training(8)}
          self.postMessage({ losses, data });
        };`,
    });
    const said = await browser.run<{ losses: number[]; data: string }>(`
      const worker = new Worker("/worker.js", { type: "module" });
      const answer = new Promise((resolve, reject) => {
        worker.onmessage = ({ data }) => resolve(data);
        worker.onerror = ({ message }) => reject(new Error(message));
      });
      worker.postMessage("go");
      return answer;`);
    expect(said.data).toBe("go");
    expect(said.losses).toHaveLength(8);
    expect(said.losses.at(-1)!).toBeLessThan(said.losses[0]!);
  });
  it("threads start from a bundled worker that has a handler of its own", async () => {
    const folder = mkdtempSync(join(tmpdir(), "unrolled-bundle-"));
    try {
      const worker = `
        import * as unrolled from ${JSON.stringify(join(dist, "index.web.js"))};
        self.onmessage = async ({ data }) => {
          const engine = unrolled.webEngine({ threads: 2 });
          ${training(8)}
          self.postMessage({ losses, data });
        };`;
      const page = `
        const worker = new Worker(new URL("./worker.js", import.meta.url), { type: "module" });
        window.answer = new Promise((resolve, reject) => {
          worker.onmessage = ({ data }) => resolve(data);
          worker.onerror = ({ message }) => reject(new Error(message));
        });
        worker.postMessage("go");`;
      writeFileSync(join(folder, "worker.js"), worker);
      writeFileSync(join(folder, "page.js"), page);
      writeFileSync(join(folder, "index.html"), '<script type="module" src="./page.js"></script>');
      await build({
        root: folder,
        base: "/bundle-isolated/",
        configFile: false,
        logLevel: "error",
        worker: { format: "es" },
        build: { outDir: join(folder, "out"), minify: false, target: "esnext" },
      });
      const out = readdirSync(join(folder, "out"), { recursive: true, withFileTypes: true }).filter((e) => e.isFile());
      const files = out.map((e) => join(e.parentPath, e.name));
      browser.serve(
        Object.fromEntries(files.map((f) => [`/bundle-isolated/${f.slice(folder.length + 5)}`, readFileSync(f)])),
      );
      const opened = await browser.open(`${browser.origin}/bundle-isolated/index.html`);
      const deadline = performance.now() + 60_000;
      while (!(await opened.evaluate<boolean>("window.answer !== undefined").catch(() => false))) {
        expect(performance.now()).toBeLessThan(deadline);
        await new Promise((done) => setTimeout(done, 30));
      }
      expect(await opened.evaluate("crossOriginIsolated")).toBe(true);
      const said = await opened.evaluate<{ losses: number[]; data: string }>("window.answer");
      expect(said.data).toBe("go");
      expect(said.losses).toHaveLength(8);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
