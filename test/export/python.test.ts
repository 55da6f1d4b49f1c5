// Exported files in Python. `ONNX_CASES=folder npx vitest run test/export/python.test.ts` writes every task and cell with
// inputs and the reference's results; `python test/export/check_onnx.py folder` checks them with onnx.checker and
// onnxruntime, and keeps what onnxruntime gave as a fixture. Where Python is absent, the fixture stands for it.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as ort from "onnxruntime-web";
import { describe, expect, it } from "vitest";
import { referenceEngine, type Value } from "../../src/engine/index.ts";
import { exportGraphs, exportOnnx } from "../../src/files/index.ts";
import { load } from "../../src/index.ts";
import { type Model, weightsOf } from "../../src/tasks/index.ts";
import { feedsFor, sizes } from "./feeds.ts";
import { modelNamed, modelNames } from "./models.ts";

ort.env.wasm.numThreads = 1;

/** Numbers with a shape, as JSON. */
interface Plain {
  readonly dtype: Value["dtype"];
  readonly shape: readonly number[];
  readonly data: number[];
}
type Named = Readonly<Record<string, Plain>>;
/** Whole files as base64 by part, and what Python's onnxruntime made of some inputs. */
interface Fixture {
  readonly files: Readonly<Record<string, string>>;
  readonly parts: readonly { readonly part: string; readonly feeds: Named; readonly outputs: Named }[];
}

const plain = (values: Readonly<Record<string, Value>>): Named =>
  Object.fromEntries(
    Object.entries(values).map(([name, { dtype, shape, data }]) => [name, { dtype, shape, data: [...data] }]),
  );

function expectClose(found: Readonly<Record<string, Pick<Value, "shape" | "data">>>, outputs: Named): void {
  for (const [name, { shape, data }] of Object.entries(outputs)) {
    expect(found[name]!.shape).toEqual(shape);
    const errors = data.map((x, i) => Math.abs(found[name]!.data[i]! - x) / Math.max(1, Math.abs(x)));
    expect(Math.max(...errors), name).toBeLessThan(1e-5);
  }
}

async function writeCases(folder: string, name: string): Promise<void> {
  const model = modelNamed(name);
  const slug = name.replaceAll(/[^a-z0-9]+/gi, "-");
  for (const ops of ["standard", "scan"] as const) {
    const files: Readonly<Record<string, Uint8Array>> = exportOnnx(model, { ops });
    for (const [part, graph] of Object.entries(exportGraphs(model))) {
      const reference = await referenceEngine().compile({ outputs: graph.outputs, constants: weightsOf(model) });
      const window = graph.inputs.some(({ shape }) => shape[1] === 7);
      const cases = await Promise.all(
        sizes.map(async ([B, T]) => {
          const feeds = feedsFor(graph, B, window ? 7 : T);
          return { feeds: plain(feeds), outputs: plain(await reference.run(feeds)) };
        }),
      );
      const base = join(folder, `${slug}.${part}.${ops}`);
      writeFileSync(`${base}.onnx`, files[part]!);
      writeFileSync(`${base}.json`, JSON.stringify({ name, part, ops, cases }));
    }
  }
}

const folder = process.env.ONNX_CASES;
describe.runIf(folder !== undefined)("cases for check_onnx.py", () => {
  it.each(modelNames)("%s", async (name) => {
    mkdirSync(folder!, { recursive: true });
    await writeCases(folder!, name);
  });
});

describe.runIf(folder === undefined)("what Python's onnxruntime gave", () => {
  const place = new URL("../fixtures/onnx-models.json", import.meta.url);
  const fixtures = (folder === undefined ? JSON.parse(readFileSync(place, "utf8")) : {}) as Record<string, Fixture>;
  it.each(Object.entries(fixtures))(
    "%s: the loaded model and onnxruntime-web give it too",
    async (_, { files, parts }) => {
      const bytes = Object.entries(files).map(
        ([part, text]) => [`a.${part}.onnx`, Buffer.from(text, "base64")] as const,
      );
      const model: Model = await load(new Map<string, Uint8Array>(bytes));
      const graphs = exportGraphs(model);
      for (const { part, feeds, outputs } of parts) {
        const session = await referenceEngine().compile({
          outputs: graphs[part]!.outputs,
          constants: weightsOf(model),
        });
        const given = Object.entries(feeds).map(([name, { dtype, shape, data }]): [string, Value] => [
          name,
          dtype === "int"
            ? { dtype, shape, data: Int32Array.from(data) }
            : { dtype: "float", shape, data: Float32Array.from(data) },
        ]);
        expectClose(await session.run(Object.fromEntries(given)), outputs);
        const tensors = given.map(([name, { dtype, shape, data }]) => [
          name,
          new ort.Tensor(dtype === "int" ? "int32" : "float32", data as Float32Array, shape),
        ]);
        const web = await ort.InferenceSession.create(Buffer.from(files[part]!, "base64"));
        const results = Object.entries(await web.run(Object.fromEntries(tensors)));
        const values = results.map(([name, { dims, data }]) => [name, { shape: dims, data: data as Float32Array }]);
        expectClose(Object.fromEntries(values), outputs);
        await web.release();
      }
    },
  );
});
