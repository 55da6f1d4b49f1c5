import { describe, expect, it } from "vitest";
import { noise } from "../../../test/gradient-check.ts";
import { gradient } from "../../compile/gradient.ts";
import { type Engine, referenceEngine, type Value } from "../../engine/index.ts";
import { add, input, linear, mul, sum, type Tensor, tanh } from "../../tensor/index.ts";
import { view } from "../../tensor/parameters.ts";
import { cell } from "../cell.ts";
import { gru } from "../cells/gru.ts";
import { gruSimplified } from "../cells/gru-simplified.ts";
import { lstm } from "../cells/lstm.ts";
import { peepholeLstm } from "../cells/peephole-lstm.ts";
import { rnn } from "../cells/rnn.ts";
import { freeze } from "../freeze.ts";
import { type ApplyOptions, dropoutMasks, type Layer, type LayerConfig } from "../layer.ts";
import { layerFromConfig } from "../layer-from-config.ts";
import { initialize, parameterInputs, parameterLayouts } from "../parameters.ts";
import { bidirectional } from "./bidirectional.ts";
import { dense } from "./dense.ts";
import { dropout } from "./dropout.ts";
import { embedding } from "./embedding.ts";
import { layerNorm } from "./layer-norm.ts";
import { recurrent } from "./recurrent.ts";
import { residual } from "./residual.ts";
import { stacked } from "./stacked.ts";

const elman = cell({
  name: "elman",
  parameters: ({ inputSize: D, hiddenSize: H }) => ({ Wax: [H, D], Waa: [H, H], ba: [H] }),
  state: ["a"],
  step: ({ Wax, Waa, ba }, x, { a }) => {
    const next = tanh(add(linear(x, Wax), linear(a, Waa), ba)); // a<t> = tanh(Waa a<t-1> + Wax x<t> + ba)
    return { output: next, state: { a: next } };
  },
});

const x: Value = {
  shape: [3, 2, 4],
  dtype: "float",
  data: Float64Array.from({ length: 24 }, (_, i) => Math.sin(i)),
};

/** Applies a layer to x [T, B, 4] with the initial parameters of seed 1. */
async function run(
  layer: Layer,
  options: ApplyOptions = {},
  feeds: Record<string, Value> = {},
  engine: Engine = referenceEngine(),
) {
  const block = layer.build(4);
  const { trainable } = parameterLayouts(block.parameters.map((spec) => ({ ...spec, frozen: false })));
  const flat = initialize(block.parameters, trainable, 1);
  const values = Object.fromEntries(
    trainable.slots.map((slot): [string, Value] => [
      slot.name,
      { shape: slot.shape, dtype: "float", data: view(flat, slot) },
    ]),
  );
  const { outputs, final } = block.apply(parameterInputs(block.parameters), input("x", ["T", "B", 4]), options);
  const program = await engine.compile({ outputs: { outputs, ...final } });
  return program.run({ x, ...values, ...feeds });
}

const shapes = (layer: Layer) => layer.build(4).parameters.map(({ name, shape }) => `${name} [${shape.join(", ")}]`);

describe("layers", () => {
  it("name and shape their parameters as PyTorch does", () => {
    expect(shapes(bidirectional(lstm({ hiddenSize: 3, numLayers: 1 })))).toEqual([
      "weight_ih_l0 [12, 4]",
      "weight_hh_l0 [12, 3]",
      "bias_ih_l0 [12]",
      "weight_ih_l0_reverse [12, 4]",
      "weight_hh_l0_reverse [12, 3]",
      "bias_ih_l0_reverse [12]",
    ]);
    expect(shapes(gru({ hiddenSize: 3, numLayers: 2 })).filter((line) => line.includes("l1"))).toEqual([
      "weight_ih_l1 [9, 3]",
      "weight_hh_l1 [9, 3]",
      "bias_ih_l1 [9]",
      "bias_hn_l1 [3]",
    ]);
    expect(shapes(bidirectional(rnn({ hiddenSize: 3, numLayers: 2 })))).toContain("weight_ih_l1_reverse [3, 3]");
    const deep = stacked([
      bidirectional(rnn({ hiddenSize: 3 })),
      dropout({ p: 0.5 }),
      bidirectional(rnn({ hiddenSize: 3 })),
    ]);
    expect(shapes(deep)).toContain("weight_ih_l1_reverse [3, 6]");
    expect(Object.keys(deep.build(4).state)).toEqual(["a_l0", "a_l0_reverse", "a_l1", "a_l1_reverse"]);
  });

  it("a cell of one's own has its own names, numbered", () => {
    expect(shapes(recurrent(elman, { hiddenSize: 3 }))).toEqual(["Wax_l0 [3, 4]", "Waa_l0 [3, 3]", "ba_l0 [3]"]);
  });

  it("residual adds its inputs, and wants equal widths", async () => {
    const plain = await run(rnn({ hiddenSize: 4 }));
    const around = await run(residual(rnn({ hiddenSize: 4 })));
    around.outputs!.data.forEach(
      (value, i) => void expect(value).toBeCloseTo(plain.outputs!.data[i]! + x.data[i]!, 12),
    );
    expect(() => residual(rnn({ hiddenSize: 3 })).build(4)).toThrow(
      "residual: expected a layer with outputSize 4, the width of its inputs, got 3",
    );
  });

  it("layerNorm gives mean 0 and deviation 1", async () => {
    const { outputs } = await run(layerNorm({ epsilon: 0 }));
    for (let i = 0; i < 24; i += 4) {
      const row = Array.from(outputs!.data.slice(i, i + 4));
      expect(row.reduce((a, b) => a + b)).toBeCloseTo(0, 9);
      expect(row.reduce((a, b) => a + b * b, 0)).toBeCloseTo(4, 9);
    }
  });

  it("a tied output reads the embedding's rows", async () => {
    const table = embedding({ embeddingSize: 4, from: Array.from({ length: 20 }, (_, i) => i) }).build(5);
    const output = dense({ outputSize: 5, tied: true, bias: false }).build(4);
    expect(output.parameters).toEqual([]);
    const [weight] = Object.values(parameterInputs(table.parameters)) as [Tensor];
    const ids = input("ids", ["T", "B"], { dtype: "int" });
    const { outputs: rows } = table.apply({ weight }, ids);
    const { outputs } = output.apply({ weight }, rows);
    const data = table.parameters[0]!.init([5, 4], undefined as never);
    const result = await (await referenceEngine().compile({ outputs: { outputs } })).run({
      weight: { shape: [5, 4], dtype: "float", data },
      ids: { shape: [1, 1], dtype: "int", data: Int32Array.of(1) },
    });
    expect([...result.outputs!.data]).toEqual([38, 126, 214, 302, 390]); // [4, 5, 6, 7] times each row
  });
});

describe("dropout", () => {
  const bits = (shape: number[], one: (i: number) => number): Value => ({
    shape,
    dtype: "bool",
    data: Uint8Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => one(i)),
  });

  it("does nothing but in training", async () => {
    expect([...(await run(dropout({ p: 0.5 }))).outputs!.data]).toEqual([...x.data]);
  });

  it("drops what the mask says and scales the rest", async () => {
    const mask = bits([3, 2, 4], (i) => i % 3 && 1);
    const { outputs } = await run(dropout({ p: 0.2 }), { masks: dropoutMasks() }, { "mask.0": mask });
    outputs!.data.forEach((value, i) => void expect(value).toBeCloseTo(i % 3 ? x.data[i]! / 0.8 : 0, 12));
  });

  it("per sequence, drops the same units at all steps", async () => {
    const mask = bits([1, 2, 4], (i) => i % 2);
    const { outputs } = await run(dropout({ p: 0.5, per: "sequence" }), { masks: dropoutMasks() }, { "mask.0": mask });
    outputs!.data.forEach((value, i) => void expect(value).toBeCloseTo(i % 2 ? x.data[i]! * 2 : 0, 12));
  });

  it("between stacked layers: none after the last", () => {
    const masks = (layer: Layer) => {
      const asked: string[] = [];
      const block = layer.build(4);
      block.apply(parameterInputs(block.parameters), input("x", ["T", "B", 4]), {
        masks: {
          next(shape, keep) {
            asked.push(`${shape} ${keep}`);
            return dropoutMasks().next(shape, keep);
          },
        },
      });
      return asked;
    };
    const layer = rnn({ hiddenSize: 3 });
    expect(masks(stacked([layer, layer, layer], { dropout: 0.25 }))).toEqual(["T,B,3 0.75", "T,B,3 0.75"]);
    expect(masks(rnn({ hiddenSize: 3, numLayers: 2, dropout: 0.25 }))).toEqual(["T,B,3 0.75", "T,B,3 0.75"]);
    expect(() => dropout({ p: 1 })).toThrow("dropout: expected a number at least 0 and below 1, got 1");
  });
});

describe("layerFromConfig", () => {
  const layers: Layer[] = [
    rnn({ hiddenSize: 4, activation: "relu" }),
    gru({ hiddenSize: 4 }),
    gru({ hiddenSize: 4, reset: "before" }),
    gruSimplified({ hiddenSize: 4 }),
    lstm({ hiddenSize: 4, dropout: 0.5 }),
    peepholeLstm({ hiddenSize: 4 }),
    recurrent(elman, { hiddenSize: 4 }),
    freeze(stacked([residual(layerNorm()), bidirectional(lstm({ hiddenSize: 4 })), dense({ outputSize: 2 })])),
    lstm({ hiddenSize: 4, numLayers: 2, dropout: { p: 0.1, per: "sequence" } }),
  ];

  it.each(layers.map((layer) => [JSON.stringify(layer.config), layer]))(
    "%s comes back the same",
    async (text, layer) => {
      const again = layerFromConfig(JSON.parse(text as string), { cells: [elman] });
      expect(again.config).toEqual((layer as Layer).config);
      expect(await run(again)).toEqual(await run(layer as Layer));
    },
  );

  it("names the path and the value of what it cannot read", () => {
    const refused = (config: unknown, message: string) => {
      const read = () => layerFromConfig(config as LayerConfig, { path: "encoder" });
      expect(read).toThrow(message);
      expect(read).toThrow(expect.objectContaining({ code: "file" }));
    };
    refused({ type: "toString" }, "encoder.type: expected one of recurrent, stacked, ");
    refused(undefined, "encoder: expected an object, got undefined");
    const { config } = gru({ hiddenSize: 4, numLayers: 2 });
    const [first, second] = config.layers as LayerConfig[];
    const stack = (change: object) => ({ ...config, layers: [first, { ...second, ...change }] });
    refused(stack({ hiddenSize: "4" }), 'encoder.layers[1].hiddenSize: expected a whole number at least 1, got "4"');
    refused(
      stack({ dropout: { p: 1 } }),
      "encoder.layers[1].dropout.p: expected a number at least 0 and below 1, got 1",
    );
    refused(stack({ cell: "gru" }), 'encoder.layers[1].cell: expected an object, got "gru"');
    refused(
      stack({ cell: { name: "gru", reset: 1 } }),
      'encoder.layers[1].cell: gru(reset): expected "after" or "before", got 1',
    );
    refused({ type: "stacked", layers: first }, "encoder.layers: expected a list of layers, got {");
    refused({ type: "dense", outputSize: 2, bias: "no" }, 'encoder.bias: expected true or false, got "no"');
    refused({ type: "embedding", dim: 0 }, "encoder.dim: expected a whole number at least 1, got 0");
    let nested = first as object; // 1 KB that would be a million layers
    for (let depth = 0; depth < 20; depth++) nested = { type: "bidirectional", layer: nested };
    refused(nested, "encoder: expected at most 4096 layers, got ");
    refused({ type: "dropout", p: 0.1, per: "row" }, 'encoder.per: expected "element" or "sequence", got "row"');
    refused(
      { type: "freeze", layer: first, unfreezeAfter: { steps: null } },
      "encoder.unfreezeAfter.steps: expected a whole number at least 1, got null",
    );
    refused({ type: "layerNorm", epsilon: [] }, "encoder.epsilon: expected a number at least 0, got []");
    expect(() => layerFromConfig(recurrent(elman, { hiddenSize: 2 }).config)).toThrow(
      'layer.cell: expected a built-in cell, got "elman"\n  hint: pass your own cells',
    );
  });
});

describe("what a block depends on", () => {
  const one = lstm({ hiddenSize: 2 });
  const both = bidirectional(one);
  const facts = (layer: Layer) => {
    const { causal, backwardSize } = layer.build(2);
    return [causal, backwardSize];
  };
  it.each<[string, Layer, boolean, number]>([
    ["recurrent", one, true, 0],
    ["bidirectional", both, false, 2],
    ["dropout and layer norm above", stacked([both, dropout({ p: 0.5 }), layerNorm()]), false, 2],
    ["dense above", stacked([both, dense({ outputSize: 4 })]), false, 0],
    ["a forward layer above", stacked([both, one]), false, 0],
    ["a backward layer above", stacked([one, both]), false, 2],
    ["frozen, residual", freeze(stacked([one, residual(one)])), true, 0],
    ["two directions inside a direction", bidirectional(both), false, 4],
  ])("%s", (_, layer, causal, backwardSize) => {
    expect(facts(layer)).toEqual([causal, backwardSize]);
  });

  it.each<[string, Layer]>([
    ["lstm", one],
    ["bidirectional", both],
    ["deep", stacked([one, layerNorm(), residual(gru({ hiddenSize: 2 }))])],
  ])("%s: causal exactly if no gradient comes from later steps", async (_, layer) => {
    const block = layer.build(4);
    const parameters = parameterInputs(block.parameters);
    const read = input("x", ["T", "B", 4]);
    const { outputs } = block.apply(parameters, read);
    const [dx] = gradient(sum(mul(outputs, input("dy", ["T", 1, 1]))), [read]);
    const program = await referenceEngine().compile({ outputs: { dx: dx! } });
    const weights = Object.fromEntries(block.parameters.map(({ name, shape }, i) => [name, noise(shape, i + 1)]));
    const dy: Value = { shape: [3, 1, 1], dtype: "float", data: Float64Array.of(1, 0, 0) };
    const { dx: fromFirst } = await program.run({ x, dy, ...weights });
    expect(fromFirst!.data.slice(8).every((value) => value === 0)).toBe(block.causal);
  });
});
