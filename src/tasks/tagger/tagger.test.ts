import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { random } from "../../base/index.ts";
import { all } from "../../data/batches/in-order.ts";
import { sentenceFeeds } from "../../data/batches/tagged.ts";
import { characterIds } from "../../data/tags/tagger-vocabulary.ts";
import { wordVectors } from "../../embeddings/index.ts";
import { bidirectional, crf, dense, embedding, freeze, independent, lstm } from "../../nn/index.ts";
import { load, nodeEngine, save } from "../../node/index.ts";
import { adamW, evaluate, sgd, train } from "../../train/index.ts";
import { type Tagged, type Tagger, type TagTextsOptions, tagger, taggerVocabulary } from "./index.ts";
import { predictTags, reportTags } from "./predict.ts";

const engine = nodeEngine({ threads: 1 });

/** "the mole saw Ann Lee in Paris": one or two names, places after "in". IOB1, where B- comes only between neighbors. */
function corpus(count: number, seed: number): Tagged[] {
  const r = random(seed);
  const pick = <A>(list: readonly A[]) => list[r.below(list.length)]!;
  const animals = ["mole", "crow", "hare", "toad"];
  const people = ["Ann", "Lee", "Bo", "Kim", "Zed"];
  const places = ["Paris", "Rome", "Oslo", "Lima"];
  return Array.from({ length: count }, () => {
    const tokens = ["the", pick(animals), "saw"];
    const tags = ["O", "O", "O"];
    for (let n = 1 + r.below(2); n > 0; n--) {
      tokens.push(pick(people));
      tags.push("I-PER");
    }
    if (r.below(2)) {
      tokens.push("in", pick(places));
      tags.push("O", "I-LOC");
    }
    return { tokens, tags };
  });
}

const data = corpus(80, 1);
const held = corpus(30, 2);
const vocabulary = taggerVocabulary(data);
const make = (options: object = {}) =>
  tagger({
    vocabulary,
    embeddingSize: 8,
    encoder: bidirectional(lstm({ hiddenSize: 8 })),
    characters: { embeddingSize: 4, hiddenSize: 4, limit: 6 },
    dropout: 0.1,
    seed: 3,
    ...options,
  });

async function fitted(model: Tagger, sentences = data, steps = 30) {
  const optimizer = adamW({ learningRate: 0.03 });
  for await (const _ of train(model, sentences, { engine, steps, batchSize: 16, optimizer })) void _;
  return model;
}

const tagSentences = async (model: Tagger, sentences: readonly string[][], options: TagTextsOptions) =>
  (await all(predictTags(model, sentences, options))).map(({ tags }) => tags);

const f1Of = async (one: Tagger) => (await reportTags(one, held, { engine })).spans!.overall.f1;

describe("tagger", () => {
  let model: Tagger;
  beforeAll(async () => {
    model = await fitted(make());
  });

  it("recognizes the scheme, writes IOBES inside, and answers in the corpus's own", async () => {
    expect(vocabulary).toMatchObject({ written: "IOB1", scheme: "IOBES" });
    expect(vocabulary.tags).toEqual(["B-PER", "E-PER", "O", "S-LOC", "S-PER"]);
    const tags = await tagSentences(model, [["the", "crow", "saw", "Ann", "Bo", "in", "Rome"]], { engine });
    expect(tags).toEqual([["O", "O", "O", "I-PER", "I-PER", "O", "I-LOC"]]);
  });

  it("learns: every span of held-out sentences is found", async () => {
    const { spans, accuracy, unknown } = await reportTags(model, held, { engine });
    expect(spans!.overall.f1).toBe(1);
    expect(accuracy).toBe(1);
    expect(unknown).toEqual({});
    expect((await evaluate(model, held, { engine })).nats).toBeLessThan(0.05);
  });

  it("finds more spans the less O counts", async () => {
    const found = async (outsideBias: number) =>
      (await reportTags(model, held, { engine, outsideBias })).spans!.overall.predicted;
    expect(await found(-50)).toBe(0);
    expect(await found(50)).toBeGreaterThan(await found(0));
  });

  it("an evaluation takes from the bias of O what finds the most spans, and keeps the parameters with it", async () => {
    const { offset } = model.layout.slots.find(({ name }) => name === "output.bias")!;
    const outside = offset + vocabulary.tags.indexOf("O");
    const shy = make();
    shy.parameters = model.parameters.slice();
    shy.parameters[outside]! += 40;
    for (let more = 40; (await f1Of(shy)) < 0.5; more -= 0.5)
      shy.parameters[outside] = model.parameters[outside]! + more;
    shy.parameters[outside]! += 0.5; // a little too much
    const [before, given] = [await f1Of(shy), shy.parameters.slice()];
    const judged = await shy.judge!(held, { engine, means: {}, nats: 0 });
    expect(before).toBeLessThan(0.5);
    expect(judged.score).toBeGreaterThan(0.5);
    const changed = [...judged.parameters!.keys()].filter((i) => judged.parameters![i] !== given[i]);
    expect(changed).toEqual([outside]);
    expect([...shy.parameters]).toEqual([...given]); // training goes on from them
    shy.parameters = judged.parameters!;
    expect(await f1Of(shy)).toBe(judged.score);
    // Where the output is right already, nothing is taken.
    expect((await model.judge!(held, { engine, means: {}, nats: 0 })).parameters).toBe(model.parameters);
  });

  it("gives spans with their places in the text", async () => {
    const text = "  the hare, saw Ann Lee\tin Oslo";
    const [found] = await all(predictTags(model, [text, ""], { engine }));
    expect(found!.spans.map(({ start, end }) => text.slice(start, end))).toEqual(found!.spans.map((span) => span.text));
    expect(found!.spans.at(-1)).toMatchObject({ start: 27, end: 31, label: "LOC", text: "Oslo" });
  });

  it("gives a sentence the same tags alone and in a batch, in order", async () => {
    const sentences = [...held.map(({ tokens }) => [...tokens]), [], ["saw"]];
    const together = await tagSentences(model, sentences, { engine });
    const alone = await tagSentences(model, sentences, { engine, batchSize: 1 });
    expect(together).toEqual(alone);
    expect(together.at(-2)).toEqual([]);
  });

  it("is the same after saving and loading", async () => {
    const folder = join(await mkdtemp(join(tmpdir(), "unrolled-")), "tagger");
    await save(model, folder);
    const again = await load(folder);
    expect(again.task).toBe("tagger");
    const a = await evaluate(model, held, { engine });
    const b = await evaluate(again as Tagger, held, { engine });
    expect(b.nats).toBe(a.nats);
    expect((again as Tagger).vocabulary.written).toBe("IOB1");
  });

  it("tags parts of speech without a chain, and characters with pairs instead of a character network", async () => {
    const parts = data.map(({ tokens, tags }) => ({ tokens, tags: tags.map((tag) => (tag === "O" ? "X" : "PROPN")) }));
    const plain = await fitted(
      make({ vocabulary: taggerVocabulary(parts), decoder: independent() }),
      parts as typeof data,
      30,
    );
    const { accuracy } = await reportTags(plain, parts, { engine });
    expect(accuracy).toBeGreaterThan(0.99);
    expect((await evaluate(plain, parts, { engine })).means.accuracy).toBeCloseTo(accuracy, 6);
    const letters = data.map(({ tokens, tags }) => ({
      tokens: [...tokens.join(" ")],
      tags: tokens.flatMap((token, i) => [
        ...(i ? ["O"] : []),
        ...[...token].map((_, k) => (tags[i] === "O" ? "O" : k ? "I-N" : "B-N")),
      ]),
    }));
    const byLetter = make({ vocabulary: taggerVocabulary(letters, { characters: true }), decoder: crf() });
    await fitted(byLetter, letters.slice(0, 40), 40);
    expect((await reportTags(byLetter, letters, { engine })).spans!.overall.f1).toBeGreaterThan(0.9);
  });

  it("reads each word once: the characters of a place are those of its form", () => {
    const vocabulary = taggerVocabulary(data);
    const sentences = [["the", "toad", "the", "hare"], ["the"], []];
    const limit = 6;
    const feeds = sentenceFeeds({ vocabulary, characterLimit: limit, shapes: true }, sentences);
    expect(feeds.characters0!.shape).toEqual([1, 3]); // the
    expect(feeds.characters1!.shape).toEqual([2, 4]); // toad, hare
    for (const [b, tokens] of sentences.entries()) {
      for (const [t, token] of tokens.entries()) {
        const list = feeds.long!.data[b * 4 + t]!;
        const form = feeds[`forms${list}`]!.data[b * 4 + t]!;
        const ids = [...characterIds(vocabulary, token, limit)];
        const { data: all, shape } = feeds[`characters${list}`]!;
        expect([...all.slice(form * shape[1]!, form * shape[1]! + ids.length)]).toEqual(ids);
        expect(feeds[`characterCounts${list}`]!.data[form]).toBe(ids.length);
      }
    }
  });

  it("a batch's gradient, in two shards with repeated words, is the mean of its sentences' own", async () => {
    const [a, b] = [data.find(({ tokens }) => tokens.length === 4)!, data.find(({ tokens }) => tokens.length > 5)!];
    const start = make({ dropout: 0, shapes: 3 }).parameters;
    const gradient = async (sentences: Tagged[]) => {
      const model = make({ dropout: 0, shapes: 3 });
      const options = { engine, steps: 1, batchSize: sentences.length, clipNorm: Infinity };
      for await (const _ of train(model, sentences, { ...options, optimizer: sgd({ learningRate: 1 }) })) void _;
      return Float64Array.from(model.parameters, (value, i) => start[i]! - value);
    };
    const both = await gradient([...new Array<Tagged>(9).fill(a), ...new Array<Tagged>(7).fill(b)]);
    const [ofA, ofB] = [await gradient([a]), await gradient([b])];
    const [m, n] = [9 * a.tokens.length, 7 * b.tokens.length];
    const worst = both.reduce(
      (most, value, i) => Math.max(most, Math.abs(value - (m * ofA[i]! + n * ofB[i]!) / (m + n))),
      0,
    );
    expect(Math.max(...ofA)).toBeGreaterThan(0.01);
    expect(worst).toBeLessThan(1e-6);
  });

  it("validation keeps the parameters with the best F1, and says it", async () => {
    const watched = make();
    let [most, last] = [0, 0];
    const optimizer = adamW({ learningRate: 0.03 });
    const options = { engine, steps: 12, batchSize: 16, optimizer, valid: held, evaluateEvery: 2 };
    for await (const { valid, best } of train(watched, data, options)) {
      most = Math.max(most, valid?.means.F1 ?? 0);
      last = best?.judged?.score ?? 0;
    }
    expect(most).toBeGreaterThan(0.3);
    expect(last).toBe(most);
    expect((await reportTags(watched, held, { engine })).spans!.overall.f1).toBe(most);
  });

  it("counts tags that training did not have as faults, and refuses to train on them", async () => {
    const strange = [
      { tokens: ["a", "b"], tags: ["O", "B-ORG"], line: 7 },
      { tokens: ["a", "b", "c"], tags: ["B-PER", "I-PER", "I-PER"], line: 10 },
    ];
    const { tokens } = await evaluate(model, strange, { engine });
    expect(tokens).toBeGreaterThan(0);
    const { unknown, spans } = await reportTags(model, strange, { engine });
    expect(unknown).toMatchObject({ "B-ORG": 1 });
    expect(spans!.types.ORG).toMatchObject({ recall: 0, gold: 1 });
    const optimizer = adamW({ learningRate: 0.01 });
    // A validation set with a rare tag does not end the training.
    for await (const _ of train(make(), data, { engine, steps: 2, batchSize: 8, optimizer, valid: strange }));
    const run = train(make(), strange, { engine, steps: 1, batchSize: 2, optimizer });
    await expect(run.next()).rejects.toThrow('tagger: line 8: unknown tag "S-ORG"');
  });
});

describe("tagger({ lexicon })", () => {
  const r = random(11);
  const words = Array.from({ length: 240 }, () => Array.from({ length: 3 }, () => "abcdefgh"[r.below(8)]).join(""));
  const distinct = [...new Set(words)];
  /** Every second word is a name; only its vector tells. */
  const isName = (word: string) => distinct.indexOf(word) % 2 === 0;
  const table = wordVectors({
    words: distinct,
    matrix: Float32Array.from(distinct.flatMap((word) => [isName(word) ? 1 : -1, 0.5])),
    dim: 2,
  });
  /** Three words with spaces between, by character. */
  const sentencesOf = (known: readonly string[], count: number): Tagged[] =>
    Array.from({ length: count }, () => {
      const chosen = [0, 1, 2].map(() => known[r.below(known.length)]!);
      const tokens = [...chosen.join(" ")];
      const tags = chosen.flatMap((word, i) => [
        ...(i > 0 ? ["O"] : []),
        ...(isName(word) ? ["B-X", "I-X", "I-X"] : ["O", "O", "O"]),
      ]);
      return { tokens, tags };
    });
  const [seen, unseen] = [sentencesOf(distinct.slice(0, 120), 80), sentencesOf(distinct.slice(120), 30)];
  const encoder = bidirectional(lstm({ hiddenSize: 8 }));
  const options = { encoder, embeddingSize: 4, characters: { embeddingSize: 4 }, dropout: 0.1, seed: 3 } as const;
  const score = async (model: Tagger) => {
    await fitted(model, seen, 60);
    return (await reportTags(model, unseen, { engine })).spans!.overall.f1;
  };

  it("knows words by their vectors that training never met; saved and loaded with them", async () => {
    const vocabulary = taggerVocabulary(seen, { characters: true, lexicon: table.words });
    const model = tagger({ ...options, vocabulary, lexicon: freeze(embedding({ from: table })) });
    expect(model.frozenLayout.slots.map(({ name }) => name)).toEqual(["lexicon.weight"]);
    expect(await score(model)).toBeGreaterThan(0.95);
    const plain = tagger({ ...options, vocabulary: taggerVocabulary(seen, { characters: true }) });
    expect(await score(plain)).toBeLessThan(0.8);
    const folder = await mkdtemp(join(tmpdir(), "unrolled-"));
    await save(model, folder);
    const loaded = (await load(folder)) as Tagger;
    expect(loaded.vocabulary.lexicon!.tokens).toEqual(distinct);
    const tokens = unseen.map((one) => [...one.tokens]);
    expect(await tagSentences(loaded, tokens, { engine })).toEqual(await tagSentences(model, tokens, { engine }));
  });

  it("needs a vocabulary that has one, and an embedding", () => {
    const vocabulary = taggerVocabulary(seen, { characters: true });
    const lexicon = embedding({ from: table });
    expect(() => tagger({ ...options, vocabulary, lexicon })).toThrow(
      "tagger(lexicon): expected a vocabulary with a lexicon",
    );
    const having = taggerVocabulary(seen, { characters: true, lexicon: table.words });
    expect(() => tagger({ ...options, vocabulary: having, lexicon: dense({ outputSize: 2 }) })).toThrow(
      "expected an embedding",
    );
    expect(() => tagger({ ...options, vocabulary: having })).toThrow(
      "expected an embedding of the vocabulary's lexicon",
    );
    expect(taggerVocabulary(data, { lexicon: table.words }).lexicon).toBeUndefined(); // tokens are words
  });
});
