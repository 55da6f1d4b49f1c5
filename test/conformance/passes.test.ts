// Every pass leaves values and gradients unchanged: in float64, on every cell, alone and all in their order.
import { describe, expect, it } from "vitest";
import { gradient } from "../../src/compile/gradient.ts";
import { forwardPasses, type Pass, runPasses } from "../../src/compile/passes/index.ts";
import { type Engine, referenceEngine } from "../../src/engine/index.ts";
import { onnxPasses } from "../../src/engine/onnx/passes.ts";
import {
  bidirectional,
  collect,
  dense,
  embedding,
  type Layer,
  parameterInputs,
  recurrent,
  sequenceCrossEntropy,
  stacked,
  under,
} from "../../src/nn/index.ts";
import { input, type Tensor } from "../../src/tensor/index.ts";
import { ints, noise } from "../gradient-check.ts";
import { cells } from "./cells.ts";
import { expectClose, type Values } from "./subject.ts";
import { sample, trace } from "./traced.ts";

const tolerance = 1e-11;
const D = 3;
const engine: Engine = referenceEngine();
const run = async (outputs: Readonly<Record<string, Tensor>>, feeds: Values): Promise<Values> => {
  const program = await engine.compile({ outputs });
  return program.run(feeds);
};

const passes: Record<string, Pass> = { ...forwardPasses, ...onnxPasses };
const layers: Record<string, Layer> = {
  ...Object.fromEntries(Object.entries(cells).map(([name, { cell }]) => [name, recurrent(cell, { hiddenSize: 4 })])),
  "a deep network that reads both ways": stacked([
    bidirectional(recurrent(cells.lstm!.cell, { hiddenSize: 3 })),
    recurrent(cells.gru!.cell, { hiddenSize: 2 }),
  ]),
};

describe.each(Object.entries(layers))("%s", (_, layer) => {
  for (const ragged of [false, true]) {
    const feeds = { ...sample(layer, D, { T: 4, B: 2 }), lengths: ints([2], [4, 2]) };
    const plain = (() => {
      let made: Promise<Values> | undefined;
      return () => {
        if (!made) {
          const { forward, gradients } = trace(layer, D, { ragged });
          made = run({ ...forward, ...gradients }, feeds);
        }
        return made;
      };
    })();
    const length = ragged ? "padded" : "full";

    it.each(Object.keys(passes))(`%s alone, ${length}`, async (name) => {
      const { forward, gradients } = trace(layer, D, { ragged });
      const outputs = runPasses({ ...forward, ...gradients }, { [name]: passes[name]! });
      expectClose(await run(outputs, feeds), await plain(), tolerance);
    });

    it(`all in their order, before and after differentiation, ${length}`, async () => {
      const { forward, gradients, loss, inputs } = trace(layer, D, { ragged });
      const before = runPasses({ ...forward, loss }, forwardPasses);
      const cotangents = gradient(before.loss!, inputs);
      const named = Object.fromEntries(Object.keys(gradients).map((name, i) => [name, cotangents[i]!]));
      const { loss: __, ...outputs } = runPasses({ ...before, ...named }, onnxPasses);
      expectClose(await run(outputs, feeds), await plain(), tolerance);
    });
  }
});

describe.each([false, true])("a language model, tied output: %s", (tied) => {
  it("is unchanged by all passes", async () => {
    const V = 7;
    const table = embedding({ dim: 4 }).build(V);
    const encoder = recurrent(cells.lstm!.cell, { hiddenSize: 4 }).build(4);
    const project = dense({ outputSize: V, tied }).build(4);
    const specs = collect({ embedding: table, encoder, project });
    const all = parameterInputs(specs);
    const tokens = input("tokens", ["T", "B"], { dtype: "int" });
    const targets = input("targets", ["T", "B"], { dtype: "int" });
    const { outputs: embedded } = table.apply(under(all, "embedding"), tokens);
    const { outputs } = encoder.apply(under(all, "encoder"), embedded);
    const weight: Record<string, Tensor> = tied ? { weight: all["embedding.weight"]! } : {};
    const { outputs: logits } = project.apply({ ...under(all, "project"), ...weight }, outputs);
    const loss = sequenceCrossEntropy(logits, targets).mean;
    const withGradients = (from: Tensor) => {
      const gradients = gradient(from, Object.values(all));
      return { loss: from, ...Object.fromEntries(Object.keys(all).map((name, i) => [`grad.${name}`, gradients[i]!])) };
    };
    const feeds: Values = { tokens: ints([3, 2], [0, 6, 3, 3, 1, 6]), targets: ints([3, 2], [6, 3, 3, 1, 6, 0]) };
    specs.forEach(({ name, shape }, i) => {
      feeds[name] = noise(shape, i + 1);
    });
    const scheduled = runPasses(withGradients(runPasses({ loss }, forwardPasses).loss!), onnxPasses);
    expectClose(await run(scheduled, feeds), await run(withGradients(loss), feeds), tolerance);
    expect(Object.keys(scheduled)).toContain("grad.embedding.weight");
  });
});
