import { describe, expect, it } from "vitest";
import { charTokenizer } from "../data/index.ts";
import { bidirectional, gru, lstm, multiplicative, rnn } from "../nn/index.ts";
import { nodeEngine } from "../node/index.ts";
import {
  forecaster,
  generator,
  languageModel,
  predict,
  tagger,
  taggerVocabulary,
  toyModel,
  translator,
} from "../tasks/index.ts";
import { byDistance, inspectGradients } from "./index.ts";

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
    // Each direction by its own distance: what it has read before the output's step.
    expect(byDistance([row!]).map(({ values }) => values.length)).toEqual([2, 2, 3, 3]);
    expect(row!.ids).toHaveLength(4);
  });

  it("finds of a forecaster what a nudge of the series does", async () => {
    const values = Float64Array.from({ length: 9 }, (_, t) => Math.sin(t));
    const series = { names: ["a"], series: [values], length: 9 };
    const scale = { name: "a", mean: 0, deviation: 1 };
    const model = forecaster({ inputs: [scale], encoder: gru({ hiddenSize: 3 }), length: 4, seed: 5 });
    const [row] = await inspectGradients(model, { series, from: 8 }, { engine, place: 1 });
    expect(row).toMatchObject({ place: 3, placed: false, length: 4 });
    const at = async (nudge: number) => {
      const moved = values.map((value, t) => (t === 6 ? value + nudge : value));
      const inputs = [{ series: { ...series, series: [moved] }, at: 8 }];
      for await (const { values: found } of predict(model, inputs, { engine })) return found[0]!;
      throw new Error("a forecast");
    };
    const slope = ((await at(0.01)) - (await at(-0.01))) / 0.02;
    const error = (await at(0)) - values[8]!;
    expect(row!.value).toBeCloseTo(error ** 2, 5);
    expect(row!.saliency![2]).toBeCloseTo(Math.abs(2 * error * slope), 4);
  });

  it("follows a translator from an output through the decoder to the source", async () => {
    const tokenizer = charTokenizer.fit("abcdef", { specials: ["pad", "bos", "eos", "unk"] });
    const encoder = bidirectional(gru({ hiddenSize: 3 }));
    const pair = [{ source: "abc", target: "defd" }];
    for (const attention of ["none", multiplicative()] as const) {
      const parts = { tokenizer, encoder, decoder: gru({ hiddenSize: 3 }), attention, embeddingSize: 4, seed: 2 };
      const [row] = await inspectGradients(translator(parts), pair, { engine, place: 1 });
      expect(row!.layers.map(({ layer, time, gradients: { h } }) => [layer, time, h!.length])).toEqual([
        ["encoder l0", "S", 4],
        ["encoder l0 reverse", "S", 4],
        ["decoder l0", "T", 5],
      ]);
      const [forward, , decoder] = row!.layers;
      expect(decoder!.gradients.h!.map((norm) => norm > 0)).toEqual([true, true, false, false, false]);
      expect(forward!.gradients.h!.every((norm) => norm > 0)).toBe(true);
      expect(row!.ids).toEqual([...tokenizer.encode("abc"), tokenizer.special.eos]);
      expect(row!.saliency).toHaveLength(4);
      const [encoderLine] = byDistance([row!]);
      expect(encoderLine!.values.map(Number.isFinite)).toEqual([false, false, true, true, true, true]);
      // Without attention all goes through the last state, so the farther the less; with it there are short cuts.
      if (attention === "none") expect(encoderLine!.values[2]).toBeGreaterThan(encoderLine!.values[5]!);
    }
  });

  it("follows one frame of music", async () => {
    const content = { type: "frames", stepsPerQuarter: 1 } as const;
    const model = generator({ content, encoder: lstm({ hiddenSize: 3 }), embeddingSize: 4, seed: 2 });
    const [row] = await inspectGradients(model, [{ steps: [[60], [62], [64], [65]] }], { engine, place: 2 });
    expect(row).toMatchObject({ place: 2, placed: true });
    expect(row!.layers[0]!.gradients.h!.map((norm) => norm > 0)).toEqual([true, true, true, false]);
    expect(row!.saliency!.map((norm) => norm > 0)).toEqual([true, true, true, false]);
  });
});
