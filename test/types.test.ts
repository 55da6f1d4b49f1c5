// Types that help: what a user's editor infers. `tsc` is what fails here; at run time the calls are made once.
import { expectTypeOf, it } from "vitest";
import type { Forecaster, Generator as MusicGenerator } from "../src/index.ts";
import {
  type Classification,
  type Classifier,
  type Composition,
  cell,
  charTokenizer,
  classifier,
  type Forecast,
  gru,
  type LanguageModel,
  load,
  lstm,
  type Model,
  predict,
  type RegressorOptions,
  regressor,
  report,
  type TaggedText,
  type Tagger,
  type TranslatedText,
  type Translator,
  tagger,
  taggerVocabulary,
} from "../src/index.ts";
import { add, input, linear, split, type Tensor, tanh } from "../src/tensor/index.ts";

const tokenizer = charTokenizer.fit("abc", { specials: ["pad", "unk"] });

it("split gives a tuple of as many tensors", () => {
  const parts: [Tensor, Tensor, Tensor] = split(input("x", [2, 6]), 3);
  // @ts-expect-error there is no fourth
  parts[3];
});

it("a cell has the parameters and the states that it declares", () => {
  const elman = cell({
    name: "elman",
    parameters: ({ inputSize: D, hiddenSize: H }) => ({ Wax: [H, D], Waa: [H, H] }),
    state: ["a"],
    step: ({ Wax, Waa }, x, { a }) => {
      expectTypeOf(Wax).toEqualTypeOf<Tensor>();
      expectTypeOf(a).toEqualTypeOf<Tensor>();
      const next = tanh(add(linear(x, Wax), linear(a, Waa)));
      return { output: next, state: { a: next } };
    },
  });
  expectTypeOf(elman.config.name).toEqualTypeOf<string>();
  cell({
    name: "wrong",
    parameters: () => ({ W: [1, 1] }),
    state: ["a"],
    // @ts-expect-error the state "a" is not returned
    step: ({ W }, x) => ({ output: linear(x, W), state: { b: x } }),
  });
  cell({
    name: "wrong too",
    parameters: () => ({ W: [1, 1] }),
    state: ["a"],
    // @ts-expect-error there is no parameter U
    step: ({ U }, x, { a }) => ({ output: linear(x, U), state: { a } }),
  });
});

it("a classifier knows its labels", async () => {
  const model = classifier({ tokenizer, labels: ["good", "bad"], encoder: lstm({ hiddenSize: 2 }), embeddingSize: 2 });
  expectTypeOf(model).toEqualTypeOf<Classifier<"good" | "bad">>();
  for await (const found of predict(model, ["abc"])) {
    expectTypeOf(found).toEqualTypeOf<Classification<"good" | "bad">>();
    expectTypeOf(found.label).toEqualTypeOf<"good" | "bad">();
  }
  const names: string[] = ["x", "y"];
  const plain = classifier({ tokenizer, labels: names, encoder: lstm({ hiddenSize: 2 }), embeddingSize: 2 });
  expectTypeOf(plain).toEqualTypeOf<Classifier<string>>();
});

it("predict and report follow the task", () => {
  const outputs = {
    language: (model: LanguageModel) => predict(model, ["a"]),
    tags: (model: Tagger) => predict(model, ["a text", ["some", "tokens"]]),
    translation: (model: Translator) => predict(model, ["a"]),
    music: (model: MusicGenerator) => predict(model, [{ labels: { style: "reel" } }]),
    forecast: (model: Forecaster, series: Parameters<typeof predict<Forecaster>>[1]) => predict(model, series),
    score: (model: Tagger) => report(model, [{ tokens: ["a"], tags: ["O"] }]),
  };
  expectTypeOf(outputs.tags).returns.toEqualTypeOf<AsyncGenerator<TaggedText, void, void>>();
  expectTypeOf(outputs.translation).returns.toEqualTypeOf<AsyncGenerator<TranslatedText, void, void>>();
  expectTypeOf(outputs.music).returns.toEqualTypeOf<AsyncGenerator<Composition, void, void>>();
  expectTypeOf(outputs.forecast).returns.toEqualTypeOf<AsyncGenerator<Forecast, void, void>>();
  // @ts-expect-error a classifier reads texts, not numbers
  (model: Classifier) => predict(model, [1]);
  // @ts-expect-error beam search is the translator's
  (model: Classifier) => predict(model, ["a"], { beamSize: 4 });
});

it("load has the type of the task that is asked for", () => {
  const loads = {
    one: () => load("folder", { task: "tagger" }),
    any: () => load("folder"),
  };
  expectTypeOf(loads.one).returns.resolves.toEqualTypeOf<Tagger>();
  expectTypeOf(loads.any).returns.resolves.toEqualTypeOf<Model>();
  (model: Model) => {
    if (model.task === "translator") expectTypeOf(model).toEqualTypeOf<Translator>();
  };
});

it("options are checked where they are written", () => {
  expectTypeOf<RegressorOptions>().toHaveProperty("scale");
  // @ts-expect-error a regressor needs the scale of its targets
  () => regressor({ tokenizer, encoder: gru({ hiddenSize: 2 }) });
  const vocabulary = taggerVocabulary([{ tokens: ["a"], tags: ["O"] }], { minCount: 1 });
  expectTypeOf(tagger({ vocabulary, encoder: gru({ hiddenSize: 2 }) })).toEqualTypeOf<Tagger>();
});
