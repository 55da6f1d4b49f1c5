import { expect, it } from "vitest";
import { wordVectors } from "../../embeddings/index.ts";
import { referenceEngine } from "../../engine/index.ts";
import { input } from "../../tensor/index.ts";
import { freeze } from "../freeze.ts";
import { embedding, lstm, parameterInputs, withLearnedRows } from "../index.ts";
import { dropoutMasks } from "../layer.ts";
import { layerFromConfig } from "../layer-from-config.ts";

const vectors = wordVectors({ words: ["good", "bad"], dim: 2, matrix: Float32Array.of(1, 2, 3, 4) });
const layer = withLearnedRows(freeze(embedding({ from: vectors })), { size: 3, dropout: 0.25 });
const block = layer.build(2);

it("gives the vector of each word, and beside it what is learned", async () => {
  const { outputs } = block.apply(parameterInputs(block.parameters), input("ids", ["T", "B"], { dtype: "int" }));
  expect(block.outputSize).toBe(5);
  expect(outputs.shape).toEqual(["T", "B", 5]);
  const session = await referenceEngine().compile({ outputs: { outputs } });
  const float = (shape: number[], ...data: number[]) =>
    ({ dtype: "float", shape, data: Float64Array.from(data) }) as const;
  const found = await session.run({
    ids: { dtype: "int", shape: [2, 1], data: Int32Array.of(1, 0) },
    weight: float([2, 2], 1, 2, 3, 4),
    learned: float([2, 3], 0.1, 0.2, 0.3, 0.4, 0.5, 0.6),
  });
  expect([...found.outputs!.data]).toEqual([3, 4, 0.4, 0.5, 0.6, 1, 2, 0.1, 0.2, 0.3]);
});

it("keeps the vectors fixed, and starts the learned rows at 0", () => {
  const [weight, learned] = block.parameters;
  expect(weight).toMatchObject({ name: "weight", shape: [2, 2], frozen: true });
  expect([...weight!.init([2, 2], undefined as never)]).toEqual([1, 2, 3, 4]);
  expect(learned).toMatchObject({ name: "learned", shape: [2, 3] });
  expect(learned!.frozen).toBeUndefined();
  expect([...learned!.init([2, 3], undefined as never)]).toEqual([0, 0, 0, 0, 0, 0]);
});

it("drops learned rows of whole words, and only those, while training", () => {
  const asked: unknown[] = [];
  const drawn = dropoutMasks();
  const next: typeof drawn.next = (shape, keep) => {
    asked.push([shape, keep]);
    return drawn.next(shape, keep);
  };
  block.apply(parameterInputs(block.parameters), input("ids", ["T", "B"], { dtype: "int" }), { masks: { next } });
  expect(asked).toEqual([[[2], 0.75]]);
});

it("comes back from its configuration, and refuses what is no embedding", () => {
  const again = layerFromConfig(JSON.parse(JSON.stringify(layer.config)));
  expect(again.config).toEqual(layer.config);
  expect(again.build(2).parameters.map(({ name, shape }) => [name, shape])).toEqual([
    ["weight", [2, 2]],
    ["learned", [2, 3]],
  ]);
  expect(() => withLearnedRows(lstm({ hiddenSize: 2 })).build(2)).toThrow(
    "withLearnedRows(layer): expected an embedding, got a recurrent layer",
  );
  expect(() => withLearnedRows(layer).build(2)).toThrow(
    "withLearnedRows(layer): expected an embedding without learned rows, got one with them",
  );
  expect(() => withLearnedRows(embedding({ embeddingSize: 2 }), { size: 0 })).toThrow(
    "withLearnedRows(size): expected a whole number at least 1",
  );
});
