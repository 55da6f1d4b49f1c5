import { describe, expect, it } from "vitest";
import { type Engine, referenceEngine, type Value } from "../../engine/index.ts";
import { bidirectional, embedding, gru, lstm, parameterInputs, stacked } from "../../nn/index.ts";
import { nodeEngine } from "../../node/engine.ts";
import { topological } from "../../tensor/graph.ts";
import { input, type Tensor } from "../../tensor/index.ts";
import { runPasses, stepPasses } from "./index.ts";

const encoder = stacked([lstm({ hiddenSize: 3 }), bidirectional(gru({ hiddenSize: 2 })), lstm({ hiddenSize: 3 })]);
const tree = { embedding: embedding({ embeddingSize: 4 }).build(7), encoder: encoder.build(4) };
const wave = (shape: readonly number[], at: number): Value => ({
  dtype: "float",
  shape,
  data: Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(at + 1.7 * i)),
});
const rows = parameterInputs(tree.embedding.parameters);
const weights = parameterInputs(tree.encoder.parameters);
const constants = Object.fromEntries(
  [...tree.embedding.parameters, ...tree.encoder.parameters].map(({ name, shape }, i) => [name, wave(shape, i)]),
);

/** One time step, with states given. */
function step(): Record<string, Tensor> {
  const ids = input("ids", [1, 2], { dtype: "int" });
  const names = Object.entries(tree.encoder.state);
  const state = Object.fromEntries(names.map(([name, shape]) => [name, input(`state.${name}`, [2, ...shape])]));
  const { outputs, final } = tree.encoder.apply(weights, tree.embedding.apply(rows, ids).outputs, { state });
  return { outputs, ...final };
}

async function run(engine: Engine, outputs: Readonly<Record<string, Tensor>>, baked: boolean) {
  const feeds: Record<string, Value> = { ids: { dtype: "int", shape: [1, 2], data: Int32Array.of(6, 2) } };
  for (const [i, [name, shape]] of Object.entries(tree.encoder.state).entries())
    feeds[`state.${name}`] = wave([2, ...shape], 9 + i);
  const program = await engine.compile(baked ? { outputs, constants } : { outputs });
  expect(program.inputs.some(({ attrs }) => attrs.name in constants)).toBe(!baked);
  return program.run(baked ? feeds : { ...feeds, ...constants });
}

describe("singleStep", () => {
  const before = step();
  const after = runPasses(before, stepPasses);

  it("takes the loops away", () => {
    const loops = (outputs: Readonly<Record<string, Tensor>>) =>
      topological(Object.values(outputs)).filter(({ op }) => op === "scan").length;
    expect([loops(before), loops(after)]).toEqual([4, 0]);
  });

  it.each([
    ["reference", referenceEngine(), 1e-12],
    ["onnxruntime-node", nodeEngine({ threads: 1 }), 2e-6],
  ] as const)("leaves values unchanged, parameters fed or baked in: %s", async (_, engine, bound) => {
    const expected = await run(referenceEngine(), before, false);
    for (const baked of [false, true]) {
      const found = await run(engine, after, baked);
      for (const [name, { shape, data }] of Object.entries(expected)) {
        expect(found[name]!.shape).toEqual(shape);
        for (const [i, x] of data.entries()) expect(Math.abs(found[name]!.data[i]! - x)).toBeLessThan(bound);
      }
    }
  });
});
