// Regularization of layers: dropped tokens, penalties on outputs. Outside training none of them is there.
import { describe, expect, it } from "vitest";
import { bools, gradientFaults, ints, noise } from "../../../test/gradient-check.ts";
import { referenceEngine, type Value } from "../../engine/index.ts";
import { input, type Tensor } from "../../tensor/index.ts";
import {
  bidirectional,
  embedding,
  freeze,
  gru,
  type Layer,
  layerFromConfig,
  lstm,
  type OutputPenalty,
  parameterInputs,
  residual,
  rnn,
  sequenceCrossEntropy,
  stacked,
} from "../index.ts";
import { dropoutMasks } from "../layer.ts";

const [T, B, D, H] = [4, 2, 3, 3];

/** The outputs and the penalty of a layer in training, with values for all it reads. */
function traced(layer: Layer, { ragged = false, inputSize = D } = {}) {
  const block = layer.build(inputSize);
  const parameters = parameterInputs(block.parameters);
  const x = input("x", ["T", "B", inputSize]);
  const lengths = ragged ? input("lengths", ["B"], { dtype: "int" }) : undefined;
  const applied = block.apply(parameters, x, { lengths, masks: dropoutMasks() });
  const feeds: Record<string, Value> = {
    x: noise([T, B, inputSize], 3),
    ...(ragged ? { lengths: ints([B], [T, 2]) } : {}),
    ...Object.fromEntries(
      block.parameters.map(({ name, shape }, i) => [name, noise(shape, i + 5, { low: -0.7, high: 0.7 })]),
    ),
  };
  return { applied, feeds, inputs: [x, ...Object.values(parameters)] };
}

async function run(outputs: Record<string, Tensor>, feeds: Record<string, Value>) {
  return (await referenceEngine().compile({ outputs })).run(feeds);
}

/** At step t of row b. */
const at = (value: Value, t: number, b: number) => Array.from(value.data.slice((t * B + b) * H, (t * B + b + 1) * H));
const meanSquare = (values: number[]) => values.reduce((total, value) => total + value * value, 0) / values.length;

describe("penalties on outputs", () => {
  const penalty: OutputPenalty = { activation: 2, temporal: 0.5 };

  it("are the mean square of the outputs, and of their changes", async () => {
    const { applied, feeds } = traced(gru({ hiddenSize: H, penalty }));
    const { outputs, each } = await run({ outputs: applied.outputs, each: applied.penalty! }, feeds);
    expect(each!.shape).toEqual([T, B]);
    for (let t = 0; t < T; t++)
      for (let b = 0; b < B; b++) {
        const [now, before] = [at(outputs!, t, b), t > 0 ? at(outputs!, t - 1, b) : undefined];
        const change = before ? meanSquare(now.map((value, i) => value - before[i]!)) : 0;
        expect(each!.data[t * B + b]).toBeCloseTo(2 * meanSquare(now) + 0.5 * change, 12);
      }
  });

  it("activation reads the outputs after dropout, temporal those before", async () => {
    const { applied, feeds } = traced(gru({ hiddenSize: H, dropout: 0.5, penalty }));
    const nothing = { "mask.0": bools([T, B, H], new Array(T * B * H).fill(0)) };
    const { each } = await run({ each: applied.penalty! }, { ...feeds, ...nothing });
    const plain = traced(gru({ hiddenSize: H, penalty: { temporal: 0.5 } }));
    const { each: temporal } = await run({ each: plain.applied.penalty! }, plain.feeds);
    expect([...each!.data]).toEqual([...temporal!.data]);
  });

  it("are there in training only", () => {
    const block = gru({ hiddenSize: H, penalty }).build(D);
    expect(block.apply(parameterInputs(block.parameters), input("x", ["T", "B", D])).penalty).toBeUndefined();
    expect(traced(gru({ hiddenSize: H })).applied.penalty).toBeUndefined();
    expect(traced(gru({ hiddenSize: H, penalty: { activation: 0 } })).applied.penalty).toBeUndefined();
  });

  it.each<[string, Layer, Layer]>([
    [
      "numLayers: the top layer's alone",
      gru({ hiddenSize: H, numLayers: 2, penalty }),
      stacked([gru({ hiddenSize: H }), gru({ hiddenSize: H, penalty })]),
    ],
    ["residual", stacked([residual(gru({ hiddenSize: H, penalty }))]), residual(gru({ hiddenSize: H, penalty }))],
    ["frozen", freeze(gru({ hiddenSize: H, penalty })), gru({ hiddenSize: H, penalty })],
  ])("%s", async (_, a, b) => {
    const [one, other] = [traced(a), traced(b)];
    const penalties = await Promise.all(
      [one, other].map(({ applied, feeds }) => run({ each: applied.penalty! }, feeds)),
    );
    expect([...penalties[0]!.each!.data]).toEqual([...penalties[1]!.each!.data]);
  });

  it("of several layers add up", async () => {
    const one = rnn({ hiddenSize: H, penalty });
    for (const layer of [stacked([one, one]), bidirectional(one)]) {
      const { applied, feeds } = traced(layer);
      const alone = traced(layer.config.type === "stacked" ? stacked([one, rnn({ hiddenSize: H })]) : one);
      const [both, first] = [
        await run({ each: applied.penalty! }, feeds),
        await run({ each: alone.applied.penalty! }, alone.feeds),
      ];
      both.each!.data.forEach((value, i) => void expect(value).toBeGreaterThan(first.each!.data[i]!));
    }
  });

  it.each([false, true])("as part of the loss, differentiated in float64, padded: %s", async (ragged) => {
    for (const layer of [lstm({ hiddenSize: H, penalty }), bidirectional(rnn({ hiddenSize: H, penalty }))]) {
      const { applied, feeds, inputs } = traced(layer, { ragged });
      const targets = input("targets", ["T", "B"], { dtype: "int" });
      const weights = ragged ? input("weights", ["T", "B"]) : undefined;
      const { mean } = sequenceCrossEntropy(applied.outputs, targets, { penalty: applied.penalty, weights });
      const counted: Value = { shape: [T, B], dtype: "float", data: Float64Array.of(1, 1, 1, 1, 1, 0, 1, 0) };
      const all = {
        ...feeds,
        targets: ints([T, B], [0, 1, 2, 1, 0, 2, 1, 1]),
        ...(ragged ? { weights: counted } : {}),
      };
      expect(await gradientFaults(mean, inputs, all)).toEqual([]);
      const { mean: plain } = sequenceCrossEntropy(applied.outputs, targets, { weights });
      const losses = await run({ mean, plain }, all);
      expect(losses.mean!.data[0]).toBeGreaterThan(losses.plain!.data[0]! + 0.01);
    }
  });

  it("are saved with the layer, and checked", () => {
    const { config } = gru({ hiddenSize: H, penalty });
    expect(layerFromConfig(JSON.parse(JSON.stringify(config))).config).toEqual(config);
    expect(() => gru({ hiddenSize: H, penalty: { temporal: -1 } })).toThrow(
      "gru(penalty.temporal): expected a number at least 0",
    );
    expect(() => layerFromConfig({ ...config, penalty: { activation: "2" } })).toThrow(
      'layer.penalty.activation: expected a number at least 0, got "2"',
    );
  });
});

describe("embedding dropout", () => {
  const V = 4;
  const layer = embedding({ embeddingSize: H, dropout: 0.25 });
  const ids = input("ids", ["T", "B"], { dtype: "int" });
  const feeds = {
    ids: ints([T, B], [0, 1, 2, 3, 1, 1, 2, 0]),
    weight: noise([V, H], 2),
    "mask.0": bools([V], [1, 0, 1, 1]),
  };
  const block = layer.build(V);
  const parameters = parameterInputs(block.parameters);

  it("drops whole tokens, the same ones at all places, and scales the others", async () => {
    const dropped = await run({ y: block.apply(parameters, ids, { masks: dropoutMasks() }).outputs }, feeds);
    const plain = await run({ y: block.apply(parameters, ids).outputs }, feeds);
    feeds.ids.data.forEach((id, i) => {
      const expected = plain.y!.data.slice(i * H, (i + 1) * H).map((value) => (id === 1 ? 0 : value / 0.75));
      expected.forEach((value, k) => void expect(dropped.y!.data[i * H + k]).toBeCloseTo(value, 12));
    });
  });

  it("differentiated in float64", async () => {
    const { outputs } = block.apply(parameters, ids, { masks: dropoutMasks() });
    const loss = sequenceCrossEntropy(outputs, input("targets", ["T", "B"], { dtype: "int" })).mean;
    const targets = ints([T, B], [0, 1, 2, 1, 0, 2, 1, 1]);
    expect(await gradientFaults(loss, Object.values(parameters), { ...feeds, targets })).toEqual([]);
  });

  it("is saved with the layer, and checked", () => {
    expect(layerFromConfig(JSON.parse(JSON.stringify(layer.config))).config).toEqual(layer.config);
    expect(embedding({ embeddingSize: H }).config).toEqual({ type: "embedding", dim: H });
    expect(() => embedding({ embeddingSize: H, dropout: 1 })).toThrow(
      "embedding(dropout): expected a number at least 0 and below 1",
    );
  });
});
