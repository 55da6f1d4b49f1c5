import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { all } from "../../data/batches/in-order.ts";
import type { Engine } from "../../engine/index.ts";
import { gru, lstm } from "../../nn/index.ts";
import { load, nodeEngine, save } from "../../node/index.ts";
import { adamW, evaluate, train } from "../../train/index.ts";
import { predictWith } from "../predictor.ts";
import { reportToy, toyPredictor, toySentences } from "./report.ts";
import { type ToyModel, type ToySamples, toyModel } from "./toy-model.ts";

const engine = nodeEngine({ threads: 1 });
const test = { from: 0, count: 100 };
const toyAnswers = (model: ToyModel, { from, count }: ToySamples, options: { engine: Engine }) =>
  all(
    predictWith(toyPredictor)(
      model,
      Array.from({ length: count }, (_, i) => from + i),
      options,
    ),
  );

describe("toyModel", () => {
  it("learns to add over 12 steps, far below the mean's error", async () => {
    const model = toyModel({ toy: "adding:12", encoder: gru({ hiddenSize: 16 }), seed: 1 });
    const before = (await evaluate(model, test, { engine })).nats;
    const optimizer = adamW({ learningRate: 0.02 });
    const samples = { from: 1000, count: 1e6 };
    for await (const _ of train(model, samples, { engine, steps: 250, batchSize: 32, optimizer })) void _;
    const after = (await evaluate(model, test, { engine })).nats;
    expect(before).toBeGreaterThan(0.1);
    expect(after).toBeLessThan(0.02);
    const answers = await toyAnswers(model, test, { engine });
    const errors = answers.map(({ answer, target }) => (answer! - target!) ** 2);
    expect(errors.reduce((a, b) => a + b) / errors.length).toBeCloseTo(after, 6);
    const report = await reportToy(model, test, { engine, toy: "adding:24" });
    expect(report).toMatchObject({ toy: "adding:24", samples: 100, baseline: 1 / 6 });
    expect(report.loss).toBeGreaterThan(after);
    await expect(reportToy(model, test, { engine, toy: "copy:9" })).rejects.toThrow(/expected adding, in any size/);
    const folder = join(await mkdtemp(join(tmpdir(), "unrolled-")), "toy");
    await save(model, folder);
    expect((await evaluate((await load(folder)) as ToyModel, test, { engine })).nats).toBe(after);
  });

  it("predicts the symbols of a^n b^n that are determined", async () => {
    const model = toyModel({ toy: "anbn:4", encoder: lstm({ hiddenSize: 12 }), embeddingSize: 4, seed: 1 });
    const optimizer = adamW({ learningRate: 0.03 });
    const samples = { from: 1000, count: 1e6 };
    for await (const _ of train(model, samples, { engine, steps: 120, batchSize: 16, optimizer })) void _;
    const { means } = await evaluate(model, test, { engine });
    expect(means.right! / means.scored!).toBeGreaterThan(0.95);
    const answers = await toyAnswers(model, test, { engine });
    const known = answers.flatMap(({ answers: said, targets, scored }) =>
      said!.map((word, t) => word === targets![t]).filter((_, t) => scored![t]),
    );
    expect(known.filter(Boolean).length / known.length).toBeCloseTo(means.right! / means.scored!, 6);
    const written = await toySentences(model, { engine, count: 20, seed: 3 });
    const balanced = written.filter((words) => /^(a+)(b+)$/.exec(words.join(""))?.[1]?.length === words.length / 2);
    expect(balanced.length).toBeGreaterThan(14);
    expect(await toySentences(model, { engine, count: 2, seed: 3 })).toEqual(written.slice(0, 2));
  });

  it("counts a verb as right where its form is likelier than the other number's", async () => {
    const model = toyModel({ toy: "agreement:2", encoder: gru({ hiddenSize: 4 }), embeddingSize: 4, seed: 2 });
    const before = await toyAnswers(model, { from: 0, count: 40 }, { engine });
    const { verbs } = await reportToy(model, { from: 0, count: 40 }, { engine });
    expect(verbs!.reduce((sum, { count }) => sum + count, 0)).toBe(40);
    expect(verbs!.reduce((sum, { right }) => sum + right, 0)).toBe(before.filter(({ verb }) => verb!.right).length);
    // The output's bias alone decides: every plural verb above every singular one.
    model.parameters.fill(0);
    const bias = model.layout.slots.find(({ name }) => name === "output.bias")!;
    const plural = "wait sleep fall shine arrive sing move are were have".split(" ");
    if (model.toy.kind !== "language") throw new Error("a language");
    for (const word of plural) model.parameters[bias.offset + model.toy.vocabulary.id(word)!] = 1;
    for (const { verb } of await toyAnswers(model, { from: 0, count: 40 }, { engine }))
      expect(verb!.right).toBe(plural.includes(verb!.form));
  });

  it("says that dates are for a translator", () => {
    expect(() => toyModel({ toy: "dates", encoder: lstm({ hiddenSize: 2 }) })).toThrow("a translator learns it");
  });
});
