// An exported module computes what the model computes: every task, every cell of the library and one of a user's own.
import { expect, it } from "vitest";
import { random } from "../../src/base/index.ts";
import { charTokenizer } from "../../src/data/index.ts";
import type { Value } from "../../src/engine/index.ts";
import { recurrent } from "../../src/nn/index.ts";
import { nodeEngine } from "../../src/node/engine.ts";
import { compileModel, type InferenceGraph, languageModel, type Model, tasks } from "../../src/tasks/index.ts";
import { cells } from "../conformance/cells.ts";
import { feedsFor, sizes } from "../export/feeds.ts";
import { modelNamed, modelNames } from "../export/models.ts";
import { type Loaded, loaded } from "./open.ts";

const engine = nodeEngine({ threads: 1 });

/** The largest difference of any output from ONNX Runtime's, relative to the largest number of that output. */
async function difference(model: Model, ...modules: Loaded[]): Promise<number> {
  const { graphs } = tasks[model.task] as { graphs(model: Model): Record<string, InferenceGraph> };
  let most = 0;
  for (const [name, graph] of Object.entries(graphs(model))) {
    const session = await compileModel(model, graph, { engine });
    for (const [i, [B, T]] of sizes.entries()) {
      const feeds = feedsFor(graph, B, fixedTime(graph) ?? T, i);
      const expected = await session.run(feeds);
      for (const module of modules) compare(expected, module.run(name, feeds));
    }
    await session.release();
  }
  return most;

  function compare(expected: Readonly<Record<string, Value>>, found: ReturnType<Loaded["run"]>): void {
    for (const [output, { data, shape }] of Object.entries(expected)) {
      expect(found[output]!.shape).toEqual(shape);
      const scale = Array.from(data).reduce((top, x) => Math.max(top, Math.abs(x)), 1e-3);
      for (let at = 0; at < data.length; at++)
        most = Math.max(most, Math.abs(found[output]!.data[at]! - data[at]!) / scale);
    }
  }
}

/** The number of steps of a graph that reads a window of fixed size. */
const fixedTime = ({ inputs }: InferenceGraph): number | undefined =>
  inputs.map(({ shape }) => Number(shape[1])).find((dim) => dim > 2);

it.each(modelNames)("%s: within 1e-5, in WebAssembly and in plain JavaScript", async (name) => {
  const model = modelNamed(name);
  const found = await Promise.all([false, true].map((plain) => loaded(model, { plain })));
  expect(found.map(({ engine }) => engine)).toEqual(["wasm", "plain"]);
  expect(await difference(model, ...found)).toBeLessThan(1e-5);
});

it.each(Object.keys(cells))("the cell %s: within 1e-5", async (name) => {
  const { cell, square } = cells[name]!;
  const tokenizer = charTokenizer.fit("abcde");
  const embeddingSize = 5;
  const encoder = recurrent(cell, { hiddenSize: square ? embeddingSize : 7 });
  const model = languageModel({ tokenizer, encoder, embeddingSize, seed: 3 });
  const r = random(5);
  for (let i = 0; i < model.parameters.length; i++) model.parameters[i]! += r.uniform() - 0.5;
  expect(await difference(model, await loaded(model))).toBeLessThan(1e-5);
});
