import { describe, expect, it } from "vitest";
import { random } from "../base/index.ts";
import { wordVectors } from "../embeddings/index.ts";
import { freeze, unfreeze } from "./freeze.ts";
import { layerFromConfig } from "./layer-from-config.ts";
import { embedding } from "./layers/embedding.ts";
import { initialize, parameterLayouts } from "./parameters.ts";
import { vectorCoverage, wordRows } from "./word-rows.ts";

const matrix = Float32Array.from([1, 2, 3, 4, 5, 6, 7, 8]);
const vectors = wordVectors({ words: ["the", "Paris", "paris", "NATO"], matrix, dim: 2 });
const subwords = {
  vector: (word: string) => (word.startsWith("the") ? Float32Array.of(9, word.length) : undefined),
};

describe("wordRows", () => {
  it("takes a word as written, then in another case, then from its pieces", () => {
    const tokens = ["Paris", "paris", "PARIS", "The", "nato", "theme"];
    expect([...wordRows({ ...vectors, subwords }, tokens, random(1))]).toEqual([3, 4, 5, 6, 5, 6, 1, 2, 7, 8, 9, 5]);
  });

  it("begins words without a vector with the mean and the deviation of each column, by the seed", () => {
    const wide = wordVectors({
      words: Array.from({ length: 4000 }, (_, i) => `w${i}`),
      matrix: Float32Array.from({ length: 8000 }, (_, i) => (i % 2 === 0 ? 5 : (i % 4) - 2)), // 5 always; -1 or 1
      dim: 2,
    });
    const missing = Array.from({ length: 4000 }, (_, i) => `x${i}`);
    const rows = wordRows(wide, missing, random(1));
    const column = (c: number) => [...rows].filter((_, i) => i % 2 === c);
    expect(column(0).every((value) => value === 5)).toBe(true);
    const second = column(1);
    const mean = second.reduce((sum, x) => sum + x, 0) / second.length;
    const variance = second.reduce((sum, x) => sum + (x - mean) ** 2, 0) / second.length;
    expect(Math.abs(mean)).toBeLessThan(0.05);
    expect(Math.abs(variance - 1)).toBeLessThan(0.06);
    expect(wordRows(wide, missing, random(1))).toEqual(rows);
    expect(wordRows(wide, missing, random(2))).not.toEqual(rows);
  });
});

describe("vectorCoverage", () => {
  it("counts words of each kind, and as often as they occur", () => {
    const counts = [
      ["the", 60],
      ["The", 10],
      ["theme", 5],
      ["zebra", 25],
    ] as const;
    expect(vectorCoverage({ ...vectors, subwords }, counts)).toEqual({
      words: { exact: 1, folded: 1, subwords: 1, missing: 1 },
      running: { exact: 60, folded: 10, subwords: 5, missing: 25 },
      share: 0.75,
    });
    expect(vectorCoverage(vectors, []).share).toBe(0);
  });
});

describe("embedding({ from })", () => {
  const start = (tokens?: string[]) => {
    const block = embedding({ from: vectors }).build(tokens?.length ?? 4, { layer: 0, reverse: false, tokens });
    return initialize(block.parameters, parameterLayouts(block.parameters).trainable, 1).subarray(0, 8);
  };
  it("is looked up by tokens, or taken row by row", () => {
    expect(start()).toEqual(matrix);
    expect(start(["NATO", "the", "paris", "Paris"])).toEqual(Float32Array.of(7, 8, 1, 2, 5, 6, 3, 4));
  });
  it("says which sizes do not fit", () => {
    expect(() => embedding({ from: vectors, embeddingSize: 3 })).toThrow(
      "embedding(embeddingSize): expected 2, the dimension of the word vectors, got 3",
    );
    expect(() => embedding({})).toThrow(/embedding\(embeddingSize\)/);
    const five = embedding({ from: vectors }).build(5);
    expect(() => initialize(five.parameters, parameterLayouts(five.parameters).trainable, 1)).toThrow(/10 numbers/);
  });
});

describe("freeze and unfreeze", () => {
  const spec = (layer: ReturnType<typeof freeze>) => layer.build(3).parameters[0]!;
  it("say how long parameters are left alone, and come back from their configuration", () => {
    const layer = embedding({ embeddingSize: 2 });
    for (const options of [{}, { unfreezeAfter: { steps: 7 } }, { unfreezeAfter: { epochs: 1.5 } }]) {
      const frozen = freeze(layer, options);
      const again = layerFromConfig(JSON.parse(JSON.stringify(frozen.config)));
      for (const each of [frozen, again]) {
        const { frozen: forGood, unfreezeAfter } = spec(each);
        expect({ forGood, unfreezeAfter }).toEqual({
          forGood: options.unfreezeAfter ? undefined : true,
          unfreezeAfter: options.unfreezeAfter,
        });
      }
      expect(unfreeze(frozen).config).toEqual(layer.config);
      expect(Object.keys(spec(unfreeze(frozen)))).toEqual(Object.keys(spec(layer)));
    }
  });
  it("keeps what is frozen for good inside", () => {
    expect(spec(freeze(freeze(embedding({ embeddingSize: 2 })), { unfreezeAfter: { steps: 1 } })).frozen).toBe(true);
  });
  it("refuses lengths that are none", () => {
    expect(() => freeze(embedding({ embeddingSize: 2 }), { unfreezeAfter: { steps: 0 } })).toThrow(
      /unfreezeAfter.steps/,
    );
    expect(() => freeze(embedding({ embeddingSize: 2 }), { unfreezeAfter: { epochs: Number.NaN } })).toThrow(
      /unfreezeAfter.epochs/,
    );
  });
});
