// What an exported module answers is what the library answers: texts, labels, numbers, tags, translations, pieces.
import { describe, expect, it } from "vitest";
import { charTokenizer } from "../../src/data/index.ts";
import { setDefaultEngine } from "../../src/engine/default.ts";
import { temperature, topP } from "../../src/index.ts";
import { lstm } from "../../src/nn/index.ts";
import { nodeEngine } from "../../src/node/engine.ts";
import type { ExportedModule } from "../../src/runtime/index.ts";
import { exportModule, type WeightFormat, withStored } from "../../src/runtime/index.ts";
import {
  type Classifier,
  compose,
  type Forecaster,
  type Generator,
  generate,
  type LanguageModel,
  languageModel,
  type Model,
  predict,
  type Regressor,
  type Tagger,
  type ToyModel,
  type Translator,
} from "../../src/tasks/index.ts";
import { modelNamed, modelNames } from "../export/models.ts";
import { korean } from "../serve/models.ts";
import { loaded, moduleOf } from "./open.ts";

setDefaultEngine(() => nodeEngine({ threads: 1 }));

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}

describe("an exported module", () => {
  it.each([true, false])("writes the text of the same seed; plain JavaScript: %s", async (plain) => {
    const model = modelNamed("language model, gru") as LanguageModel;
    const module = await loaded<{ write(options: object): string; generate(options: object): Iterable<string> }>(
      model,
      { plain },
    );
    const options = { prompt: "ab", seed: 7, maxTokens: 60 };
    const expected = await all(generate(model, { ...options, filters: [temperature(0.8), topP(0.9)] }));
    expect(module.write({ ...options, temperature: 0.8, topP: 0.9 })).toBe(expected.join(""));
    expect(expected.join("").length).toBeGreaterThan(3);
    // Two texts in turns do not disturb each other.
    const [a, b] = [1, 2].map((seed) => module.generate({ seed, maxTokens: 20 })[Symbol.iterator]());
    const texts = ["", ""];
    for (let i = 0; i < 20; i++)
      [a, b].forEach((one, k) => {
        texts[k] += one!.next().value ?? "";
      });
    expect(texts).toEqual([1, 2].map((seed) => module.write({ seed, maxTokens: 20 })));
  });
  it("writes Korean by its letters, the last syllable too", async () => {
    const model = korean();
    const module = await loaded<{ write(options: object): string }>(model);
    for (const maxTokens of [1, 2, 3, 4, 5, 6, 7, 8]) {
      const options = { prompt: "나", seed: 7, maxTokens };
      const expected = await all(generate(model, options));
      expect(module.write(options)).toBe(expected.join(""));
      expect(expected.join("")).not.toBe("");
    }
  });
  it("refuses a prompt that the model cannot read", async () => {
    const module = await loaded<{ write(options: object): string }>(modelNamed("language model, gru") as LanguageModel);
    expect(() => module.write({ prompt: "xyz" })).toThrow("unknown characters");
  });
  it("classifies, with the attention of each token", async () => {
    const model = modelNamed("classifier, stacked, attention") as Classifier;
    const module = await loaded<{
      classify(text: string): { label: string; probabilities: Record<string, number>; attention: number[] };
    }>(model);
    for (const text of ["a fine film", "a waste of time of a film", "", "unknown words"]) {
      const [expected] = await all(predict(model, [text]));
      const { label, probabilities, attention } = module.classify(text);
      expect(label).toBe(expected!.label);
      Object.values(probabilities).forEach((p, i) => void expect(p).toBeCloseTo(expected!.probabilities[i]!, 5));
      attention.forEach((weight, i) => void expect(weight).toBeCloseTo(expected!.attention![i]!, 5));
    }
  });
  it("reads a window", async () => {
    const model = modelNamed("classifier, feed-forward") as Classifier;
    const module = await loaded<{ classify(text: string): { probability: number } }>(model);
    for (const text of ["a film", "a fine film a waste of time a film of time"]) {
      const [expected] = await all(predict(model, [text]));
      expect(module.classify(text).probability).toBeCloseTo(expected!.probability, 5);
    }
  });
  it("rates", async () => {
    const model = modelNamed("regressor") as Regressor;
    const module = await loaded<{ rate(text: string): number }>(model);
    const [expected] = await all(predict(model, ["a fine waste of time"]));
    expect(module.rate("a fine waste of time")).toBeCloseTo(expected!.value, 4);
  });
  it("forecasts in the unit of the series", async () => {
    const model = modelNamed("forecaster") as Forecaster;
    const module = await loaded<{ forecast(series: object): number[] }>(model);
    const load = Float64Array.from({ length: 12 }, (_, t) => 50 + 9 * Math.sin(t));
    const heat = Float64Array.from({ length: 12 }, (_, t) => -3 + 0.5 * Math.cos(t));
    const series = { names: ["load", "heat"], series: [load, heat], length: 12 };
    const [expected] = await all(predict(model, [{ series }]));
    const found = module.forecast({ load, heat });
    expect(found).toHaveLength(3);
    found.forEach((value, k) => void expect(value).toBeCloseTo(expected!.values[k]!, 4));
    expect(() => module.forecast({ load, heat: [1] })).toThrow("forecast(heat): expected 7 values or more, got 1");
  });
  it.each(modelNames.filter((name) => name.startsWith("tagger,")))("tags: %s", async (name) => {
    const model = modelNamed(name) as Tagger;
    const module = await loaded<{ tag(text: string | string[]): object }>(model);
    const inputs = ["Ann Lee saw New Rome.", "Ann", "", ["New", "Rome", "saw", "Ann"]];
    const expected = await all(predict(model, inputs));
    // Confidences agree to float32; everything else is the same.
    const rounded = (value: unknown): unknown =>
      JSON.parse(
        JSON.stringify(value, (_, part) =>
          ArrayBuffer.isView(part)
            ? Array.from(part as Float32Array)
            : typeof part === "number"
              ? +part.toFixed(4)
              : part,
        ),
      );
    for (const [i, text] of inputs.entries()) expect(rounded(module.tag(text as string))).toEqual(rounded(expected[i]));
  });
  it.each(["translator, no attention", "translator, attention", "translator, input feeding"])("%s", async (name) => {
    const model = modelNamed(name) as Translator;
    const module = await loaded<{
      translations(text: string, options?: object): Promise<{ text: string; score: number; logProbability: number }[]>;
    }>(model);
    for (const text of ["abc", "edcbaabcde", " "]) {
      const options = { beamSize: 4, nBest: 3, maxTokens: 9 };
      const [expected] = await all(predict(model, [text], options));
      const found = await module.translations(text, options);
      expect(found.map((one) => one.text)).toEqual(expected!.translations.map((one) => one.text));
      found.forEach(({ score, logProbability }, i) => {
        expect(score).toBeCloseTo(expected!.translations[i]!.score, 4); // by the model's length penalty
        expect(logProbability).toBeCloseTo(expected!.translations[i]!.logProbability, 4);
      });
    }
  });
  it.each(["generator, text", "generator, melody", "generator, frames"])(
    "%s: the piece of the same seed",
    async (name) => {
      const model = modelNamed(name) as Generator;
      const module = await loaded<{
        compose(options: object): { labels: object; text?: string; steps?: number[][]; notes?: { pitch: number }[] };
      }>(model);
      const options = { seed: 3, maxTokens: 25, temperature: 0.9 };
      const [, expected] = await all(compose(model, { ...options, count: 2 }));
      const { labels, text, steps, notes } = module.compose({ ...options, index: 1 });
      expect(labels).toEqual(expected!.labels);
      expect(text).toBe(expected!.text);
      expect(steps).toEqual(expected!.steps);
      expect(notes?.map(({ pitch }) => pitch)).toEqual(expected!.music?.notes.map(({ pitch }) => pitch));
    },
  );
  it("answers a toy problem", async () => {
    const model = modelNamed("toy, symbols") as ToyModel;
    const module = await loaded<{ answer(symbols: readonly string[]): string[] }>(model);
    const [expected] = await all(predict(model, [5]));
    expect(module.answer(expected!.read!)).toEqual(expected!.answers);
  });
});

describe("weight files", () => {
  const tokenizer = charTokenizer.fit("abcde");
  const model = languageModel({ tokenizer, encoder: lstm({ hiddenSize: 40 }), embeddingSize: 16 });
  const graph = async (exported: ExportedModule) => {
    const { load } = await moduleOf(exported);
    return load(exported.weights);
  };
  it.each<[WeightFormat, number]>([
    ["f16", 0.53],
    ["int8", 0.32],
  ])("%s: smaller, and computed with the numbers that the file holds", async (weights, share) => {
    const [plain, small] = [exportModule(model), exportModule(model, { weights })];
    expect(small.weights.length).toBeLessThan(share * plain.weights.length);
    const stored = withStored(model, weights) as Model & LanguageModel;
    expect(Math.max(...stored.parameters.map((x, i) => Math.abs(x - model.parameters[i]!)))).toBeGreaterThan(0);
    const rounded = await loaded<{ write(options: object): string }>(stored);
    const module = (await graph(small)) as unknown as { write(options: object): string };
    expect(module.write({ maxTokens: 40 })).toBe(rounded.write({ maxTokens: 40 }));
  });
  it.each([5, 8, 37, 40, 300])(
    "products with bytes are those with floats within 2^-14, %i units",
    async (hiddenSize) => {
      const own = languageModel({ tokenizer, encoder: lstm({ hiddenSize }), embeddingSize: 16, seed: 2 });
      const rounded = await loaded(withStored(own, "int8"));
      const bytes = await loaded(own, { weights: "int8" });
      for (const [B, T] of [
        [1, 1],
        [3, 4],
      ]) {
        const shape = [B!, hiddenSize];
        const data = Float32Array.from({ length: B! * hiddenSize }, (_, i) => Math.sin(i));
        const ids = { shape: [B!, T!], data: Array.from({ length: B! * T! }, (_, i) => i % 5) };
        const feeds = { ids, "state.h_l0": { shape, data }, "state.c_l0": { shape, data } };
        const [found, expected] = [bytes, rounded].map((module) => module.run("model", feeds));
        for (const [name, { data: exact }] of Object.entries(expected!)) {
          const top = exact.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
          exact.forEach((x, i) => void expect(Math.abs(found![name]!.data[i]! - x)).toBeLessThan(2 ** -14 * top));
        }
        expect(found!.logits!.data).not.toEqual(expected!.logits!.data); // they were products with bytes
      }
    },
  );
  it("refuses the weights of another model, and a file that is cut off", async () => {
    const exported = exportModule(model);
    const { load } = await moduleOf(exported);
    const other = exportModule(modelNamed("language model, gru") as LanguageModel);
    await expect(load(other.weights)).rejects.toThrow(/expected the weights of model [0-9a-f]{16}, got those of/);
    await expect(load(exported.weights.slice(0, -4))).rejects.toThrow(/bytes of weights/);
    await expect(load(new Uint8Array(30))).rejects.toThrow("expected a weight file");
  });
  it("takes the kernels as a module of their own", async () => {
    const exported = exportModule(model);
    const { load } = await moduleOf<{ engine: string }>(exported);
    const wasm = await WebAssembly.compile(exported.kernels);
    expect((await load(exported.weights, { wasm })).engine).toBe("wasm");
  });
});
