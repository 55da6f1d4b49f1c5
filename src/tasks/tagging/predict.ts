// Tags for new sentences, spans for new texts, and the score of a tagger.
import { forwardPasses, runPasses } from "../../compile/passes/index.ts";
import {
  characterRanges,
  type Range,
  type TextSpan,
  tagSpansToTextSpans,
  tagsToSpans,
  wordRanges,
} from "../../data/index.ts";
import { viterbi } from "../../decode/index.ts";
import type { Engine, Value } from "../../engine/index.ts";
import { parameterInputs } from "../../nn/index.ts";
import { type ParameterLayout, view } from "../../tensor/index.ts";
import { engineOf } from "../../engine/default.ts";
import { type SpanReport, spanF1, tokenAccuracy } from "../../train/index.ts";
import { evaluationOrder, sentenceFeeds } from "./data.ts";
import type { Tagger } from "./model.ts";
import { type Tagged, tagsAsWritten } from "./vocabulary.ts";

export interface TagOptions {
  engine?: Engine;
  /** Threads inside an operation; the engine's choice by default. */
  threads?: number;
  /** Sentences side by side; as many as make 4,096 tokens by default. */
  batchSize?: number;
  /**
   * Taken from the score of `O` at each token, in nats; 0 by default. Above 0 more spans are found and fewer of them are
   * right. To be chosen on validation data: where a model has seen little, a missed span costs F1 as much as a false one,
   * but is likelier.
   */
  outsideBias?: number;
  signal?: AbortSignal;
}

/** The best tags of each sentence, in the scheme of the corpus that the model was trained on. */
export async function tagSentences(
  model: Tagger,
  sentences: readonly (readonly string[])[],
  options: TagOptions = {},
): Promise<string[][]> {
  const { threads, batchSize, outsideBias = 0, signal } = options;
  const { vocabulary } = model;
  const filled = sentences.map((tokens, at) => ({ tokens, at })).filter(({ tokens }) => tokens.length > 0);
  const results: string[][] = sentences.map(() => []);
  if (filled.length === 0) return results;
  const K = vocabulary.tags.length;
  const outside = vocabulary.scheme === "none" ? -1 : vocabulary.tags.indexOf("O");
  const outputs = { emissions: model.emissions(parameterInputs(model.specs)).emissions };
  const constants = { ...values(model.parameters, model.layout), ...values(model.frozen, model.frozenLayout) };
  const chain = model.decoder.chain((name) => constants[`decoder.${name}`]!.data);
  const engine = engineOf("tag", options.engine);
  const executable = await engine.compile({ outputs: runPasses(outputs, forwardPasses), constants }, { threads });
  try {
    const lengths = filled.map(({ tokens }) => tokens.length);
    for (const indices of evaluationOrder(lengths, batchSize)) {
      signal?.throwIfAborted();
      const rows = Array.from(indices, (i) => filled[i]!);
      const feeds = sentenceFeeds(
        model.encoding,
        rows.map(({ tokens }) => tokens),
      );
      const { data } = (await executable.run(feeds)).emissions!; // [T, B, K]
      for (const [b, { tokens, at }] of rows.entries()) {
        const emissions = new Float64Array(tokens.length * K);
        for (let t = 0; t < tokens.length; t++) {
          const from = (t * rows.length + b) * K;
          emissions.set(data.subarray(from, from + K), t * K);
        }
        if (outside >= 0) for (let at = outside; at < emissions.length; at += K) emissions[at]! -= outsideBias;
        const { tags } = viterbi({ emissions, ...chain });
        results[at] = tagsAsWritten(
          vocabulary,
          tags.map((tag) => vocabulary.tags[tag]!),
        );
      }
    }
  } finally {
    await executable.release();
  }
  return results;
}

export interface TagTextsOptions extends TagOptions {
  /** How a text is cut into tokens; words, or characters where the model was trained on them. */
  tokens?: (text: string) => Range[];
}

/** A text with what a tagger found in it. */
export interface TaggedText {
  text: string;
  tokens: string[];
  /** The tokens' places, `text.slice(start, end)`. */
  offsets: Range[];
  tags: string[];
  /** In UTF-16 units, as `text.slice(start, end)` counts; empty where tags are not of spans. */
  spans: (TextSpan & { text: string })[];
}

/**
 * Tags texts: cuts each into tokens (characters where the model was trained on characters) and gives the spans found with
 * their places in the text.
 */
export async function tagTexts(
  model: Tagger,
  texts: readonly string[],
  options: TagTextsOptions = {},
): Promise<TaggedText[]> {
  const { characters, scheme } = model.vocabulary;
  const cut = options.tokens ?? (characters ? characterRanges : wordRanges);
  const cuts = texts.map((text) => {
    const offsets = cut(text);
    return { text, offsets, tokens: offsets.map(([start, end]) => text.slice(start, end)) };
  });
  const tags = await tagSentences(
    model,
    cuts.map(({ tokens }) => tokens),
    options,
  );
  return cuts.map((piece, i) => {
    const found = scheme === "none" ? [] : tagSpansToTextSpans(tagsToSpans(tags[i]!), piece.offsets);
    const spans = found.map((span) => ({ ...span, text: piece.text.slice(span.start, span.end) }));
    return { ...piece, tags: tags[i]!, spans };
  });
}

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
export async function scoreTagger(
  model: Tagger,
  data: readonly Tagged[],
  options: TagOptions = {},
): Promise<TaggerReport> {
  const predicted = await tagSentences(
    model,
    data.map(({ tokens }) => tokens),
    options,
  );
  const gold = data.map(({ tags }) => tags);
  const { tags: known, scheme } = model.vocabulary;
  const typeOf = (tag: string) => (scheme === "none" ? tag : tag.slice(2));
  const types = new Set(known.map(typeOf));
  const unknown: Record<string, number> = {};
  for (const tag of gold.flat()) {
    if (tag !== "O" && !types.has(typeOf(tag))) unknown[tag] = (unknown[tag] ?? 0) + 1;
  }
  return {
    sentences: data.length,
    tokens: gold.reduce((sum, tags) => sum + tags.length, 0),
    accuracy: tokenAccuracy(gold, predicted),
    ...(scheme === "none" ? {} : { spans: spanF1(gold, predicted) }),
    unknown,
    predicted,
  };
}

function values(flat: Float32Array, layout: ParameterLayout): Record<string, Value> {
  return Object.fromEntries(
    layout.slots.map((slot) => [slot.name, { dtype: "float", shape: slot.shape, data: view(flat, slot) }]),
  );
}
