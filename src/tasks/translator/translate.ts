// Translating: the encoder reads a batch of texts once, then beam search asks the decoder for one step after the other.
import { checkNumber, fail } from "../../base/index.ts";
import { mapped } from "../../data/batches/in-order.ts";
import { pairBatch, sourceIds, type Translation, targetIds } from "../../data/batches/pairs.ts";
import { beamSearch, type Filter, lengthRuleOf } from "../../decode/index.ts";
import type { Value } from "../../engine/index.ts";
import { compileModel, graphOf } from "../../networks/model.ts";
import { parameterInputs } from "../../nn/index.ts";
import { input, reshape, transpose } from "../../tensor/index.ts";
import { batchPredictor, predictorOf, predictWith } from "../predictor.ts";
import type { AnswerOptions, CompileWith, InferenceGraph, Predictor, RunOptions } from "../task.ts";
import type { Translator } from "./model.ts";

/** `batchSize` is texts; 32 by default. */
export interface TranslateOptions extends RunOptions {
  /** Hypotheses kept alive for each text; 1 is greedy. 5 by default, as in `beamSearch`. */
  beamSize?: number;
  /** See `LengthRule`; the model's rule where neither is given. */
  lengthPenalty?: number;
  lengthReward?: number;
  /** Translations of each text, at most `beamSize`; 1 by default. */
  nBest?: number;
  /** Most tokens of a translation; by default three times the source's and 50 more. */
  maxTokens?: number;
  /** Applied to the logits of each step, `exclude([unk])`, say. */
  filters?: readonly Filter[];
}

export interface TranslatedText {
  readonly source: string;
  /** Best first. An empty text has one empty translation. */
  readonly translations: readonly TranslationCandidate[];
}

export interface TranslationCandidate {
  readonly text: string;
  /** What it is ranked by (`LengthRule`). */
  readonly score: number;
  /** Sum over its tokens, in nats. */
  readonly logProbability: number;
  /** False where it was cut at `maxTokens`. */
  readonly finished: boolean;
}

/** A text, and its ids if there is anything in it. */
interface Row {
  source: string;
  ids: Int32Array | undefined;
}

/**
 * Compiles a translator. Texts of like length share a batch.
 *
 * @throws UnrolledError with code "data" where a text has more tokens than the model's `maxTokens`
 */
export async function translatorPredictor(
  model: Translator,
  compileWith: CompileWith = {},
): Promise<Predictor<string, TranslatedText, TranslateOptions>> {
  const { target } = model.tokenizers;
  const { encode, decoder, release } = await compile(model, compileWith);
  function search(sources: readonly Int32Array[], options: AnswerOptions<TranslateOptions>) {
    const { beamSize, nBest = 1, maxTokens, filters, signal } = options;
    return encode(sources).then((state) =>
      beamSearch<DecoderState>({
        ...decoder,
        state,
        start: sources.map(() => target.special.bos!),
        eos: target.special.eos!,
        beamSize,
        nBest,
        maxLength: sources.map((ids) => maxTokens ?? 3 * ids.length + 50),
        ...lengthRuleOf(options, model),
        filters,
        signal,
      }),
    );
  }
  const batched = batchPredictor<{ source: string; index: number }, Row, TranslatedText, TranslateOptions>({
    read: ({ source, index }) => ({
      source,
      ids: source.trim() === "" ? undefined : checkedSource(model, source, index),
    }),
    lengthOf: ({ ids }) => ids?.length ?? 0,
    size: { batchSize: 32 },
    async answer(rows, options) {
      const sources = rows.flatMap(({ ids }) => (ids ? [ids] : []));
      const found = sources.length === 0 ? [] : await search(sources, options);
      return rows.map(({ source, ids }) => ({
        source,
        translations: ids
          ? found.shift()!.map(({ tokens, ...rest }) => ({ text: target.decode(tokens), ...rest }))
          : [{ text: "", score: 0, logProbability: 0, finished: true }],
      }));
    },
    release,
  });
  return predictorOf<string, TranslatedText, TranslateOptions>(async function* (texts, options) {
    const { batchSize, maxTokens, signal } = options;
    if (batchSize !== undefined) checkNumber("predict(batchSize)", batchSize, { min: 1, integer: true });
    if (maxTokens !== undefined) checkNumber("predict(maxTokens)", maxTokens, { min: 1, integer: true });
    let index = 0;
    try {
      yield* batched.stream(
        mapped(texts, (source) => ({ source, index: index++ })),
        options,
      );
    } catch (error) {
      if (!signal?.aborted || error !== signal.reason) throw error;
    }
  }, release);
}

export const predictTranslations = predictWith(translatorPredictor);

/** What the beam carries, one row a hypothesis. The memory is copied only where sentences have ended. */
interface DecoderState {
  states: Readonly<Record<string, Value>>;
  memory: Readonly<Record<string, Value>>;
  /** The place in the batch of each row's text. */
  texts: Int32Array;
}

/**
 * Graphs of a translator. `encode`: source ids [B, S] and lengths -> the decoder's first states, and what attention looks
 * back at. `decode`: one target id for each row -> logits [B, V] of the next.
 */
export function translatorGraphs(model: Translator): { encode: InferenceGraph; decode: InferenceGraph } {
  const { network } = model;
  const states = Object.keys(network.state);
  const encoded = network.encode(
    parameterInputs(model.specs),
    transpose(input("source", ["B", "S"], { dtype: "int" })),
    { lengths: input("sourceLengths", ["B"], { dtype: "int" }) },
  );
  const encode = graphOf({
    ...Object.fromEntries(states.map((name) => [`state.${name}`, encoded.state[name]!])),
    ...encoded.memory,
  });
  const ids = reshape(input("ids", ["B"], { dtype: "int" }), [1, "B"]);
  const { logits, final } = network.decode(parameterInputs(model.specs), ids, {
    state: Object.fromEntries(states.map((name) => [name, input(`state.${name}`, ["B", ...network.state[name]!])])),
    ...(network.memory
      ? {
          memory: {
            memory: input("memory", ["B", "S", network.memory.memorySize]),
            keys: input("keys", ["B", "S", network.memory.keySize]),
            mask: input("mask", ["B", "S"]),
          },
        }
      : {}),
  });
  const decode = graphOf(
    {
      logits: reshape(logits, ["B", model.tokenizers.target.vocabulary.size]),
      ...Object.fromEntries(states.map((name) => [`next.${name}`, final[name]!])),
    },
    { states: network.state },
  );
  return { encode, decode };
}

/** Compiles the two halves, the parameters baked in. */
async function compile(model: Translator, compileWith: CompileWith) {
  const graphs = translatorGraphs(model);
  const states = Object.keys(model.network.state);
  const memoryNames = Object.keys(graphs.encode.outputs).filter((name) => !name.startsWith("state."));
  const encoder = await compileModel(model, graphs.encode, compileWith);
  const step = await compileModel(model, graphs.decode, compileWith);

  return {
    async encode(sources: readonly Int32Array[]): Promise<DecoderState> {
      const { source, sourceLengths } = pairBatch(sources.map((ids) => ({ source: ids, target: ids }))).feeds;
      const results = await encoder.run({ source: source!, sourceLengths: sourceLengths! });
      return {
        states: Object.fromEntries(states.map((name) => [name, results[`state.${name}`]!])),
        memory: Object.fromEntries(memoryNames.map((name) => [name, results[name]!])),
        texts: Int32Array.from(sources.keys()),
      };
    },
    decoder: {
      async step(tokens: Int32Array, state: DecoderState) {
        const results = await step.run({
          ids: { dtype: "int", shape: [tokens.length], data: tokens },
          ...Object.fromEntries(states.map((name) => [`state.${name}`, state.states[name]!])),
          ...state.memory,
        });
        return {
          logits: results.logits!.data as Float32Array,
          state: { ...state, states: Object.fromEntries(states.map((name) => [name, results[`next.${name}`]!])) },
        };
      },
      select({ states: before, memory, texts }: DecoderState, rows: Int32Array): DecoderState {
        const chosen = rows.map((row) => texts[row]!);
        const moved = chosen.length !== texts.length || chosen.some((text, i) => text !== texts[i]);
        return {
          states: takeRows(before, rows),
          memory: moved ? takeRows(memory, rows) : memory,
          texts: chosen,
        };
      },
    },
    async release() {
      await encoder.release();
      await step.release();
    },
  };
}

/** Values whose row i is row `rows[i]` of the given ones. */
function takeRows(values: Readonly<Record<string, Value>>, rows: Int32Array): Record<string, Value> {
  return Object.fromEntries(
    Object.entries(values).map(([name, { dtype, shape, data }]) => {
      const size = data.length / shape[0]!;
      const out = new Float32Array(rows.length * size);
      rows.forEach((row, i) => void out.set(data.subarray(row * size, (row + 1) * size), i * size));
      return [name, { dtype, shape: [rows.length, ...shape.slice(1)], data: out }];
    }),
  );
}

function checkedSource(model: Translator, text: string, index: number): Int32Array {
  const ids = sourceIds(model.tokenizers, text);
  const { maxTokens } = model.config;
  if (ids.length > maxTokens)
    fail({
      where: `predict: text ${index + 1}`,
      expected: `at most ${maxTokens} tokens`,
      received: `${ids.length}: ${JSON.stringify(text.slice(0, 40))}`,
      hint: "cut it into sentences",
      code: "data",
    });
  return ids;
}

export interface AttentionOf {
  /** Row t, column s: how much writing target token t looked at source token s. Rows sum to 1. */
  readonly weights: readonly Float32Array[];
  /** Tokens as the model cuts them, the closing `<eos>` included. */
  readonly source: readonly string[];
  readonly target: readonly string[];
}

/**
 * The attention of a pair: where the decoder looks at each step while it writes the target.
 *
 * @throws UnrolledError where the model has no attention
 *
 * @example
 * ```ts
 * const { weights, source, target } = await attentionOf(model, { source: "a dog", target: "un chien" });
 * ```
 */
export async function attentionOf(
  model: Translator,
  pair: Translation,
  options: CompileWith = {},
): Promise<AttentionOf> {
  const { network, tokenizers } = model;
  if (!network.memory)
    fail({ where: "attentionOf", expected: "a model with attention", received: "one without", code: "missing" });
  const ids = { source: checkedSource(model, pair.source, 0), target: targetIds(tokenizers, pair.target) };
  const parameters = parameterInputs(model.specs);
  const encoded = network.encode(parameters, transpose(input("source", ["B", "S"], { dtype: "int" })), {
    lengths: input("sourceLengths", ["B"], { dtype: "int" }),
  });
  const { weights } = network.decode(parameters, transpose(input("inputs", ["B", "T"], { dtype: "int" })), encoded);
  const executable = await compileModel(model, graphOf({ weights: weights! }), { ...options, where: "attentionOf" });
  try {
    const { data, shape } = (await executable.run(pairBatch([ids]).feeds)).weights!;
    const [, T, S] = shape as [number, number, number];
    return {
      weights: Array.from({ length: T }, (_, t) => Float32Array.from(data.subarray(t * S, (t + 1) * S))),
      source: Array.from(ids.source, (id) => tokenizers.source.vocabulary.token(id)),
      target: Array.from(ids.target.subarray(1), (id) => tokenizers.target.vocabulary.token(id)),
    };
  } finally {
    await executable.release();
  }
}
