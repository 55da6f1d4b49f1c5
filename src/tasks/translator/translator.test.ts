import { describe, expect, it } from "vitest";
import { gradientFaults } from "../../../test/gradient-check.ts";
import { random } from "../../base/index.ts";
import { all } from "../../data/batches/in-order.ts";
import { pairBatch, sourceIds, targetIds } from "../../data/batches/pairs.ts";
import { bpeTokenizer, charTokenizer } from "../../data/index.ts";
import type { LengthRule } from "../../decode/index.ts";
import type { Value } from "../../engine/index.ts";
import { additive, bidirectional, gru, lstm, multiplicative, parameterInputs, stacked } from "../../nn/index.ts";
import { nodeEngine } from "../../node/engine.ts";
import { input } from "../../tensor/index.ts";
import { adamW, checkpoint, train } from "../../train/index.ts";
import { evaluationRunner } from "../../train/runner.ts";
import { chooseLengthRule } from "./length-rule.ts";
import type { Translator, TranslatorOptions } from "./model.ts";
import { reportTranslations } from "./report.ts";
import { translatorTask } from "./task.ts";
import { attentionOf, predictTranslations, type TranslateOptions } from "./translate.ts";
import { translator } from "./translator.ts";

const engine = nodeEngine({ threads: 1 });
const tokenizer = charTokenizer.fit("abcde", { specials: ["pad", "bos", "eos", "unk"] });
const kinds: [string, Partial<TranslatorOptions>][] = [
  ["no attention", { attention: "none", encoder: lstm({ hiddenSize: 5 }), decoder: lstm({ hiddenSize: 5 }) }],
  ["multiplicative", { attention: multiplicative({ scaled: true }) }],
  ["additive, own tables", { attention: additive({ size: 3 }), tieWeights: false }],
  ["multiplicative, fed", { attention: multiplicative(), inputFeeding: true }],
  ["additive, fed", { attention: additive({ size: 4 }), inputFeeding: true, shareEmbeddings: true }],
];

const small = {
  tokenizer,
  encoder: bidirectional(gru({ hiddenSize: 3 })),
  decoder: lstm({ hiddenSize: 4 }),
  attention: multiplicative(),
  embeddingSize: 4,
};

/** Parameters large enough that every part of the model matters. */
function make(options: Partial<TranslatorOptions>): Translator {
  const model = translator({ ...small, ...options });
  const r = random(5);
  model.parameters = model.parameters.map(() => 1.2 * r.normal());
  return model;
}

const r = random(3);
const word = (length: number) => Array.from({ length }, () => "abcde"[r.below(5)]).join("");
const pairs = [3, 1, 6, 4].map((length, i) => ({ source: word(length), target: word([2, 5, 1, 4][i]!) }));
const ids = (model: Translator) =>
  pairs.map(({ source, target }) => ({
    source: sourceIds(model.tokenizers, source),
    target: targetIds(model.tokenizers, target),
  }));

describe.each(kinds)("translator (%s)", (_, options) => {
  const model = make(options);

  it("padded = unpadded, a batch = its rows, and what stands at masked positions does not matter", async () => {
    const runner = await evaluationRunner(model, "pairs", 1, engine);
    const rows = ids(model);
    const batch = pairBatch(rows);
    const together = await runner.run(batch);
    let [total, count] = [0, 0];
    for (const row of rows) {
      const alone = await runner.run(pairBatch([row]));
      total += alone.total;
      count += alone.count;
    }
    expect(together.count).toBe(count);
    expect(together.count).toBe(pairs.reduce((sum, { target }) => sum + target.length + 1, 0));
    expect(together.total).toBeCloseTo(total, 3);
    const dirty = (name: string, lengths: string) => {
      const { shape, data } = batch.feeds[name]!;
      const [B, T] = shape as [number, number];
      const ends = batch.feeds[lengths]!.data;
      const filled = Int32Array.from(data, (id, i) => (i % T < ends[Math.floor(i / T)]! ? id : 1 + (i % 7)));
      expect(filled).not.toEqual(data);
      return { dtype: "int", shape: [B, T], data: filled } satisfies Value;
    };
    const feeds = {
      ...batch.feeds,
      source: dirty("source", "sourceLengths"),
      inputs: dirty("inputs", "lengths"),
      targets: dirty("targets", "lengths"),
    };
    expect((await runner.run({ ...batch, feeds })).total).toBe(together.total);
    await runner.release();
  });

  it("beam 1 = greedy over the whole graph; batched = one by one", async () => {
    const sources = pairs.map(({ source }) => source);
    const greedy = await translateAll(model, sources, { engine, beamSize: 1, maxTokens: 6 });
    const { source, sourceLengths } = pairBatch(ids(model).slice(2, 3)).feeds;
    const parameters = parameterInputs(model.specs);
    const encoded = model.network.encode(parameters, input("source", ["S", 1], { dtype: "int" }), {
      lengths: input("sourceLengths", [1], { dtype: "int" }),
    });
    const { logits } = model.network.decode(parameters, input("ids", ["T", 1], { dtype: "int" }), encoded);
    const program = await engine.compile({ outputs: { logits } });
    const written = [model.tokenizers.target.special.bos!];
    const V = tokenizer.vocabulary.size;
    for (let t = 0; t < 6; t++) {
      const { data } = (
        await program.run({
          ...values(model),
          source: { ...source!, shape: [source!.data.length, 1] },
          sourceLengths: sourceLengths!,
          ids: { dtype: "int", shape: [written.length, 1], data: Int32Array.from(written) },
        })
      ).logits!;
      const row = Array.from(data.subarray(t * V, (t + 1) * V));
      const best = row.indexOf(Math.max(...row));
      if (best === tokenizer.special.eos) break;
      written.push(best);
    }
    expect(greedy[2]!.translations[0]!.text).toBe(tokenizer.decode(written));
    await program.release();

    const search = { engine, beamSize: 3, nBest: 3, maxTokens: 6 };
    const together = await translateAll(model, sources, search);
    for (const [i, text] of sources.entries()) {
      const [alone] = await translateAll(model, [text], search);
      for (const [k, found] of alone!.translations.entries()) {
        expect(together[i]!.translations[k]!.text).toBe(found.text);
        expect(together[i]!.translations[k]!.score).toBeCloseTo(found.score, 4);
      }
    }
  });
});

function values(model: Translator): Record<string, Value> {
  return Object.fromEntries(
    model.layout.slots.map(({ name, shape, offset, size }) => [
      name,
      { dtype: "float", shape, data: Float64Array.from(model.parameters.subarray(offset, offset + size)) },
    ]),
  );
}

it.each(kinds.slice(1))("has the gradient of its loss (%s)", async (_, options) => {
  const small = make({
    ...options,
    embeddingSize: 2,
    decoder: gru({ hiddenSize: 2 }),
    encoder: gru({ hiddenSize: 2 }),
  });
  const parameters = parameterInputs(small.specs);
  const { loss } = small.trace("pairs", parameters);
  const wrt = small.layout.slots.filter(({ name }) => /^attention|^readout|^decoder.weight|^bridge/.test(name));
  const rows = [
    { source: "ab", target: "c" },
    { source: "d", target: "ae" },
  ].map((pair) => ({
    source: sourceIds(small.tokenizers, pair.source),
    target: targetIds(small.tokenizers, pair.target),
  }));
  const feeds = { ...values(small), ...pairBatch(rows).feeds };
  const inputs = wrt.map(({ name }) => parameters[name]!);
  expect(await gradientFaults(loss.mean, inputs, feeds)).toEqual([]);
});

const translateAll = (model: Translator, texts: string[], options: TranslateOptions) =>
  all(predictTranslations(model, texts, options));

describe("translator", () => {
  it("learns to write backwards, and looks at the letter that it writes", async () => {
    const data = Array.from({ length: 400 }, () => word(2 + r.below(3))).map((source) => ({
      source,
      target: [...source].reverse().join(""),
    }));
    const model = translator({
      tokenizer,
      encoder: bidirectional(gru({ hiddenSize: 16 })),
      decoder: gru({ hiddenSize: 24 }),
      attention: additive({ size: 16 }),
      embeddingSize: 12,
    });
    const optimizer = adamW({ learningRate: 0.02 });
    for await (const _ of train(model, data.slice(20), { engine, steps: 220, batchSize: 32, optimizer }));
    const test = data.slice(0, 20);
    const found = await translateAll(
      model,
      test.map(({ source }) => source),
      { engine, beamSize: 2 },
    );
    const right = found.filter(({ translations }, i) => translations[0]!.text === test[i]!.target);
    expect(right.length).toBeGreaterThanOrEqual(16);
    const { weights, source, target } = await attentionOf(model, { source: "abcd", target: "dcba" }, { engine });
    expect([source.length, target.length]).toEqual([5, 5]);
    for (const row of weights) expect(row.reduce((a, b) => a + b)).toBeCloseTo(1, 5);
  });

  it("learns to predict its sources' tokens, and goes on where it stopped as if it had not", async () => {
    const rows = Array.from({ length: 12 }, (_, i) => pairs[i % pairs.length]!);
    const options = { engine, epochs: 4, batchSize: 4, seed: 5, optimizer: adamW({ learningRate: 0.02 }) };
    const parts = { tokenPrediction: { weight: 0.5, epochs: 4 }, shareEmbeddings: true } as const;
    const lossOf = async (model: Translator) => {
      for await (const { loss } of train(model, rows, { engine, steps: 1, batchSize: 12 })) return loss;
    };
    // The embedding is as wide as a direction, or is projected to.
    for (const hiddenSize of [3, 4]) {
      const encoder = bidirectional(gru({ hiddenSize }));
      const made = () => translator({ ...small, ...parts, encoder, seed: 2 });
      const plain = translator({ ...small, ...parts, encoder, tokenPrediction: undefined, seed: 2 });
      expect(await lossOf(made())).toBeGreaterThan((await lossOf(plain))! + 0.3);
      const [whole, half] = [made(), made()];
      for await (const _ of train(whole, rows, options));
      for await (const { step } of train(half, rows, options)) if (step === 5) break;
      const again = translatorTask.unpack(JSON.parse(JSON.stringify(translatorTask.pack(half))));
      expect(again.config).toEqual(half.config);
      again.training = await checkpoint(half);
      for await (const _ of train(again, rows, { ...options, resume: true }));
      expect(again.parameters).toEqual(whole.parameters);
    }
    const deep = stacked([bidirectional(gru({ hiddenSize: 4 })), bidirectional(gru({ hiddenSize: 4 }))]);
    expect(() => make({ ...parts, encoder: deep })).toThrow(
      /translator\(tokenPrediction\): expected an encoder that reads/,
    );
  });

  it("reads its tokens as loudly where the output shares their table", async () => {
    /** How far the memories of two letters lie apart in a model that has learned nothing. */
    async function apart(tieWeights: boolean): Promise<number> {
      const model = translator({
        tokenizer,
        encoder: bidirectional(gru({ hiddenSize: 32 })),
        decoder: gru({ hiddenSize: 32 }),
        attention: multiplicative(),
        embeddingSize: 128,
        tieWeights,
      });
      const encoded = model.network.encode(parameterInputs(model.specs), input("source", ["S", 2], { dtype: "int" }), {
        lengths: input("lengths", [2], { dtype: "int" }),
      });
      const program = await engine.compile({ outputs: { memory: encoded.memory!.memory } });
      const ints = (...data: number[]): Value => ({ dtype: "int", shape: [data.length], data: Int32Array.from(data) });
      const source = { ...ints(...tokenizer.encode("ab")), shape: [1, 2] };
      const { data } = (await program.run({ ...values(model), source, lengths: ints(1, 1) })).memory!;
      await program.release();
      return Math.hypot(...Array.from(data.subarray(0, 64), (x, i) => x - data[64 + i]!));
    }
    expect((await apart(true)) / (await apart(false))).toBeGreaterThan(0.4); // 0.58 of the deviation; once 0.06
  });

  it("gives nothing for nothing, and says what it cannot do", async () => {
    const model = make({ maxTokens: 6 });
    const [empty] = await translateAll(model, [" "], { engine });
    expect(empty!.translations[0]!.text).toBe("");
    await expect(translateAll(model, ["a", "aaaaaaa"], { engine })).rejects.toThrow(
      "predict: text 2: expected at most 6 tokens, got 8",
    );
    expect(() => model.batches([{ source: "aaaaaa", target: "a" }], { batchSize: 1, bptt: 1, seed: 1 })).toThrow(
      "translator: pair 1: expected at most 6 tokens, got 7",
    );
    expect(() => make({ decoder: bidirectional(gru({ hiddenSize: 2 })) })).toThrow("translator(decoder)");
    expect(() => make({ attention: "none", inputFeeding: true })).toThrow("translator(inputFeeding)");
    expect(() => make({ tokenizer: charTokenizer.fit("ab") })).toThrow("translator(tokenizer, source)");
  });
});

it("subword dropout: the same texts on both sides, cut otherwise in each epoch; never in evaluation", () => {
  const texts = Array.from({ length: 40 }, () => `${word(6)} ${word(4)}`);
  const bpe = bpeTokenizer.fit(texts, { merges: 30 });
  const model = make({ tokenizer: bpe, shareEmbeddings: true, subwordDropout: 0.4, maxTokens: 13 });
  const data = texts.map((text, i) => ({ source: text, target: texts[39 - i]! }));
  const [one, other] = [0, 1].map(() => model.batches(data, { batchSize: 8, bptt: 1, seed: 8 }));
  const read = [0, 1].map((epoch) => {
    const sides = { source: new Set<string>(), targets: new Set<string>() };
    let tokens = 0;
    for (let batch = 0; batch < one!.perEpoch; batch++) {
      const { feeds } = one!.at({ epoch, batch });
      if (batch === 2) expect(other!.at({ epoch, batch }).feeds).toEqual(feeds);
      for (const side of ["source", "targets"] as const) {
        const { data: all, shape } = feeds[side]! as Value & { data: Int32Array };
        expect(shape[1]).toBeLessThanOrEqual(13); // a cut that is too long is not taken
        for (let b = 0; b < shape[0]!; b++) sides[side].add(bpe.decode(all.slice(b * shape[1]!, (b + 1) * shape[1]!)));
        tokens += all.filter((id) => id !== bpe.special.pad).length;
      }
    }
    for (const side of Object.values(sides)) expect([...side].sort()).toEqual([...texts].sort());
    return tokens;
  });
  expect(read[0]).not.toBe(read[1]);
  const plain = make({ tokenizer: bpe, shareEmbeddings: true });
  const first = ({ evaluationBatches }: Translator) => [...evaluationBatches(data, {}).batches()][0]!.feeds;
  expect(first(model)).toEqual(first(plain));
  expect(() => make({ subwordDropout: 0.1 })).toThrow("expected bpe tokenizers, got char");
});

it("a report counts all right targets", async () => {
  const model = make({ attention: "none" });
  const [said] = await translateAll(model, ["abc"], { engine, maxTokens: 4 });
  const output = said!.translations[0]!.text;
  const pair = { source: "abc", target: "edcba edcba" };
  const one = await reportTranslations(model, [pair], { engine, maxTokens: 4 });
  const both = await reportTranslations(model, [{ ...pair, references: [pair.target, output] }], {
    engine,
    maxTokens: 4,
  });
  expect(one.exactMatch).toBe(0);
  expect(both).toMatchObject({ exactMatch: 1, outputs: [output] });
  expect(both.bleu.signature).toContain("nrefs:2");
});

describe("chooseLengthRule", () => {
  const spaced = charTokenizer.fit("abc ", { specials: ["pad", "bos", "eos", "unk"] });
  const sources = Array.from({ length: 130 }, () => word(5).replaceAll(/[de]/g, " ").trim()).filter(Boolean);
  const [plain, rewarded] = [{ lengthPenalty: 0 }, { lengthReward: 2 }];
  const search = { engine, maxTokens: 12, bleu: { tokenizer: "char" } } as const;
  /** Small parameters: an end is likely at any step, so the rule decides the length. */
  function fresh(): Translator {
    const model = make({ tokenizer: spaced });
    model.parameters = model.parameters.map((x) => 0.5 * x);
    const bias = model.layout.slots.find(({ name }) => name === "output.bias")!;
    model.parameters[bias.offset + spaced.special.eos!]! += 1.5;
    return model;
  }
  /** Pairs whose targets are what the model writes by this rule. */
  async function writtenWith(rule: LengthRule) {
    const found = await translateAll(fresh(), sources, { ...search, ...rule });
    return found.map(({ source, translations }) => ({ source, target: translations[0]!.text }));
  }

  it("leaves the model with the rule that its references were written with; saved, loaded and used", async () => {
    const [short, long] = [await writtenWith(plain), await writtenWith(rewarded)];
    expect(long).not.toEqual(short);
    const model = fresh();
    const tried = await chooseLengthRule(model, long, { ...search, rules: [plain, rewarded, {}] });
    expect(tried.map(({ bleu: _, ...rule }) => rule)).toEqual([
      { lengthPenalty: 0, lengthReward: 0 },
      { lengthPenalty: 0, lengthReward: 2 },
      { lengthPenalty: 1, lengthReward: 0 },
    ]);
    expect(tried[1]!.bleu).toBeGreaterThan(99.9);
    expect(tried[0]!.bleu).toBeLessThan(tried[1]!.bleu);
    expect(model).toMatchObject({ lengthPenalty: 0, lengthReward: 2 });
    const packed = translatorTask.pack(model);
    expect(packed.config).toMatchObject({ lengthPenalty: 0, lengthReward: 2 });
    const loaded = translatorTask.unpack(packed);
    loaded.parameters = model.parameters;
    const found = await translateAll(loaded, sources, search);
    expect(found.map(({ translations }) => translations[0]!.text)).toEqual(long.map(({ target }) => target));
    // What a call gives replaces both.
    const given = await translateAll(loaded, sources, { ...search, lengthPenalty: 0 });
    expect(given.map(({ translations }) => translations[0]!.text)).toEqual(short.map(({ target }) => target));
    expect(translatorTask.pack(fresh()).config).not.toHaveProperty("lengthPenalty");
    expect(translatorTask.pack(fresh()).config).not.toHaveProperty("lengthReward");
    const [first, second] = tried;
    const margin = second!.bleu - first!.bleu + 0.1;
    await chooseLengthRule(model, long, { ...search, rules: [plain, rewarded], margin });
    expect(model.lengthReward).toBe(0);
  });

  it("stops where the first leaves nothing to improve; chooses nothing without the time", async () => {
    const long = await writtenWith(rewarded);
    const model = fresh();
    expect(await chooseLengthRule(model, long, { ...search, rules: [rewarded, plain] })).toHaveLength(1);
    expect(model.lengthReward).toBe(2);
    expect(await chooseLengthRule(model, long, { ...search, rules: [plain, {}], seconds: 1e-9 })).toEqual([]);
    expect(await chooseLengthRule(model, long.slice(0, 99), { ...search, rules: [plain, {}] })).toEqual([]);
    expect(model.lengthReward).toBe(2);
    const timed = await chooseLengthRule(model, long, { ...search, rules: [plain, {}, rewarded], seconds: 1000 });
    expect(timed).toEqual(await chooseLengthRule(model, long, { ...search, rules: [plain, {}, rewarded] }));
  });

  it("a reward that is too high does not write without end", async () => {
    let runs = 0;
    const counting: typeof engine = {
      ...engine,
      async compile(program, options) {
        const session = await engine.compile(program, options);
        return {
          ...session,
          run(feeds, ...more) {
            runs++;
            return session.run(feeds, ...more);
          },
        };
      },
    };
    const model = fresh();
    const short = sources.map((source) => ({ source, target: "a b" })); // 5 tokens: none writes more than 10
    await chooseLengthRule(model, short, { engine: counting, bleu: search.bleu, rules: [{ lengthReward: 9 }] });
    const batches = Math.ceil(sources.length / 32);
    expect(runs).toBeLessThanOrEqual(batches * 11);
    expect(runs).toBeGreaterThan(batches * 8);
  });

  it("an aborted choice leaves the model as it was", async () => {
    const model = fresh();
    const signal = AbortSignal.abort(new Error("stop"));
    await expect(chooseLengthRule(model, await writtenWith(rewarded), { ...search, signal })).rejects.toThrow("stop");
    expect(model.lengthPenalty).toBe(1);
    expect(() => make({ lengthPenalty: -1 })).toThrow("translator(lengthPenalty)");
    expect(() => make({ lengthReward: -1 })).toThrow("translator(lengthReward)");
    expect(make({ lengthReward: 0.5 })).toMatchObject({ lengthPenalty: 0, lengthReward: 0.5 });
    for (const rule of [{ lengthPenalty: 1, lengthReward: 0.5 }, { lengthReward: 0.5 }, { lengthPenalty: 0 }, {}]) {
      const model = make(rule);
      const { lengthPenalty, lengthReward } = translatorTask.unpack(translatorTask.pack(model));
      expect({ lengthPenalty, lengthReward }).toEqual({
        lengthPenalty: model.lengthPenalty,
        lengthReward: model.lengthReward,
      });
    }
    await expect(chooseLengthRule(model, [])).rejects.toThrow("expected rules and pairs");
  });
});
