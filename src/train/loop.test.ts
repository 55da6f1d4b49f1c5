import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { charTokenizer } from "../data/index.ts";
import { freeze, gru, lstm } from "../nn/index.ts";
import { nodeEngine } from "../node/engine.ts";
import { load, save } from "../node/save.ts";
import { type LanguageModel, type LanguageModelData, languageModel } from "../tasks/index.ts";
import { evaluate } from "./evaluate.ts";
import { type Progress, type TrainOptions, train } from "./loop.ts";
import { adamW, averaged, type Optimizer, sgd } from "./optimizers/index.ts";
import { oneCycle } from "./schedules.ts";
import { checkpoint } from "./state.ts";
import type { Judgment } from "./trainable.ts";

const engine = nodeEngine({ threads: 1 });
const text = "she sells sea shells by the sea shore; the shells she sells are sea shells. ".repeat(8);
const lines = text.split(/(?<=[;.]) /).map((line, i) => line.slice(i % 7));
const tokenizer = charTokenizer.fit(text, { specials: ["bos", "eos"] });
const make = () =>
  languageModel({
    tokenizer,
    encoder: lstm({ hiddenSize: 10, dropout: 0.2 }),
    embeddingSize: 6,
    dropout: { p: 0.1, per: "sequence" },
  });

async function drain(run: AsyncGenerator<Progress>, stopAfter = Infinity): Promise<Progress[]> {
  const seen: Progress[] = [];
  for await (const progress of run) {
    seen.push(progress);
    if (seen.length === stopAfter) break;
  }
  return seen;
}

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "unrolled-loop-"));
});
afterAll(() => rm(folder, { recursive: true }));

const plain = adamW({ learningRate: 0.02 });
const laws: { name: string; data: LanguageModelData; batchSize: number; stops: number[]; optimizer: Optimizer }[] = [
  { name: "a stream", data: text, batchSize: 4, stops: [1, 11], optimizer: plain }, // an epoch has 10 windows
  { name: "lines, in two shards, averaged", data: lines, batchSize: 16, stops: [7], optimizer: averaged(plain) },
];

describe("train", () => {
  it.each(laws)("stopped anywhere and resumed is the run that was never stopped, bit for bit: $name", async (law) => {
    const options: TrainOptions<LanguageModelData> = {
      engine,
      steps: 13,
      batchSize: law.batchSize,
      bptt: 16,
      optimizer: law.optimizer,
      schedule: oneCycle(),
      clipNorm: 0.5,
      valid: typeof law.data === "string" ? text.slice(0, 200) : lines.slice(0, 5),
      evaluateEvery: 3,
    };
    const whole = make();
    const through = await drain(train(whole, law.data, options));
    for (const stop of law.stops) {
      const first = make();
      const before = await drain(train(first, law.data, options), stop);
      await save(first, join(folder, "stopped"));
      const second = await load(join(folder, "stopped"), { task: "language-model", training: true });
      const after = await drain(train(second, law.data, { ...options, resume: true }));
      const facts = ({ step, loss, gradientNorm, learningRate, epoch, valid, best }: Progress) => ({
        step,
        loss,
        gradientNorm,
        learningRate,
        epoch,
        valid,
        best,
      });
      expect([...before, ...after].map(facts)).toEqual(through.map(facts));
      expect(second.parameters).toEqual(whole.parameters);
      expect({ ...(await checkpoint(second)), elapsed: 0 }).toEqual({ ...(await checkpoint(whole)), elapsed: 0 });
    }
  });

  it("ends with the parameters that scored best", async () => {
    const model = make();
    const optimizer = sgd({ learningRate: 3 }); // unsteady on purpose
    const seen = await drain(
      train(model, text, { engine, steps: 12, batchSize: 2, bptt: 8, optimizer, valid: text, evaluateEvery: 1 }),
    );
    const best = Math.min(...seen.map(({ valid }) => valid!.nats));
    expect(seen.at(-1)!.best!.nats).toBe(best);
    expect(seen.findIndex(({ valid }) => valid!.nats === best) + 1).toBe(seen.at(-1)!.best!.step);
    expect(model.parameters).toEqual(model.training!.best!.parameters);
  });

  it("keeps the average of the parameters where that is judged better", async () => {
    const scores = [1, 0, 2, 5, 3, 4]; // of the parameters and of their average, in turn
    let at = 0;
    const judge = async (): Promise<Judgment> => ({ name: "luck", score: scores[at++]! });
    const model = Object.assign(make(), { judge });
    const optimizer = averaged(sgd({ learningRate: 0.1 }));
    const options = { engine, steps: 3, batchSize: 2, bptt: 8, optimizer };
    const seen = await drain(train(model, text, { ...options, valid: text, evaluateEvery: 1 }));
    expect(seen.map(({ valid }) => [valid!.means.luck, valid!.averaged])).toEqual([
      [1, undefined],
      [5, true],
      [4, true],
    ]);
    const { best } = model.training!;
    expect(best).toMatchObject({ step: 2, averaged: true, judged: { score: 5 } });
    const two = make();
    await drain(train(two, text, options), 2);
    expect(model.parameters).toEqual(two.training!.moments.average);
    expect((await evaluate(model, text, { engine })).nats).toBeCloseTo(best!.nats, 6);
  });

  it("of equal scores keeps the lower loss, and any before one below guessing", async () => {
    const keeps = async (judgments: readonly Omit<Judgment, "name">[]) => {
      let at = 0;
      const model = Object.assign(make(), { judge: async () => ({ name: "luck", ...judgments[at++]! }) });
      const options = { engine, steps: 3, batchSize: 2, bptt: 8, optimizer: sgd({ learningRate: 0.1 }) };
      const seen = await drain(train(model, text, { ...options, valid: text, evaluateEvery: 1 }));
      const losses = seen.map(({ valid }) => valid!.nats);
      expect(losses).toEqual([...losses].sort((a, b) => b - a)); // it learns
      return seen.at(-1)!.best!.step;
    };
    const below = { score: 0.4, belowGuessing: true } as const;
    expect(await keeps([{ score: 0 }, { score: 0 }, { score: 0 }])).toBe(3);
    expect(await keeps([below, { score: 0 }, below])).toBe(2);
    expect(await keeps([below, below, { ...below, score: 0.3 }])).toBe(3);
  });

  it("where the task judges, keeps the parameters with the highest score, over a stop too", async () => {
    const scores = [1, 5, 3, 4, 2, 0];
    const judged = () =>
      Object.assign(make(), { judge: async (): Promise<Judgment> => ({ name: "luck", score: scores[at++ % 6]! }) });
    let at = 0;
    const options = { engine, steps: 6, batchSize: 2, bptt: 8, valid: text, evaluateEvery: 1 };
    const model = judged();
    const seen = await drain(train(model, text, options));
    expect(seen.at(-1)!.best).toMatchObject({ step: 2, judged: { name: "luck", score: 5 } });
    expect(seen.map(({ valid }) => valid!.means.luck)).toEqual(scores);
    const two = make();
    await drain(train(two, text, { ...options, steps: 6, valid: undefined }), 2);
    expect(model.parameters).toEqual(two.parameters);

    at = 0;
    const first = judged();
    await drain(train(first, text, options), 3);
    await save(first, join(folder, "judged"));
    const second = Object.assign(await load(join(folder, "judged"), { task: "language-model", training: true }), {
      judge: first.judge,
    });
    await drain(train(second, text, { ...options, resume: true }));
    expect(second.parameters).toEqual(model.parameters);
    expect({ ...(await checkpoint(second)), elapsed: 0 }).toEqual({ ...(await checkpoint(model)), elapsed: 0 });
  });

  it("scores the same part of much validation data at every evaluation, over a stop too", async () => {
    const long = text.repeat(60); // 36,000 characters, where a run of 8 steps bounds an evaluation to 20,000
    const options = { engine, steps: 8, batchSize: 2, bptt: 8, valid: long, evaluateEvery: 4, evaluationShare: 0.1 };
    const counts = new Set<number>();
    let latest = 0;
    const onEvaluation = (tokens: number) => {
      if (tokens < latest) counts.add(latest);
      latest = tokens;
    };
    const model = make();
    const seen = await drain(train(model, text, { ...options, onEvaluation }));
    counts.add(latest);
    const share = seen.at(-1)!.valid!.share!;
    expect(share).toBeCloseTo(20_000 / (long.length - 1), 5);
    expect([...counts]).toHaveLength(1);
    expect(latest / long.length).toBeCloseTo(share, 3);
    const first = make();
    await drain(train(first, text, options), 5);
    await save(first, join(folder, "watched"));
    const second = await load(join(folder, "watched"), { task: "language-model", training: true });
    await drain(train(second, text, { ...options, resume: true }));
    expect(second.parameters).toEqual(model.parameters);
  });

  it("abandons an evaluation on a signal from the event loop, and makes it up after a resume", async () => {
    const valid = text.repeat(150); // 11 batches
    const controller = new AbortController();
    const options = { engine, steps: 2, batchSize: 2, bptt: 8, valid, evaluateEvery: 2 };
    let scored = 0;
    const onEvaluation = (tokens: number) => {
      scored = tokens;
      setTimeout(() => controller.abort(), 0); // as Ctrl-C comes
    };
    const model = make();
    const seen = await drain(train(model, text, { ...options, onEvaluation, signal: controller.signal }));
    expect(scored).toBeLessThan(valid.length - 1);
    expect(seen.at(-1)!.valid).toBeUndefined();
    expect(model.training!.evaluationDue).toBe(true);
    for await (const _ of train(model, text, { ...options, resume: true }));
    expect(model.training!.best!.step).toBe(2);
  });

  it("stops when patience is spent", async () => {
    const optimizer = sgd({ learningRate: 1e-30 }); // too small to move a float
    const options = { engine, steps: 50, batchSize: 2, bptt: 8, optimizer, valid: text, evaluateEvery: 2, patience: 3 };
    expect(await drain(train(make(), text, options))).toHaveLength(8); // one best, then three without a better one
  });

  it("names the step and the norm before it where the loss is no number, and keeps what it had", async () => {
    const model = make();
    const options = {
      engine,
      steps: 50,
      batchSize: 2,
      bptt: 8,
      clipNorm: Infinity,
      optimizer: sgd({ learningRate: 3e38 }),
    };
    let last: Float32Array | undefined;
    const run = (async () => {
      for await (const _ of train(model, text, options)) last = (await checkpoint(model))!.parameters;
    })();
    await expect(run).rejects.toThrow(
      /^train: .*at step \d+ \(gradient norm at step \d+: .*\n {2}hint: set clipNorm, or lower/,
    );
    expect(model.parameters).toEqual(last);
  });

  it("stops on a signal after a whole step", async () => {
    const stop = new AbortController();
    const model = make();
    const seen: number[] = [];
    for await (const { step } of train(model, text, {
      engine,
      steps: 50,
      batchSize: 2,
      bptt: 8,
      signal: stop.signal,
    })) {
      seen.push(step);
      if (step === 3) stop.abort();
    }
    expect(seen).toEqual([1, 2, 3]);
    expect(model.training!.step).toBe(3);
  });

  it("leaves frozen parameters alone", async () => {
    const model = languageModel({ tokenizer, encoder: freeze(gru({ hiddenSize: 5 })), embeddingSize: 4 });
    const [frozen, others] = [model.frozen.slice(), model.parameters.slice()];
    await drain(train(model, text, { engine, steps: 3, batchSize: 2, bptt: 8 }));
    expect(model.frozenLayout.count).toBeGreaterThan(0);
    expect(model.frozen).toEqual(frozen);
    expect(model.parameters).not.toEqual(others);
  });

  it("ends on an evaluation under a time budget", async () => {
    const model = make();
    const seen = await drain(train(model, text, { engine, minutes: 0.3 / 60, batchSize: 2, bptt: 8, valid: text }));
    const last = seen.at(-1)!;
    expect(last.valid).toBeDefined();
    expect(last.remaining).toBe(0);
  });

  it("refuses a resume that would be another run", async () => {
    const model = make();
    const options = { engine, steps: 2, batchSize: 2, bptt: 8 };
    await expect(drain(train(model, text, { ...options, resume: true }))).rejects.toThrow(
      "train(resume): expected a model with its training state, got one without",
    );
    await drain(train(model, text, options));
    await expect(drain(train(model, text, { ...options, batchSize: 4, resume: true }))).rejects.toThrow(
      "train(resume, batchSize): expected 2, as before, got 4",
    );
  });
});

describe("the sum of what a batch counts", () => {
  it("is the same for padded lines as for each line alone", async () => {
    const model: LanguageModel = languageModel({ tokenizer, encoder: gru({ hiddenSize: 5 }), embeddingSize: 4 });
    const together = await evaluate(model, lines, { engine, batchSize: 8 });
    const alone = await evaluate(model, lines, { engine, batchSize: 1 });
    expect(together.tokens).toBe(lines.join("").length + lines.length);
    expect(alone.tokens).toBe(together.tokens);
    expect(Math.abs(together.nats - alone.nats)).toBeLessThan(1e-6);
  });
});
