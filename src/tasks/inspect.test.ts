import { describe, expect, it } from "vitest";
import { charTokenizer } from "../data/index.ts";
import { lstm, rnn } from "../nn/index.ts";
import { nodeEngine } from "../node/index.ts";
import { byDistance, inspectGradients, languageModel, tagger, taggerVocabulary, toyModel } from "./index.ts";

const engine = nodeEngine({ threads: 1 });

describe("inspectGradients", () => {
  it("shows that the plain network's gradient dies out over 60 steps, and the LSTM's does not", async () => {
    const reach = async (encoder: ReturnType<typeof lstm>) => {
      const model = toyModel({ toy: "adding:60", encoder, seed: 1 });
      const [line] = byDistance(await inspectGradients(model, { from: 0, count: 5 }, { engine, rows: 5 }));
      expect(line!.values).toHaveLength(60);
      return line!.values[50]! / line!.values[0]!;
    };
    expect(await reach(rnn({ hiddenSize: 16 }))).toBeLessThan(1e-6);
    expect(await reach(lstm({ hiddenSize: 16, forgetBias: 5 }))).toBeGreaterThan(1e-3);
  });

  it("follows the output that was chosen: nothing that comes after it counts", async () => {
    const tokenizer = charTokenizer.fit("abcabc");
    const model = languageModel({ tokenizer, encoder: lstm({ hiddenSize: 4 }), embeddingSize: 3, seed: 1 });
    const [row] = await inspectGradients(model, "abcabcabc", { engine, place: 3 });
    expect(row).toMatchObject({ place: 3, length: 8 });
    expect(row!.layers[0]!.gradients.h!.map((norm) => norm > 0)).toEqual([
      true,
      true,
      true,
      true,
      false,
      false,
      false,
      false,
    ]);
    expect(row!.saliency!.map((norm) => norm > 0)).toEqual([true, true, true, true, false, false, false, false]);
    await expect(inspectGradients(model, "abcabcabc", { engine, place: 8 })).rejects.toThrow(
      "a step from -8 to 7, got 8",
    );
  });

  it("sees a tagger from both sides", async () => {
    const data = [{ tokens: ["a", "b", "c", "d"], tags: ["O", "B-X", "O", "O"] }];
    const model = tagger({ vocabulary: taggerVocabulary(data, { minCount: 1 }), embeddingSize: 3, seed: 1 });
    const [row] = await inspectGradients(model, data, { engine, place: 1 });
    expect(row!.layers.map(({ layer }) => layer)).toEqual(["encoder l0", "encoder l0 reverse"]);
    expect(row!.layers[0]!.gradients.h!.map((norm) => norm > 0)).toEqual([true, true, false, false]);
    expect(row!.layers[1]!.gradients.h!.map((norm) => norm > 0)).toEqual([false, true, true, true]);
    expect(row!.saliency!.every((norm) => norm > 0)).toBe(true);
  });
});
