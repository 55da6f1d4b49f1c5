import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { gru, lstm } from "../../nn/index.ts";
import { loadModel, nodeEngine, save } from "../../node/index.ts";
import { adamW, evaluate, train } from "../../train/index.ts";
import { type ToyModel, toyModel } from "./toy-model.ts";

const engine = nodeEngine({ threads: 1 });
const test = { from: 0, count: 100 };

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
    const folder = join(await mkdtemp(join(tmpdir(), "unrolled-")), "toy");
    await save(model, folder);
    expect((await evaluate((await loadModel(folder)) as ToyModel, test, { engine })).nats).toBe(after);
  });

  it("predicts the symbols of a^n b^n that are determined", async () => {
    const model = toyModel({ toy: "anbn:4", encoder: lstm({ hiddenSize: 12 }), embeddingSize: 4, seed: 1 });
    const optimizer = adamW({ learningRate: 0.03 });
    const samples = { from: 1000, count: 1e6 };
    for await (const _ of train(model, samples, { engine, steps: 120, batchSize: 16, optimizer })) void _;
    const { means } = await evaluate(model, test, { engine });
    expect(means.right! / means.scored!).toBeGreaterThan(0.95);
  });

  it("says that dates are for a translator", () => {
    expect(() => toyModel({ toy: "dates", encoder: lstm({ hiddenSize: 2 }) })).toThrow("a translator learns it");
  });
});
