// The laws of transfer, for every task that reads words: what is frozen does not move, what is not does, and what is
// unfrozen later is frozen until then.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { random } from "../base/index.ts";
import { wordTokenizer } from "../data/index.ts";
import { wordVectors } from "../embeddings/index.ts";
import type { Engine } from "../engine/index.ts";
import {
  bidirectional,
  embedding,
  freeze,
  gru,
  type Layer,
  lstm,
  multiplicative,
  withLearnedRows,
} from "../nn/index.ts";
import { nodeEngine } from "../node/engine.ts";
import { load, save } from "../node/save.ts";
import { view } from "../tensor/index.ts";
import { checkpoint, type Progress, type TrainOptions, train } from "../train/index.ts";
import { classifier, regressor } from "./reader/index.ts";
import { languageModel } from "./sequence/language-model.ts";
import { tagger, taggerVocabulary } from "./tagger/index.ts";
import type { Model } from "./tasks.ts";
import { translator } from "./translator/index.ts";
import { unfreezeModel } from "./unfreeze.ts";

const engine = nodeEngine({ threads: 1 });
const words = ["a", "dull", "film", "fine", "the", "plot"];
const sentences = ["a fine film", "the dull plot", "a dull film .", "the fine plot .", "a plot", "the film ."];
const stream = random(3);
const vectors = wordVectors({ words, matrix: Float32Array.from({ length: 36 }, () => stream.normal()), dim: 6 });
const tokenizer = wordTokenizer.fit(sentences, { specials: ["pad", "bos", "eos", "unk"] });
const labeled = sentences.map((text) => ({ text, label: text.includes("dull") ? "bad" : "good" }));
const numbered = labeled.map(({ text, label }) => ({ text, label: label === "bad" ? "-1" : "1" }));
const tagged = sentences.map((text) => ({ tokens: text.split(" "), tags: text.split(" ").map((word) => word[0]!) }));
const pairs = sentences.map((source) => ({ source, target: source.split(" ").reverse().join(" ") }));
const both = bidirectional(lstm({ hiddenSize: 4 }));

/** A task: its model with this embedding, its data, and the name of the parameter that the embedding becomes. */
interface Law {
  name: string;
  parameter: string;
  run(layer: Layer, options: TrainOptions<never>): { model: Model; training: AsyncGenerator<Progress> };
  again(model: Model, options: TrainOptions<never>): AsyncGenerator<Progress>;
}

function law<Data, M extends Model>(name: string, parameter: string, make: (layer: Layer) => M, data: Data): Law {
  const again = (model: Model, options: TrainOptions<never>) =>
    train(model as never, data as never, { engine, batchSize: 3, bptt: 4, clipNorm: Infinity, steps: 6, ...options });
  return {
    name,
    parameter,
    again,
    run(layer, options) {
      const model = make(layer);
      return { model, training: again(model, options) };
    },
  };
}

const laws: Law[] = [
  law(
    "classifier",
    "embedding.weight",
    (layer) => classifier({ tokenizer, labels: ["bad", "good"], encoder: both, embedding: layer }),
    { rows: labeled },
  ),
  law(
    "regressor",
    "embedding.weight",
    (layer) => regressor({ tokenizer, scale: { mean: 0, deviation: 1 }, encoder: both, embedding: layer }),
    { rows: numbered },
  ),
  law(
    "tagger",
    "words.weight",
    (layer) =>
      tagger({
        vocabulary: taggerVocabulary(tagged, { minCount: 1 }),
        encoder: both,
        embedding: layer,
        characters: false,
      }),
    tagged,
  ),
  law(
    "language-model",
    "embedding.weight",
    (layer) => languageModel({ tokenizer, encoder: gru({ hiddenSize: 4 }), embedding: layer }),
    sentences,
  ),
  law(
    "languageModel, tied",
    "embedding.weight",
    (layer) => languageModel({ tokenizer, encoder: gru({ hiddenSize: 6 }), embedding: layer, tieWeights: true }),
    sentences,
  ),
  law(
    "translator",
    "sourceEmbedding.weight",
    (layer) =>
      translator({
        tokenizer: { source: tokenizer, target: wordTokenizer.fromJSON(tokenizer.toJSON()) },
        encoder: both,
        decoder: gru({ hiddenSize: 4 }),
        attention: multiplicative(),
        embedding: { source: layer },
      }),
    pairs,
  ),
];

async function drain(run: AsyncGenerator<Progress>, stopAfter = Infinity): Promise<Progress[]> {
  const seen: Progress[] = [];
  for await (const progress of run) {
    seen.push(progress);
    if (seen.length === stopAfter) break;
  }
  return seen;
}

/** A parameter as it is now, wherever it lies. */
function values(model: Model, name: string): Float32Array {
  const find = (layout: Model["layout"]) => layout.slots.find((slot) => slot.name === name);
  const slot = find(model.layout);
  return (slot ? view(model.parameters, slot) : view(model.frozen, find(model.frozenLayout)!)).slice();
}

const table = embedding({ from: vectors });
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "unrolled-transfer-"));
});
afterAll(() => rm(folder, { recursive: true }));

describe.each(laws)("transfer: $name", ({ name, parameter, run, again }) => {
  it("begins with the vectors; frozen ones do not move, the others do", async () => {
    const tokens = (model: Model) => ("vocabulary" in model ? model.vocabulary.words : tokenizer.vocabulary);
    for (const [layer, moves] of [
      [freeze(table), false],
      [table, true],
    ] as const) {
      const { model, training } = run(layer, {});
      const before = values(model, parameter);
      const row = tokens(model as never).id("film")!;
      expect(before.subarray(row * 6, row * 6 + 6)).toEqual(vectors.vector("film"));
      const other = model.parameters.slice();
      await drain(training);
      expect(values(model, parameter)).toEqual(moves ? expect.not.objectContaining(before) : before);
      expect(model.parameters).not.toEqual(other);
    }
  });

  it("frozen until a step is the frozen run until then, and moves from there on", async () => {
    const frozen = run(freeze(table), {});
    const held = run(freeze(table, { unfreezeAfter: { steps: 3 } }), {});
    const start = values(held.model, parameter);
    for (let step = 1; step <= 5; step++) {
      const [one, other] = [await frozen.training.next(), await held.training.next()];
      if (step <= 4) expect((other.value as Progress).loss).toBe((one.value as Progress).loss);
      await checkpoint(held.model);
      const now = values(held.model, parameter);
      if (step <= 3) expect(now).toEqual(start);
      else expect(now).not.toEqual(start);
    }
    await Promise.all([frozen.training.return(undefined), held.training.return(undefined)]);
  });

  // The loop's own work: two kinds of batches are enough.
  it.runIf(["classifier", "languageModel, tied"].includes(name))(
    "stopped before or after it unfreezes and resumed is the run through, bit for bit",
    async () => {
      const layer = freeze(table, { unfreezeAfter: { epochs: 1.5 } }); // after 3 updates of 3 rows
      const whole = run(layer, {});
      const through = await drain(whole.training);
      for (const stop of [2, 3]) {
        const first = run(layer, {});
        const before = await drain(first.training, stop);
        await save(first.model, join(folder, "stopped"));
        const second = await load(join(folder, "stopped"), { training: true });
        const after = await drain(again(second, { resume: true }));
        expect([...before, ...after].map(({ loss }) => loss)).toEqual(through.map(({ loss }) => loss));
        expect({ ...(await checkpoint(second)), elapsed: 0 }).toEqual({
          ...(await checkpoint(whole.model)),
          elapsed: 0,
        });
      }
    },
  );
});

describe("learned rows beside frozen vectors", () => {
  const layer = withLearnedRows(freeze(table), { size: 2 });
  it.each(laws.filter(({ name }) => ["classifier", "tagger"].includes(name)))(
    "$name: the vectors do not move, the rows do; stopped and resumed is the run through, bit for bit",
    async ({ parameter, run, again }) => {
      const whole = run(layer, {});
      const learned = parameter.replace("weight", "learned");
      const before = values(whole.model, parameter);
      expect(values(whole.model, learned).every((value) => value === 0)).toBe(true);
      const through = await drain(whole.training);
      expect(values(whole.model, parameter)).toEqual(before);
      expect(values(whole.model, learned).some((value) => value !== 0)).toBe(true);
      const first = run(layer, {});
      const start = await drain(first.training, 2);
      await save(first.model, join(folder, "rows"));
      const second = await load(join(folder, "rows"), { training: true });
      const rest = await drain(again(second, { resume: true }));
      expect([...start, ...rest].map(({ loss }) => loss)).toEqual(through.map(({ loss }) => loss));
      expect(values(second, learned)).toEqual(values(whole.model, learned));
    },
  );
});

describe("a frozen embedding", () => {
  it("is not differentiated while it is frozen", async () => {
    const compiled: string[][] = [];
    const watching: Engine = {
      name: engine.name,
      compile(program, options) {
        compiled.push(Object.keys(program.outputs).filter((name) => name.startsWith("d.")));
        return engine.compile(program, options);
      },
    };
    const { training } = laws[0]!.run(freeze(table, { unfreezeAfter: { steps: 2 } }), { engine: watching });
    await drain(training);
    expect(compiled.map((names) => names.includes("d.embedding.weight"))).toEqual([false, true]);
    compiled.length = 0;
    await drain(laws[0]!.run(freeze(table), { engine: watching }).training);
    expect(compiled.map((names) => names.includes("d.embedding.weight"))).toEqual([false]);
  });

  it("moves as a fresh parameter does once it is unfrozen: its first step is one learning rate long", async () => {
    const { model, training } = laws[0]!.run(freeze(table, { unfreezeAfter: { steps: 4 } }), {});
    const start = values(model, "embedding.weight");
    await drain(training, 5);
    const moved = values(model, "embedding.weight").map((value, i) => Math.abs(value - start[i]!));
    expect(Math.max(...moved)).toBeGreaterThan(5e-4);
    expect(Math.max(...moved)).toBeLessThan(1.1e-3); // adamW()'s 1e-3 and a little decay
  });

  it("is saved and comes back frozen; unfreezeModel makes it trainable, with the same values", async () => {
    const { model, training } = laws[0]!.run(freeze(table), {});
    await drain(training);
    await save(model, join(folder, "frozen"), { training: false });
    const back = await load(join(folder, "frozen"));
    expect(back.frozenLayout.slots.map(({ name }) => name)).toEqual(["embedding.weight"]);
    expect(values(back, "embedding.weight")).toEqual(values(model, "embedding.weight"));
    const thawed = unfreezeModel(back);
    expect(thawed.frozenLayout.count).toBe(0);
    for (const { name } of model.specs) expect(values(thawed, name)).toEqual(values(model, name));
    await drain(laws[0]!.again(thawed, {}));
    expect(values(thawed, "embedding.weight")).not.toEqual(values(model, "embedding.weight"));
    await save(thawed, join(folder, "thawed"));
    expect((await load(join(folder, "thawed"))).frozenLayout.count).toBe(0);
  });

  it("the checkpoints of an unfrozen translator are judged by its own parameters", async () => {
    const model = translator({
      tokenizer: { source: tokenizer, target: tokenizer },
      encoder: freeze(both),
      decoder: gru({ hiddenSize: 4 }),
      attention: multiplicative(),
    });
    const thawed = unfreezeModel(model);
    model.parameters.fill(Number.NaN);
    const valid = [{ source: "a good film", target: "a good film" }];
    const judged = await thawed.judge!(valid, { nats: 1, means: {}, engine });
    expect(judged.name).toBe("BLEU");
    expect(judged.score).toBeGreaterThanOrEqual(0);
  });

  it("with learned rows beside it is no table for an output layer to share", () => {
    const wide = withLearnedRows(table, { size: 2 });
    const pair = {
      tokenizer: { source: tokenizer, target: tokenizer },
      encoder: both,
      decoder: gru({ hiddenSize: 4 }),
    };
    const tied = "(tieWeights): expected an embedding that consists of its table alone, of width 6, got one of width 8";
    expect(() => translator({ ...pair, attention: "none", embedding: wide })).toThrow(`translator${tied}`);
    const untied = translator({ ...pair, attention: "none", embedding: wide, tieWeights: false });
    expect(untied.config.embeddingSize).toBe(8);
    const encoder = gru({ hiddenSize: 8 });
    expect(() => languageModel({ tokenizer, encoder, embedding: wide, tieWeights: true })).toThrow(
      `languageModel${tied}`,
    );
  });

  it("must be an embedding, of one width with the rest", () => {
    const make = (options: object) => () =>
      classifier({ tokenizer, labels: ["bad", "good"], encoder: both, ...options });
    expect(make({ embedding: freeze(both) })).toThrow(
      "classifier(embedding): expected an embedding, got a freeze layer",
    );
    expect(make({ embedding: table, embeddingSize: 5 })).toThrow(/embeddingSize\): expected 6, as the embedding has/);
    expect(make({ embedding: table, vectors })).toThrow(/an embedding or vectors, got both/);
    const two = { source: table, target: embedding({ embeddingSize: 5 }) };
    expect(() =>
      translator({
        tokenizer: { source: tokenizer, target: tokenizer },
        encoder: both,
        decoder: gru({ hiddenSize: 4 }),
        attention: "none",
        embedding: two,
      }),
    ).toThrow(/translator\(embeddingSize\): expected 6, as the embedding has, got 5/);
  });
});
