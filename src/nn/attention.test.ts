import { describe, expect, it } from "vitest";
import { referenceEngine, type Value } from "../engine/index.ts";
import { input } from "../tensor/ops.ts";
import { type Attention, additive, attend, attentionFromConfig, multiplicative } from "./attention.ts";
import { parameterInputs } from "./parameters.ts";

const floats = (shape: number[], ...data: number[]): Value => ({
  shape,
  dtype: "float",
  data: Float64Array.from(data),
});

/** One query [1, 1, 2] = (1, 2) over three memories of which the last is padding. */
async function look(attention: Attention, parameters: Record<string, Value>) {
  const block = attention.build(2, 2);
  const inputs = parameterInputs(block.parameters);
  const memory = input("memory", [1, "S", 2]);
  const { weights, contexts } = attend(block, inputs, input("queries", [1, "T", 2]), {
    memory,
    keys: block.keys(inputs, memory),
    mask: input("mask", [1, "S"]),
  });
  const program = await referenceEngine().compile({ outputs: { weights, contexts } });
  const results = await program.run({
    ...parameters,
    queries: floats([1, 1, 2], 1, 2),
    memory: floats([1, 3, 2], 1, 0, 0, 1, 50, 50),
    mask: floats([1, 3], 1, 1, 0),
  });
  return { weights: [...results.weights!.data], contexts: [...results.contexts!.data] };
}

/** Weights are the softmax of the first two scores; the third is exactly 0; memories are unit vectors. */
function expectScores({ weights, contexts }: { weights: number[]; contexts: number[] }, a: number, b: number) {
  const first = 1 / (1 + Math.exp(b - a));
  expect(weights[0]).toBeCloseTo(first, 12);
  expect(weights[1]).toBeCloseTo(1 - first, 12);
  expect(weights[2]).toBe(0);
  expect(contexts[0]).toBeCloseTo(first, 12);
  expect(contexts[1]).toBeCloseTo(1 - first, 12);
}

describe("attention", () => {
  it("multiplicative: q . W m", async () => {
    const weight = floats([2, 2], 0.5, -1, 0.25, 2); // W m = (0.5, 0.25) and (-1, 2); times q: 1 and 3
    expectScores(await look(multiplicative(), { weight }), 1, 3);
    expectScores(await look(multiplicative({ scaled: true }), { weight }), 1 / Math.SQRT2, 3 / Math.SQRT2);
  });
  it("additive: v . tanh(W_q q + b + W_m m)", async () => {
    const parameters = {
      "query.weight": floats([1, 2], 0.3, 0.1),
      "memory.weight": floats([1, 2], 1, -1),
      bias: floats([1], 0.2),
      "score.weight": floats([1, 1], 1.5),
    };
    expectScores(await look(additive({ size: 1 }), parameters), 1.5 * Math.tanh(1.7), 1.5 * Math.tanh(-0.3));
  });
  it("comes back from its configuration", () => {
    for (const attention of [multiplicative({ scaled: true }), additive({ size: 7 })])
      expect(attentionFromConfig(attention.config).config).toEqual(attention.config);
    expect(() => attentionFromConfig({ type: "dot" } as never)).toThrow("attention: expected");
  });
});
