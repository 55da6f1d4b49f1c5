// Tags for new sentences, spans for new texts, and the score of a tagger.

import { all, mapped } from "../../data/batches/in-order.ts";
import { evaluationTokens, sentenceFeeds, type Token } from "../../data/batches/tagged.ts";
import { characterRanges, type Range, wordRanges } from "../../data/index.ts";
import type { NumberSteps } from "../../data/readings.ts";
import { tagsToSpans } from "../../data/tags/schemes.ts";
import type { TaggerRow } from "../../data/tags/tagger-vocabulary.ts";
import { type DecodedTags, joinedOffsets, type TaggedSpan, tagDecoding, taggedSpans } from "../../decode/tags.ts";
import { compileModel, graphOf, rowsOf, weightsOf } from "../../networks/model.ts";
import { parameterInputs } from "../../nn/index.ts";
import { transpose } from "../../tensor/index.ts";
import { type SpanReport, spanF1, tokenAccuracy } from "../../train/index.ts";
import { spanCounter } from "../../train/metrics-tagging.ts";
import { encoderPredictor } from "../encode.ts";
import { batchPredictor, predictorOf, predictWith } from "../predictor.ts";
import type { CompileWith, Encoded, InferenceGraph, Predictor, RunOptions } from "../task.ts";
import type { Tagger } from "./model.ts";

/** `batchSize` is sentences; as many as make 4,096 tokens by default. */
export interface TagOptions extends RunOptions {
  /**
   * Taken from the score of `O` at each token, in nats; 0 by default. Above 0 more spans are found and fewer of them are
   * right. To be chosen on validation data: where a model has seen little, a missed span costs F1 as much as a false one,
   * but is likelier.
   */
  outsideBias?: number;
}

export interface TagTextsOptions extends TagOptions {
  /** How a text is cut into tokens; words, or characters where the model was trained on them. */
  tokens?: (text: string) => Range[];
}

/** A text with what a tagger found in it. */
export interface TaggedText extends DecodedTags {
  /** Tokens that were given are joined by spaces. Empty for steps of numbers. */
  text: string;
  tokens: string[];
  /** The tokens' places, `text.slice(start, end)`. */
  offsets: Range[];
  /** In UTF-16 units, as `text.slice(start, end)` counts (for steps of numbers: in steps); empty where tags are not of spans. */
  spans: TaggedSpan[];
}

/** What is tagged: a text, a sentence that is cut into tokens already, or steps of numbers. */
export type TaggerInput = string | readonly string[] | NumberSteps;

/** Graph of a tagger: its inputs (words, lengths, characters, ...) -> emissions [B, T, K]. */
export const taggerGraph = (model: Tagger): InferenceGraph =>
  graphOf({ emissions: transpose(model.apply(parameterInputs(model.specs)).emissions, [1, 0, 2]) });

/** An input as it is read; `parts` are what the network reads. */
export type Cut = Pick<TaggedText, "text" | "tokens" | "offsets"> & { parts: readonly Token[] };

/** Cuts an input into tokens, unless it is cut already. */
export function cutInput({ vocabulary, config }: Tagger, one: TaggerInput, tokens: TagTextsOptions["tokens"]): Cut {
  if (config.features) return { text: "", tokens: [], offsets: [], parts: one as NumberSteps };
  if (typeof one !== "string") return joined(one as readonly string[]);
  return cutText(one, tokens ?? (vocabulary.characters ? characterRanges : wordRanges));
}

type Scored = Cut & {
  /** Scores of the tags, [tokens, K]. */
  readonly emissions: Float32Array;
};

/** Compiles a tagger up to its emissions. */
async function emissionsPredictor(
  model: Tagger,
  compileWith?: CompileWith,
): Promise<Predictor<TaggerInput, Scored, TagTextsOptions>> {
  const session = await compileModel(model, taggerGraph(model), compileWith);
  const K = model.vocabulary.tags.length;
  return batchPredictor<TaggerInput, Cut, Scored, TagTextsOptions>({
    read: (one, options) => cutInput(model, one, options.tokens),
    lengthOf: ({ parts }) => parts.length,
    size: { tokensPerBatch: evaluationTokens },
    async answer(rows) {
      const full = rows.map(({ parts }) => parts).filter(({ length }) => length > 0);
      const run = async () => rowsOf(await session.run(sentenceFeeds(model.encoding, full)), full.length);
      const emissions = full.length === 0 ? [] : await run();
      return rows.map((row) => {
        const { length } = row.parts;
        const own = length === 0 ? new Float32Array(0) : emissions.shift()!.emissions!.subarray(0, length * K);
        return { ...row, emissions: own as Float32Array };
      });
    },
    release: () => session.release(),
  });
}

/** From emissions to tags, by the weights as they are now. */
function decodingOf(model: Tagger) {
  const weights = weightsOf(model);
  const chain = model.decoder.chain((name) => weights[`decoder.${name}`]!.data);
  const decode = tagDecoding(model.vocabulary, chain, model.config.decoder.type === "crf");
  return (emissions: Float32Array, outsideBias = 0) => decode(Float64Array.from(emissions), outsideBias);
}

/** Compiles a tagger: the best tags of each input, and the spans with their places in the text. */
export async function taggerPredictor(
  model: Tagger,
  compileWith?: CompileWith,
): Promise<Predictor<TaggerInput, TaggedText, TagTextsOptions>> {
  const scores = await emissionsPredictor(model, compileWith);
  const decode = decodingOf(model);
  async function* stream(inputs: Iterable<TaggerInput>, options: TagTextsOptions) {
    for await (const { parts, emissions, ...row } of scores.stream(inputs, options)) {
      const decoded = decode(emissions, options.outsideBias);
      const offsets = model.config.features ? Array.from(parts, (_, t): Range => [t, t + 1]) : row.offsets;
      yield { ...row, ...decoded, offsets, spans: taggedSpans(model.vocabulary, decoded, row.text, offsets) };
    }
  }
  return predictorOf(stream, scores.release);
}

/** Compiles the encoder of a tagger. */
export function taggerEncoder(model: Tagger, compileWith?: CompileWith): Promise<Predictor<TaggerInput, Encoded>> {
  const { states } = model.apply(parameterInputs(model.specs));
  const parts = {
    outputs: { states: transpose(states, [1, 0, 2]) },
    read: (one: TaggerInput) => cutInput(model, one, undefined).parts,
    feeds: (rows: readonly (readonly Token[])[]) => sentenceFeeds(model.encoding, rows),
  };
  return encoderPredictor(model, parts, compileWith);
}

export const predictTags = predictWith(taggerPredictor);
const scoresOf = predictWith(emissionsPredictor);

function cutText(text: string, cut: (text: string) => Range[]): Cut {
  const offsets = cut(text);
  const tokens = offsets.map(([start, end]) => text.slice(start, end));
  return { text, offsets, tokens, parts: tokens };
}

const joined = (tokens: readonly string[]): Cut => ({
  text: tokens.join(" "),
  tokens: [...tokens],
  offsets: joinedOffsets(tokens),
  parts: tokens,
});

const inputOf = (row: TaggerRow): TaggerInput => ("steps" in row ? row.steps : row.tokens);

/** How well a tagger does. */
export interface TaggerReport {
  sentences: number;
  tokens: number;
  /** Share of tokens with the right tag. */
  accuracy: number;
  /** Spans as conlleval counts them; absent where tags are not of spans. */
  spans?: SpanReport;
  /** Tags of the reference that the model cannot give, with their counts: they count as faults. */
  unknown: Readonly<Record<string, number>>;
  /** What the model gave, in the order of the data. */
  predicted: string[][];
}

/** Scores a tagger on tagged sentences. */
export async function reportTags(
  model: Tagger,
  data: Iterable<TaggerRow>,
  options: TagOptions = {},
): Promise<TaggerReport> {
  const sentences = mapped(data, inputOf);
  const predicted = (await all(predictTags(model, sentences, options), options.signal)).map(({ tags }) => tags);
  const gold = Array.from(data, ({ tags }) => tags);
  const { tags: known, scheme } = model.vocabulary;
  const typeOf = (tag: string) => (scheme === "none" ? tag : tag.slice(2));
  const types = new Set(known.map(typeOf));
  const unknown: Record<string, number> = {};
  for (const tag of gold.flat()) {
    if (tag !== "O" && !types.has(typeOf(tag))) unknown[tag] = (unknown[tag] ?? 0) + 1;
  }
  return {
    sentences: gold.length,
    tokens: gold.reduce((sum, tags) => sum + tags.length, 0),
    accuracy: tokenAccuracy(gold, predicted),
    ...(scheme === "none" ? {} : { spans: spanF1(gold, predicted) }),
    unknown,
    predicted,
  };
}

/**
 * The bias against `O` whose tags have the best F1 on some rows; of equal ones the first. A network that has seen few spans
 * finds too few of them: the loss counts tokens, of which nearly all are outside, and F1 counts spans.
 *
 * @returns F1 and accuracy over tokens with it
 */
export async function chooseOutsideBias(
  model: Tagger,
  rows: readonly TaggerRow[],
  biases: readonly number[],
  options: TagOptions,
): Promise<{ bias: number; f1: number; accuracy: number }> {
  const decode = decodingOf(model);
  const tried = biases.map((bias) => ({ bias, right: 0, spans: spanCounter() }));
  const inputs = mapped(rows, inputOf);
  let [at, tokens] = [0, 0];
  for await (const { emissions } of scoresOf(model, inputs, options)) {
    const gold = rows[at++]!.tags;
    const reference = tagsToSpans(gold);
    tokens += gold.length;
    for (const one of tried) {
      const { tags } = decode(emissions, one.bias);
      one.spans.add(reference, tagsToSpans(tags));
      for (const [t, tag] of tags.entries()) if (tag === gold[t]) one.right++;
    }
  }
  const scored = tried.map(({ bias, right, spans }) => ({
    bias,
    f1: spans.scores().overall.f1,
    accuracy: right / Math.max(1, tokens),
  }));
  return scored.reduce((best, one) => (one.f1 > best.f1 ? one : best));
}
