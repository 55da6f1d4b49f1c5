// `tagger({ context })`: a language model's states where tokens end, by themselves, in batches, trained beside and saved.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { random } from "../../base/index.ts";
import { all } from "../../data/batches/in-order.ts";
import { sentenceFeeds } from "../../data/batches/tagged.ts";
import { charTokenizer, wordTokenizer } from "../../data/index.ts";
import { compileModel } from "../../networks/model.ts";
import { contextStates } from "../../networks/token-parts.ts";
import {
  bidirectional,
  gru,
  type Layer,
  layerNorm,
  lstm,
  parameterInputs,
  preNorm,
  rnn,
  stacked,
} from "../../nn/index.ts";
import { load, nodeEngine, save } from "../../node/index.ts";
import { transpose } from "../../tensor/index.ts";
import { adamW, train } from "../../train/index.ts";
import { languageModelEncoder } from "../sequence/generate.ts";
import { languageModel } from "../sequence/language-model.ts";
import { tasks } from "../tasks.ts";
import { contextOf, type Tagged, type Tagger, tagger, taggerVocabulary } from "./index.ts";
import { predictTags, reportTags } from "./predict.ts";

const engine = nodeEngine({ threads: 1 });
const letters = "abcdefgh";
const tokenizer = charTokenizer.fit(`\n ${letters}`);
const modelOf = (encoder: Layer) => languageModel({ tokenizer, encoder, embeddingSize: 4, seed: 2 });
const H = 16;
const read = modelOf(stacked([rnn({ hiddenSize: H }), preNorm(gru({ hiddenSize: H })), layerNorm()]));
const context = contextOf(read);

/** Words of three letters; the last one tells whether it is a name. */
function corpus(count: number, seed: number): Tagged[] {
  const r = random(seed);
  const letter = () => letters[r.below(letters.length)]!;
  return Array.from({ length: count }, () => {
    const tokens = Array.from({ length: 1 + r.below(6) }, () => letter() + letter() + letter());
    return { tokens, tags: tokens.map((word) => (word[2]! < "e" ? "B-X" : "O")) };
  });
}
const data = corpus(120, 1);
// Every word is unknown: what tells them apart is how they are written.
const vocabulary = taggerVocabulary(data, { minCount: 1000, context: context.tokens });
const plain = {
  encoder: bidirectional(lstm({ hiddenSize: 8 })),
  characters: false,
  embeddingSize: 4,
  dropout: 0.1,
  seed: 3,
} as const;
const make = (more: object = {}) => tagger({ ...plain, vocabulary, context, ...more });
async function fitted(model: Tagger, steps = 100) {
  const optimizer = adamW({ learningRate: 0.03 });
  for await (const _ of train(model, data, { engine, steps, batchSize: 16, optimizer })) void _;
  return model;
}
const tagsOf = (model: Tagger, sentences: readonly Tagged[]) =>
  all(
    predictTags(
      model,
      sentences.map(({ tokens }) => [...tokens]),
      { engine },
    ),
  );

describe("tagger({ context })", () => {
  it("reads the states that the language model itself has where each token ends, in a batch of unlike lengths", async () => {
    const model = make();
    const built = contextStates(
      context.embedding.build(tokenizer.vocabulary.size),
      context.encoder.build(read.config.embeddingSize),
    );
    const outputs = { states: transpose(built.apply(parameterInputs(model.specs)), [1, 0, 2]) };
    const session = await compileModel(model, { outputs }, { engine });
    const sentences = [["abc"], ["ha", "b", "cde", "fff"], ["aaa", "b"]];
    const { context: ids, contextPlaces } = sentenceFeeds(model.encoding, sentences);
    const { states } = await session.run({ context: ids!, contextPlaces: contextPlaces! });
    const encoder = await languageModelEncoder(read, { engine });
    for (const [b, tokens] of sentences.entries()) {
      const [own] = await encoder.run([`\n${tokens.join(" ")}`]);
      let end = 0;
      for (const [t, token] of tokens.entries()) {
        end += token.length + (t > 0 ? 1 : 0);
        const at = (b * 4 + t) * H;
        const found = (states!.data as Float32Array).subarray(at, at + H);
        for (const [h, value] of found.entries()) expect(value).toBeCloseTo(own!.states[end]![h]!, 5);
      }
    }
    await encoder.release();
    await session.release();
  });

  it("knows words that training never met by how they are written; the states' parameters do not move", async () => {
    const model = make();
    const before = model.frozen.slice();
    expect(model.frozenLayout.slots.every(({ name }) => name.startsWith("context"))).toBe(true);
    expect(before.length).toBeGreaterThan(300);
    await fitted(model);
    expect(model.frozen).toEqual(before);
    const unseen = corpus(60, 9);
    const f1 = async (one: Tagger) => (await reportTags(one, unseen, { engine })).spans!.overall.f1;
    expect(await f1(model)).toBeGreaterThan(0.8);
    expect(
      await f1(await fitted(tagger({ ...plain, vocabulary: taggerVocabulary(data, { minCount: 1000 }) }))),
    ).toBeLessThan(0.7);
  });

  it("tags a sentence alone as in a batch, and after saving and loading", async () => {
    const model = await fitted(make(), 10);
    const some = data.slice(0, 12);
    const together = await tagsOf(model, some);
    for (const [i, one] of some.entries()) expect((await tagsOf(model, [one]))[0]!.tags).toEqual(together[i]!.tags);
    const packed = tasks.tagger.pack(model as never);
    const broken = { ...packed, config: { ...model.config, context: {} } };
    expect(() => tasks.tagger.unpack(broken as never)).toThrow(
      "architecture(embedding): expected a layer with its type",
    );
    const folder = await mkdtemp(join(tmpdir(), "unrolled-"));
    await save(model, folder);
    const loaded = (await load(folder)) as Tagger;
    expect(loaded.config).toEqual(model.config);
    expect(await tagsOf(loaded, some)).toEqual(together);
    await rm(folder, { recursive: true });
  });

  it("needs a model of characters that reads forward, and a vocabulary with its characters", () => {
    const words = languageModel({ tokenizer: wordTokenizer.fit("a b"), encoder: gru({ hiddenSize: 2 }) });
    const graphemes = charTokenizer.fit("ab", { unit: "grapheme" });
    const marks = languageModel({ tokenizer: graphemes, encoder: gru({ hiddenSize: 2 }) });
    expect(() => contextOf(marks)).toThrow("got one of graphemes");
    expect(() => contextOf(words)).toThrow("contextOf: expected a language model of characters, got one of words");
    expect(() => make({ vocabulary: taggerVocabulary(data) })).toThrow(
      "tagger(context): expected a vocabulary with the context's characters, got one without",
    );
    expect(() => make({ context: undefined })).toThrow(
      "tagger(context): expected the layers of the vocabulary's language model, got none",
    );
    expect(() => make({ features: [{ mean: 0, deviation: 1 }] })).toThrow(
      "tagger(context): expected tokens that are words or characters, got steps of numbers",
    );
    const encoder = bidirectional(gru({ hiddenSize: 2 }));
    expect(() => make({ context: { ...context, encoder } })).toThrow(
      "tagger(context): expected layers that read from the past only",
    );
  });
});
