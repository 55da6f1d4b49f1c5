// The examples of docs/runtime.md run: the edge function here, the page and the worker in Chromium (test/web/runtime.ts).
import { writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { afterAll, expect, it } from "vitest";
import { exportModule, exportPage } from "../../src/runtime/index.ts";
import { scratchFolder } from "../cli/terminal.ts";
import { modelNamed } from "../export/models.ts";
import { example } from "./example.ts";

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

it("a page names no address and holds no end of its script", () => {
  const html = exportPage(modelNamed("generator, text"), { title: "</script>" });
  expect(html.match(/<\/script/g)).toHaveLength(1);
  expect(html.replace("http://www.w3.org/2000/svg", "")).not.toMatch(/https?:\/\//);
  expect(html).toContain("default-src 'none'");
});
