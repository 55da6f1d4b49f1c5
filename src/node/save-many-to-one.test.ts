import { mkdtemp, readdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { wordTokenizer } from "../data/index.ts";
import { bidirectional, gru } from "../nn/index.ts";
import {
  classifier,
  forecaster,
  type InputOf,
  type Model,
  type OutputOf,
  predictor,
  regressor,
} from "../tasks/index.ts";
import { train } from "../train/index.ts";
import { nodeEngine } from "./engine.ts";
import { load, save } from "./save.ts";

const engine = nodeEngine({ threads: 1 });

/** What a model answers. */
async function answers<M extends Model>(model: M, inputs: InputOf<M>[]): Promise<OutputOf<M>[]> {
  const compiled = await predictor(model, { engine });
  return compiled.run(inputs).finally(() => compiled.release());
}
const tokenizer = wordTokenizer.fit("a b c d");
const rows = ["a b", "c", "b d a"].map((text, i) => ({ text, label: String(i) }));

describe("save and load", () => {
  it("gives the same answers, bit for bit, and goes on with training", async () => {
    const folder = join(await mkdtemp(join(tmpdir(), "unrolled-")), "m");
    const model = classifier({ tokenizer, labels: ["0", "1", "2"], encoder: bidirectional(gru({ hiddenSize: 3 })) });
    const options = { engine, steps: 3, batchSize: 2 };
    for await (const { step } of train(model, { rows }, options)) if (step === 2) break;
    await save(model, folder);
    const again = await load(folder, { training: true });
    if (again.task !== "classifier") throw new Error(again.task);
    expect(again.config).toEqual(model.config);
    const texts = ["a c", "d"];
    expect(await answers(again, texts)).toEqual(await answers(model, texts));
    for (const one of [model, again]) for await (const _ of train(one, { rows }, { ...options, resume: true }));
    expect(again.parameters).toEqual(model.parameters);
  });

  it("keeps regressors and forecasters", async () => {
    const folder = await mkdtemp(join(tmpdir(), "unrolled-"));
    const scale = { mean: 3, deviation: 2 };
    const stars = regressor({ tokenizer, scale, encoder: gru({ hiddenSize: 3 }) });
    await save(stars, join(folder, "stars"));
    const back = await load(join(folder, "stars"));
    if (back.task !== "regressor") throw new Error(back.task);
    expect(await answers(back, ["a b"])).toEqual(await answers(stars, ["a b"]));
    const inputs = [{ name: "x", mean: 1, deviation: 2 }];
    const next = forecaster({ inputs, encoder: gru({ hiddenSize: 3 }), length: 3, horizon: 2 });
    await save(next, join(folder, "next"));
    expect(await readdir(join(folder, "next"))).not.toContain("tokenizer.json");
    const future = await load(join(folder, "next"));
    if (future.task !== "forecaster") throw new Error(future.task);
    const series = { names: ["x"], series: [Float64Array.of(1, 2, 3, 4)], length: 4 };
    const [found] = await answers(future, [{ series }]);
    expect(found!.values).toHaveLength(2);
    expect([found]).toEqual(await answers(next, [{ series }]));
  });
});
