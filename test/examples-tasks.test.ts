// The examples of the library guide, on data of a few hundred rows: each learns what it is about.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { measured } from "../examples/own-engine.ts";
import { sumModel, sumTask } from "../examples/own-task.ts";
import { run as predictors } from "../examples/predictors.ts";
import { run as classifier } from "../examples/tasks/classifier.ts";
import { run as forecaster } from "../examples/tasks/forecaster.ts";
import { run as generator } from "../examples/tasks/generator.ts";
import { run as languageModel } from "../examples/tasks/language-model.ts";
import { run as regressor } from "../examples/tasks/regressor.ts";
import { run as tagger } from "../examples/tasks/tagger.ts";
import { run as toy } from "../examples/tasks/toy.ts";
import { run as translator } from "../examples/tasks/translator.ts";
import { random } from "../src/base/index.ts";
import { adamW, evaluate, gru, load, modelFiles, nodeEngine, save, train } from "../src/index.ts";

const draw = random(11);
const pick = <T>(list: readonly T[]): T => list[draw.below(list.length)]!;
const many = <T>(count: number, make: (i: number) => T): T[] => Array.from({ length: count }, (_, i) => make(i));

const films = many(160, () => {
  const good = draw.below(2) === 1;
  const text = `a ${pick(good ? ["fine", "great"] : ["dull", "bad"])} ${pick(["film", "plot"])}`;
  return { text, label: good ? "good" : "bad" };
});
const stars = films.map(({ text, label }) => ({ text, label: label === "good" ? "5" : "1" }));

describe("the examples by task", () => {
  it("language model", async () => {
    const text = "the cat sat on the mat and the dog sat on the log. ".repeat(60);
    const { perplexity, written } = await languageModel(text);
    expect(perplexity).toBeLessThan(6); // of 17 characters
    expect(written).toHaveLength(40);
  });
  it("predictors", async () => {
    const { label, nearest } = await predictors(films);
    expect(label).toBe("good");
    expect(nearest).toMatch(/fine|great/);
  });
  it("classifier", async () => {
    const { accuracy, label } = await classifier(films.slice(40), films.slice(0, 40));
    expect(accuracy).toBe(1);
    expect(label).toBe("good");
  });
  it("regressor", async () => {
    const { rmse, mean, value } = await regressor(stars.slice(40), stars.slice(0, 40));
    expect(rmse).toBeLessThan(mean / 2);
    expect(value).toBeGreaterThan(3.5);
  });
  it("forecaster", async () => {
    const values = Float64Array.from(
      { length: 240 },
      (_, t) => 10 + 3 * Math.sin((2 * Math.PI * t) / 8) + 0.1 * draw.normal(),
    );
    const { rmse, naive, next } = await forecaster(values);
    expect(rmse).toBeLessThan(naive / 2);
    expect(next).toHaveLength(3);
  });
  it("tagger", async () => {
    const sentence = () => ({
      tokens: [pick(["Ada", "Alan"]), "lives", "in", pick(["Paris", "London"])],
      tags: ["B-PER", "O", "O", "B-LOC"],
    });
    const { f1, found } = await tagger(many(60, sentence), many(20, sentence));
    expect(f1).toBe(1);
    expect(found).toEqual(["PER Ada", "LOC Paris"]);
  });
  it("translator", async () => {
    const pair = () => {
      const source = many(3, () => pick([..."abc"])).join("");
      return { source, target: source.toUpperCase() };
    };
    const { exactMatch, text } = await translator(many(200, pair), many(12, pair));
    expect(exactMatch).toBeGreaterThan(0.8);
    expect(text).toMatch(/^[ABC]{3}$/);
  });
  it("generator", async () => {
    const pieces = many(60, (i) => ({
      text: i % 2 ? "kim" : "o'brien",
      labels: { language: i % 2 ? "Korean" : "Irish" },
    }));
    const { nats, names } = await generator(pieces, ["Korean", "Irish"]);
    expect(nats).toBeLessThan(0.7);
    expect(names).toEqual(["kim", "o'brien"]);
  });
  it("toy", async () => {
    const { loss, baseline, answers } = await toy(250);
    expect(loss).toBeLessThan(baseline * 0.8);
    expect(answers).toHaveLength(3);
  });
});

describe("what one writes oneself", () => {
  const rows = many(200, () => many(1 + draw.below(5), () => draw.uniform()));
  const data = { rows, targets: rows.map((row) => row.reduce((a, b) => a + b, 0)) };

  it("a task is trained, scored, saved and loaded like the built-in ones; an engine measures it", async () => {
    const { engine, seen } = measured(nodeEngine({ threads: 1 }));
    const model = sumModel({ encoder: gru({ hiddenSize: 12 }) });
    const before = await sumTask.report(model, data, { engine });
    for await (const _ of train(model, data, {
      engine,
      epochs: 25,
      batchSize: 16,
      optimizer: adamW({ learningRate: 0.01 }),
    }));
    const after = await sumTask.report(model, data, { engine });
    expect(after).toBeLessThan(before / 3);
    expect((await evaluate(model, data, { engine })).nats).toBeLessThan(0.3);
    expect(seen.programs).toBeGreaterThanOrEqual(4);
    expect(seen.runs).toBeGreaterThan(300);
    expect(seen.loops).toBeGreaterThan(0);
    expect(seen.milliseconds).toBeGreaterThan(0);

    const folder = mkdtempSync(join(tmpdir(), "unrolled-own-"));
    try {
      await save(model, join(folder, "sum"), { task: sumTask });
      const again = await load(join(folder, "sum"), { task: sumTask });
      expect(again.parameters).toEqual(model.parameters);
      await expect(load(join(folder, "sum"))).rejects.toThrow(
        /hint: a model of your own task is loaded with \{ task \}/,
      );
      await expect(modelFiles(model)).rejects.toThrow("expected a task among");
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
