import { describe, expect, it } from "vitest";
import { describeLayer } from "../inspect/summary.ts";
import { weightsOf } from "../networks/model.ts";
import { lstm } from "../nn/index.ts";
import { type DataFacts, deepPreNorm } from "./recipe.ts";
import { tasks } from "./tasks.ts";
import { toyModel } from "./toy/index.ts";

const all = Object.values(tasks) as unknown as (typeof tasks)["classifier"][];
const sizes = [1, 20, 300, 5000, 100_000, 3_000_000];

describe("recipes", () => {
  it.each(all.map((task) => [task.name, task] as const))("%s: data of each size has a budget and sizes", (_, task) => {
    for (const rows of sizes) {
      const recipe = task.recipe({ rows, tokens: 5 * rows });
      for (const name of ["hiddenSize", "numLayers", "batchSize"] as const)
        expect(recipe[name], name).toBeGreaterThanOrEqual(1);
      expect(recipe.learningRate).toBeGreaterThan(0);
      const budget = [recipe.steps, recipe.epochs, recipe.minutes].filter((given) => given !== undefined);
      expect(budget).toHaveLength(1);
      expect(JSON.parse(JSON.stringify(recipe))).toEqual(recipe);
    }
  });
  it("a translator reads long texts less often: an epoch of them takes ten times as long", () => {
    const of = (longest: number) => tasks.translator.recipe({ rows: 2000, kind: "texts", longest });
    expect(of(700)).toMatchObject({ epochs: 20, batchSize: 16 });
    expect(of(40)).toMatchObject({ epochs: 60, batchSize: 32 });
  });
  it.each(all.map((task) => [task.name, task] as const))(
    "%s: choices are kept, undefined ones are not choices",
    (_, task) => {
      const facts = { rows: 1000, tokens: 20_000 };
      const usual = task.recipe(facts);
      expect(task.recipe(facts, { hiddenSize: undefined, epochs: undefined })).toEqual(usual);
      const chosen = {
        hiddenSize: 33,
        batchSize: 7,
        cell: "rnn",
        learningRate: 0.5,
        dropout: 0.25,
        minutes: 2,
      } as const;
      const recipe = task.recipe(facts, chosen);
      expect(recipe).toMatchObject(chosen);
      expect(recipe.steps ?? recipe.epochs).toBeUndefined();
      expect(task.recipe(facts, recipe)).toEqual(recipe);
    },
  );
});

it("a classifier of many texts learns to predict their subwords too, where its network can", () => {
  const facts = { rows: 150_000, longest: 256 };
  const weightOf = (chosen = {}, more: Partial<DataFacts> = {}) =>
    tasks.classifier.recipe({ ...facts, ...more }, chosen).tokenPrediction;
  expect(tasks.classifier.recipe(facts)).toMatchObject({ tokenPrediction: 1, tokenPredictionEpochs: 5 });
  // The weight falls to 0 by the end of the run, whatever its length. By the clock, it would stay.
  const steps = tasks.classifier.recipe({ ...facts, rows: 128_000 }, { steps: 500 });
  expect(steps).toMatchObject({ tokenPrediction: 1, tokenPredictionEpochs: 0.5 });
  const minutes = tasks.classifier.recipe(facts, { minutes: 5, tokenPrediction: 2 });
  expect(minutes.tokenPrediction).toBe(2);
  expect(minutes).not.toHaveProperty("tokenPredictionEpochs");
  expect(weightOf({ numLayers: 2, direction: "forward" })).toBe(1);
  for (const chosen of [{ numLayers: 2 }, { hiddenSize: 100 }, { tokens: "word" }, { minutes: 5 }] as const)
    expect(weightOf(chosen), JSON.stringify(chosen)).toBe(0);
  expect(weightOf({ tokenPrediction: 0 })).toBe(0);
  expect(weightOf({}, { rows: 300 })).toBe(0);
  // A batch of long texts would need gigabytes; nor is it known where nothing says how long they are.
  expect(weightOf({}, { longest: 257 })).toBe(0);
  expect(weightOf({}, { longest: undefined })).toBe(0);
  expect(tasks.regressor.recipe(facts).tokenPrediction).toBe(0);
  const { encoder: _, ...options } = tasks.classifier.options(tasks.classifier.recipe(facts));
  expect(options).toMatchObject({ tokenPrediction: { weight: 1, epochs: 5 } });
});

it("a translator learns to predict its sources' tokens too where that is chosen", () => {
  const of = (chosen = {}) => tasks.translator.recipe({ rows: 32_000, kind: "texts" }, chosen);
  expect(of().tokenPrediction).toBe(0);
  expect(of({ tokenPrediction: 0.3, steps: 1000 })).toMatchObject({ tokenPrediction: 0.3, tokenPredictionEpochs: 2 });
  expect(tasks.translator.options(of({ tokenPrediction: 0.3, minutes: 1 }))).toMatchObject({
    tokenPrediction: { weight: 0.3 },
  });
});

it("a tagger has a second layer, in a residual block, where there is enough to train on", () => {
  const layersOf = (facts: DataFacts, chosen = {}) => {
    const { encoder } = tasks.tagger.options(tasks.tagger.recipe(facts, chosen));
    return describeLayer(encoder.config);
  };
  const one = "bidirectional lstm 256";
  expect(layersOf({ rows: 2000 })).toBe(`${one} + residual ${one}`);
  expect(layersOf({ rows: 2000 }, { preNorm: false })).toBe(`2 x ${one}`);
  expect(layersOf({ rows: 500 })).toBe("bidirectional lstm 128");
  const narrow = deepPreNorm([lstm({ hiddenSize: 4 }), lstm({ hiddenSize: 3 })], [4, 3]);
  expect(narrow.build(2).outputSize).toBe(3);
  expect(describeLayer(narrow.config)).toBe("lstm 4 + lstm 3");
});

it("a toy's gates begin with memories as long as its samples, where those are long", () => {
  const { recipe, options } = tasks.toy;
  expect(recipe({ rows: 0, longest: 20 }).timescale).toBeUndefined();
  const long = recipe({ rows: 0, longest: 600, kind: "regression" });
  expect(long.timescale).toBe(600);
  for (const cell of ["gru", "lstm", "min-gru"] as const) {
    const { encoder, embeddingSize } = options({ ...long, cell, hiddenSize: 32 });
    const weights = weightsOf(toyModel({ toy: "adding:600", encoder, embeddingSize }));
    const [bias] = Object.entries(weights).flatMap(([name, { data }]) => (name.includes("bias_ih") ? [data] : []));
    // A gate of bias b keeps a state over about exp(b) steps.
    const most = Math.exp(Math.max(...(bias ?? [])));
    if (cell !== "min-gru") expect(most > 300 && most < 600, cell).toBe(true);
  }
});

describe("the language model's recipe", () => {
  const { recipe } = tasks["language-model"];
  it("reads a long text fewer times over and a short one more often", () => {
    const tokens = [1e4, 1e5, 1e6, 1e7, 1e8];
    const read = tokens.map((n) => {
      const { steps, batchSize, bptt } = recipe({ rows: n });
      return steps! * batchSize * bptt;
    });
    const times = read.map((total, i) => total / tokens[i]!);
    expect(times).toEqual([...times].sort((a, b) => b - a));
    expect(read).toEqual([...read].sort((a, b) => a - b));
    expect(recipe({ rows: 1e6 }).steps).toBe(2930);
    expect(recipe({ rows: 2, tokens: 20, kind: "lines" }).steps).toBeGreaterThanOrEqual(100);
  });
  it("takes fewer lanes where they would be short, and whole lines as they are", () => {
    const batch = (rows: number) => recipe({ rows }).batchSize;
    expect([1e6, 64 * 4 * 5, 65].map(batch)).toEqual([32, 5, 1]);
    expect(recipe({ rows: 65, tokens: 900, kind: "lines" }).batchSize).toBe(32);
  });
  it("is careful with wide layers", () => {
    const rates = [128, 256, 512, 1024].map((hiddenSize) => recipe({ rows: 1e6 }, { hiddenSize }).learningRate);
    expect(rates).toEqual([8e-3, 8e-3, 4e-3, 2e-3]);
  });
});
