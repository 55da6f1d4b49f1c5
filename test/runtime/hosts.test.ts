// Exported modules in other JavaScript hosts: Deno, Bun, Cloudflare Workers (workerd) and Hermes (React Native). They are no
// dependencies: RUNTIMES names a folder in which `npm install deno bun miniflare hermes-engine-cli hermes-compiler esbuild
// @babel/core @react-native/babel-preset @babel/plugin-transform-unicode-property-regex` was run. Without it these tests are
// skipped. Linux on x64.
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { nodeEngine } from "../../src/node/engine.ts";
import { exportModule } from "../../src/runtime/index.ts";
import { compileModel, type InferenceGraph, type Model, tasks } from "../../src/tasks/index.ts";
import { feedsFor } from "../export/feeds.ts";
import { modelNamed } from "../export/models.ts";
import { example } from "./example.ts";

const folder = process.env.RUNTIMES;
const run = promisify(execFile);

/** A model of each task, and a call of its own method. */
const cases: Readonly<Record<string, string>> = {
  "language model, lstm": 'model.write({ prompt: "ab", seed: 3, maxTokens: 30 })',
  "classifier, stacked, attention": 'model.classify("a fine film").label',
  regressor: 'Math.round(1000 * model.rate("a waste of time"))',
  forecaster: "model.forecast({ load: [1,2,3,4,5,6,7], heat: [7,6,5,4,3,2,1] }).map(Math.round)",
  "tagger, CRF and characters": 'model.tag("Ann Lee saw New Rome.").tags',
  "translator, attention": 'await model.translate("abc", { beamSize: 3, maxTokens: 9 })',
  "generator, text": "model.compose({ seed: 3 }).text",
  "generator, melody": "model.compose({ seed: 3, maxTokens: 40 }).notes.length",
  "toy, symbols": 'model.answer(["a", "a"])',
};

interface Found {
  readonly engine: "wasm" | "plain";
  readonly called: unknown;
  readonly outputs: Readonly<Record<string, number[]>>;
}

const graphsOf = (model: Model) =>
  (tasks[model.task] as unknown as { graphs(model: Model): Record<string, InferenceGraph> }).graphs(model);
const feedsOf = (graph: InferenceGraph) =>
  feedsFor(graph, 5, graph.inputs.map(({ shape }) => Number(shape[1])).find((dim) => dim > 2) ?? 7);

/** `export async function results(options)` runs every case: one file without imports but the modules. */
function writeProgram(place: string): void {
  const names = Object.keys(cases);
  const parts = names.map((name, i) => {
    const model = modelNamed(name);
    const { module, weights, kernels } = exportModule(model);
    writeFileSync(join(place, `case-${i}.mjs`), module);
    writeFileSync(join(place, "model.wasm"), kernels);
    const feeds = Object.entries(graphsOf(model)).map(([graph, each]) => [
      graph,
      Object.fromEntries(
        Object.entries(feedsOf(each)).map(([key, value]) => [key, { ...value, data: [...value.data] }]),
      ),
    ]);
    return `[${JSON.stringify(name)}, load${i}, ${JSON.stringify(Buffer.from(weights).toString("hex"))},
      async (model) => ${cases[name]}, ${JSON.stringify(feeds)}]`;
  });
  const text = `${names.map((_, i) => `import { load as load${i} } from "./case-${i}.mjs";`).join("\n")}
const cases = [${parts.join(",\n")}];
export async function results(options) {
  const found = {};
  for (const [name, load, hex, call, graphs] of cases) {
    const model = await load(Uint8Array.from(hex.match(/../g), (byte) => parseInt(byte, 16)), options);
    const outputs = {};
    for (const [graph, feeds] of graphs)
      for (const [key, { data }] of Object.entries(model.run(graph, feeds))) outputs[graph + "." + key] = Array.from(data);
    found[name] = { engine: model.engine, called: await call(model), outputs };
  }
  return found;
}
`;
  writeFileSync(join(place, "results.mjs"), text);
  writeFileSync(
    join(place, "main.mjs"),
    `import { results } from "./results.mjs";\nconsole.log(JSON.stringify(await results()));\n`,
  );
}

describe.skipIf(!folder)("the same results in another host (skipped where RUNTIMES names no folder)", () => {
  const place = mkdtempSync(join(tmpdir(), "unrolled-hosts-"));
  const bin = (path: string) => join(folder!, "node_modules", path);
  const require = createRequire(join(folder ?? place, "package.json"));
  let own: Readonly<Record<string, Found>>;
  beforeAll(async () => {
    writeProgram(place);
    const { results } = (await import(/* @vite-ignore */ join(place, "results.mjs"))) as { results(): Promise<object> };
    own = JSON.parse(JSON.stringify(await results())) as typeof own; // -0 is 0 in JSON
  });
  afterAll(() => rmSync(place, { recursive: true }));

  /** Outputs are those of ONNX Runtime within 1e-5; methods give what they give in Node. */
  async function compare(found: Readonly<Record<string, Found>>, engine: Found["engine"]): Promise<void> {
    for (const name of Object.keys(cases)) {
      const model = modelNamed(name);
      expect(found[name]!.engine, name).toBe(engine);
      expect(found[name]!.called, name).toEqual(own[name]!.called);
      for (const [key, graph] of Object.entries(graphsOf(model))) {
        const session = await compileModel(model, graph, { engine: nodeEngine({ threads: 1 }) });
        const expected = await session.run(feedsOf(graph));
        for (const [output, { data }] of Object.entries(expected)) {
          const scale = Array.from(data).reduce((top, x) => Math.max(top, Math.abs(x)), 1e-3);
          const seen = found[name]!.outputs[`${key}.${output}`]!;
          const errors = Array.from(data, (x, i) => Math.abs(x - seen[i]!) / scale);
          expect(Math.max(...errors), `${name}: ${output}`).toBeLessThan(1e-5);
        }
        await session.release();
      }
    }
  }

  it("Deno", async () => {
    const { stdout } = await run(bin("@deno/linux-x64-glibc/deno"), ["run", "main.mjs"], { cwd: place });
    await compare(JSON.parse(stdout), "wasm");
  });

  it("Bun", async () => {
    const { stdout } = await run(bin("bun/bin/bun.exe"), ["main.mjs"], { cwd: place });
    await compare(JSON.parse(stdout), "wasm");
  });

  it("Cloudflare Workers: with the kernels as a file, and without", async () => {
    const { Miniflare } = require("miniflare") as {
      Miniflare: new (
        options: object,
      ) => {
        dispatchFetch(url: string, init?: object): Promise<Response>;
        dispose(): Promise<void>;
      };
    };
    const worker = `import kernels from "./model.wasm";
      import { results } from "./results.mjs";
      export default { async fetch({ url }) {
        return Response.json(await results(url.endsWith("/plain") ? undefined : { wasm: kernels }));
      } };`;
    writeFileSync(join(place, "worker.mjs"), worker);
    const options = {
      modules: true,
      modulesRoot: place,
      compatibilityDate: "2026-01-01",
      modulesRules: [
        { type: "ESModule", include: ["**/*.js", "**/*.mjs"] },
        { type: "CompiledWasm", include: ["**/*.wasm"] },
        { type: "Data", include: ["**/*.safetensors"] },
      ],
    };
    const all = new Miniflare({ ...options, scriptPath: join(place, "worker.mjs") });
    await compare((await (await all.dispatchFetch("http://x/wasm")).json()) as never, "wasm");
    await compare((await (await all.dispatchFetch("http://x/plain")).json()) as never, "plain");
    await all.dispose();

    const { module, weights } = exportModule(modelNamed("classifier, stacked, attention"));
    writeFileSync(join(place, "model.js"), module);
    writeFileSync(join(place, "model.safetensors"), weights);
    writeFileSync(join(place, "edge.js"), example("edge.js"));
    const edge = new Miniflare({ ...options, scriptPath: join(place, "edge.js") });
    const answer = await edge.dispatchFetch("http://x", { method: "POST", body: '{"text": "a fine film"}' });
    expect((await answer.json()) as object).toMatchObject({ label: own["classifier, stacked, attention"]!.called });
    await edge.dispose();
  });

  // npm has the virtual machine of 2022 alone, and the compiler of today.
  it("Hermes: the compiler of today takes the module, and the virtual machine of 2022 runs it after Babel", async () => {
    const { buildSync } = require("esbuild") as { buildSync(options: object): void };
    const babel = require("@babel/core") as { transformFileSync(path: string, options: object): { code: string } };
    // `at` came to Hermes in 2022, and classes of characters in expressions (\p{L}) after that.
    const start = `for (const { prototype } of [Array, String, Float32Array, Int32Array])
        prototype.at ??= function (i) { return this[i < 0 ? this.length + i : i]; };
      const show = (all) => print(JSON.stringify(all));
      import { results } from "./results.mjs";
      results().then(show, (error) => print(String(error), error.stack));`;
    writeFileSync(join(place, "hermes.mjs"), start);
    const bundle = join(place, "hermes.js");
    buildSync({ entryPoints: [join(place, "hermes.mjs")], bundle: true, format: "iife", outfile: bundle });
    const compiler = bin("hermes-compiler/hermesc/linux64-bin/hermesc");
    await run(compiler, ["-w", "-emit-binary", "-out", join(place, "hermes.hbc"), bundle]);

    const presets = [[require.resolve("@react-native/babel-preset"), { enableBabelRuntime: false }]];
    const plugins = [require.resolve("@babel/plugin-transform-unicode-property-regex")];
    const options = { presets, plugins, babelrc: false, configFile: false, compact: true, sourceType: "script" };
    writeFileSync(bundle, babel.transformFileSync(bundle, options).code);
    const { stdout } = await run(bin("hermes-engine-cli/linux64-bin/hermes"), ["-w", bundle], { maxBuffer: 2 ** 26 });
    await compare(JSON.parse(stdout), "plain");
  });
});
