// Tags for new sentences, spans for new texts, and the score of a tagger.

import { all, mapped } from "../../data/batches/in-order.ts";
import { evaluationTokens, sentenceFeeds, type Token } from "../../data/batches/tagged.ts";
import { characterRanges, type Range, wordRanges } from "../../data/index.ts";
import type { NumberSteps } from "../../data/readings.ts";
import type { TaggerRow } from "../../data/tags/tagger-vocabulary.ts";
import { type DecodedTags, joinedOffsets, type TaggedSpan, tagDecoding, taggedSpans } from "../../decode/tags.ts";
import { compileModel, graphOf, rowsOf, weightsOf } from "../../networks/model.ts";
import { parameterInputs } from "../../nn/index.ts";
import { transpose } from "../../tensor/index.ts";
import { type SpanReport, spanF1, tokenAccuracy } from "../../train/index.ts";
import { encoderPredictor } from "../encode.ts";
import { batchPredictor, predictWith } from "../predictor.ts";
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

/** Compiles a tagger: the best tags of each input, and the spans with their places in the text. */
export async function taggerPredictor(
  model: Tagger,
  compileWith?: CompileWith,
): Promise<Predictor<TaggerInput, TaggedText, TagTextsOptions>> {
  const { vocabulary, config } = model;
  const session = await compileModel(model, taggerGraph(model), compileWith);
  const weights = weightsOf(model);
  // The weights as they are now, which are those that were compiled.
  const chain = model.decoder.chain((name) => weights[`decoder.${name}`]!.data);
  const decode = tagDecoding(vocabulary, chain, config.decoder.type === "crf");
  const K = vocabulary.tags.length;

  return batchPredictor<TaggerInput, Cut, TaggedText, TagTextsOptions>({
    read: (one, options) => cutInput(model, one, options.tokens),
    lengthOf: ({ parts }) => parts.length,
    size: { tokensPerBatch: evaluationTokens },
    async answer(rows, { outsideBias = 0 }) {
      const full = rows.map(({ parts }) => parts).filter(({ length }) => length > 0);
      const run = async () => rowsOf(await session.run(sentenceFeeds(model.encoding, full)), full.length);
      const emissions = full.length === 0 ? [] : await run();
      return rows.map(({ parts, ...row }) => {
        const own = parts.length === 0 ? [] : emissions.shift()!.emissions!.subarray(0, parts.length * K);
        const decoded = decode(Float64Array.from(own), outsideBias);
        const offsets = config.features ? Array.from(parts, (_, t): Range => [t, t + 1]) : row.offsets;
        return { ...row, ...decoded, spans: taggedSpans(vocabulary, decoded, row.text, offsets) };
      });
    },
    release: () => session.release(),
  });
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
  const sentences = mapped(data, (row): TaggerInput => ("steps" in row ? row.steps : row.tokens));
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
