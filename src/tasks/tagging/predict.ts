// Tags for new sentences, spans for new texts, and the score of a tagger.
import {
  characterRanges,
  type Range,
  type TextSpan,
  tagSpansToTextSpans,
  tagsToSpans,
  wordRanges,
} from "../../data/index.ts";
import { viterbi } from "../../decode/index.ts";
import type { Session } from "../../engine/index.ts";
import { parameterInputs } from "../../nn/index.ts";
import { transpose } from "../../tensor/index.ts";
import { type SpanReport, spanF1, tokenAccuracy } from "../../train/index.ts";
import { all, inOrder, mapped } from "../in-order.ts";
import { compileModel, graphOf, weightsOf } from "../model.ts";
import type { InferenceGraph, RunOptions } from "../task.ts";
import { evaluationTokens, sentenceFeeds } from "./data.ts";
import type { Tagger } from "./model.ts";
import { type Tagged, tagsAsWritten } from "./vocabulary.ts";

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
export interface TaggedText {
  /** Tokens that were given are joined by spaces. */
  text: string;
  tokens: string[];
  /** The tokens' places, `text.slice(start, end)`. */
  offsets: Range[];
  /** In the scheme of the corpus that the model was trained on. */
  tags: string[];
  /** In UTF-16 units, as `text.slice(start, end)` counts; empty where tags are not of spans. */
  spans: (TextSpan & { text: string })[];
}

/** Graph of a tagger: its inputs (words, lengths, characters, ...) -> emissions [B, T, K]. */
export const taggerGraph = (model: Tagger): InferenceGraph =>
  graphOf({ emissions: transpose(model.emissions(parameterInputs(model.specs)).emissions, [1, 0, 2]) });

type Cut = Pick<TaggedText, "text" | "tokens" | "offsets">;

/**
 * Tags texts, or sentences that are cut into tokens already: the best tags of each, and the spans with their places in the
 * text.
 */
export async function* predictTags(
  model: Tagger,
  inputs: Iterable<string | readonly string[]>,
  options: TagTextsOptions = {},
): AsyncGenerator<TaggedText, void, void> {
  const { engine, threads, batchSize, outsideBias = 0, signal } = options;
  const { characters, scheme } = model.vocabulary;
  const cut = options.tokens ?? (characters ? characterRanges : wordRanges);
  let executable: Session | undefined;
  const run = async (rows: readonly Cut[]): Promise<TaggedText[]> => {
    const sentences = rows.map(({ tokens }) => tokens).filter(({ length }) => length > 0);
    executable ??= await compileModel(model, taggerGraph(model), { engine, threads });
    const decoded = sentences.length === 0 ? [] : await decode(model, executable, sentences, outsideBias);
    return rows.map((row) => {
      const tags = row.tokens.length === 0 ? [] : decoded.shift()!;
      const found = scheme === "none" ? [] : tagSpansToTextSpans(tagsToSpans(tags), row.offsets);
      return { ...row, tags, spans: found.map((span) => ({ ...span, text: row.text.slice(span.start, span.end) })) };
    });
  };
  try {
    yield* inOrder(
      mapped(inputs, (one): Cut => (typeof one === "string" ? cutText(one, cut) : joined(one))),
      run,
      {
        lengthOf: ({ tokens }) => tokens.length,
        size: batchSize === undefined ? { tokensPerBatch: evaluationTokens } : { batchSize },
        signal,
      },
    );
  } finally {
    await executable?.release();
  }
}

function cutText(text: string, cut: (text: string) => Range[]): Cut {
  const offsets = cut(text);
  return { text, offsets, tokens: offsets.map(([start, end]) => text.slice(start, end)) };
}

function joined(tokens: readonly string[]): Cut {
  let start = 0;
  const offsets = tokens.map((token): Range => {
    const range: Range = [start, start + token.length];
    start += token.length + 1;
    return range;
  });
  return { text: tokens.join(" "), tokens: [...tokens], offsets };
}

/** The best path of tags of each sentence, none of them empty. */
async function decode(
  model: Tagger,
  executable: Session,
  sentences: readonly (readonly string[])[],
  outsideBias: number,
): Promise<string[][]> {
  const { vocabulary } = model;
  const K = vocabulary.tags.length;
  const outside = vocabulary.scheme === "none" ? -1 : vocabulary.tags.indexOf("O");
  const weights = weightsOf(model);
  const chain = model.decoder.chain((name) => weights[`decoder.${name}`]!.data);
  const { data, shape } = (await executable.run(sentenceFeeds(model.encoding, sentences))).emissions!; // [B, T, K]
  const row = shape[1]! * K;
  return sentences.map(({ length }, b) => {
    const emissions = Float64Array.from(data.subarray(b * row, b * row + length * K));
    if (outside >= 0) for (let at = outside; at < emissions.length; at += K) emissions[at]! -= outsideBias;
    const { tags } = viterbi({ emissions, ...chain });
    return tagsAsWritten(
      vocabulary,
      tags.map((tag) => vocabulary.tags[tag]!),
    );
  });
}

/** @deprecated `predict` */
export const tagSentences = async (
  model: Tagger,
  sentences: readonly (readonly string[])[],
  options: TagOptions = {},
): Promise<string[][]> => (await all(predictTags(model, sentences, options), options.signal)).map(({ tags }) => tags);

/** @deprecated `predict` */
export const tagTexts = (model: Tagger, texts: readonly string[], options: TagTextsOptions = {}) =>
  all(predictTags(model, texts, options), options.signal);

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
  data: Iterable<Tagged>,
  options: TagOptions = {},
): Promise<TaggerReport> {
  const sentences = mapped(data, ({ tokens }) => tokens);
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

/** @deprecated `report` */
export const scoreTagger = reportTags;
