// Translating: the encoder reads a batch of texts once, then beam search asks the decoder for one step after the other.
import { checkNumber, fail } from "../../base/index.ts";
import { forwardPasses, runPasses, stepPasses } from "../../compile/passes/index.ts";
import { beamSearch, type Filter } from "../../decode/index.ts";
import type { Engine, Executable, Value } from "../../engine/index.ts";
import { namedValues } from "../../engine/shards.ts";
import { parameterInputs } from "../../nn/index.ts";
import { input, reshape, type Tensor, transpose } from "../../tensor/index.ts";
import { engineOf } from "../../engine/default.ts";
import { pairBatch, sourceIds, type Translation, targetIds } from "./data.ts";
import type { Translator } from "./translator.ts";

export interface TranslateOptions {
  /** Hypotheses kept alive for each text; 1 is greedy. 5 by default. */
  beamSize?: number;
  /** See `beamSearch`; 0.6 by default. */
  lengthPenalty?: number;
  /** Translations of each text, at most `beamSize`; 1 by default. */
  nBest?: number;
  /** Most tokens of a translation; by default three times the source's and 50 more. */
  maxTokens?: number;
  /** Texts side by side; 32 by default. It changes the speed, not the result. */
  batchSize?: number;
  /** Applied to the logits of each step, `exclude([unk])`, say. */
  filters?: readonly Filter[];
  engine?: Engine;
  /** Threads inside an operation; the engine's choice by default. */
  threads?: number;
  signal?: AbortSignal;
}

export interface TranslatedText {
  /** Place of the text among those given. */
  readonly index: number;
  readonly source: string;
  /** Best first. An empty text has one empty translation. */
  readonly translations: readonly TranslationCandidate[];
}

export interface TranslationCandidate {
  readonly text: string;
  /** Log-probability over the length penalty: what it is ranked by. */
  readonly score: number;
  /** Sum over its tokens, in nats. */
  readonly logProbability: number;
  /** False where it was cut at `maxTokens`. */
  readonly finished: boolean;
}

/**
 * Translates texts, those of like length side by side; each result comes as soon as its batch is done, so the order is
 * by length (`index` says which text it is, `translateAll` sorts).
 *
 * @throws UnrolledError with code "data" where a text has more tokens than the model's `maxTokens`
 */
export async function* translate(
  model: Translator,
  texts: readonly string[],
  options: TranslateOptions = {},
): AsyncGenerator<TranslatedText, void, void> {
  const { beamSize = 5, lengthPenalty, nBest = 1, maxTokens, batchSize = 32, filters, threads, signal } = options;
  checkNumber("translate(batchSize)", batchSize, { min: 1, integer: true });
  if (maxTokens !== undefined) checkNumber("translate(maxTokens)", maxTokens, { min: 1, integer: true });
  const { target } = model.tokenizers;
  const rows: { index: number; ids: Int32Array }[] = [];
  for (const [index, source] of texts.entries()) {
    if (source.trim() === "") {
      const empty = { text: "", score: 0, logProbability: 0, finished: true };
      yield { index, source, translations: [empty] };
    } else rows.push({ index, ids: checkedSource(model, source, index) });
  }
  if (rows.length === 0) return;
  rows.sort((a, b) => a.ids.length - b.ids.length || a.index - b.index);
  const compiled = await compile(model, engineOf("translate", options.engine), threads);
  try {
    for (let from = 0; from < rows.length; from += batchSize) {
      const batch = rows.slice(from, from + batchSize);
      const found = await beamSearch<DecoderState>({
        ...compiled.decoder,
        state: await compiled.encode(batch.map(({ ids }) => ids)),
        start: batch.map(() => target.special.bos!),
        eos: target.special.eos!,
        beamSize,
        nBest,
        maxLength: batch.map(({ ids }) => maxTokens ?? 3 * ids.length + 50),
        lengthPenalty,
        filters,
        signal,
      });
      for (const [i, { index }] of batch.entries()) {
        const translations = found[i]!.map(({ tokens, ...rest }) => ({ text: target.decode(tokens), ...rest }));
        yield { index, source: texts[index]!, translations };
      }
    }
  } finally {
    await compiled.release();
  }
}

/** All of `translate`'s results, in the order of the texts. */
export async function translateAll(
  model: Translator,
  texts: readonly string[],
  options?: TranslateOptions,
): Promise<TranslatedText[]> {
  const results = new Array<TranslatedText>(texts.length);
  for await (const result of translate(model, texts, options)) results[result.index] = result;
  return results;
}

/** What the beam carries, one row a hypothesis. The memory is copied only where sentences have ended. */
interface DecoderState {
  states: Readonly<Record<string, Value>>;
  memory: Readonly<Record<string, Value>>;
  /** The place in the batch of each row's text. */
  texts: Int32Array;
}

/** Compiles the two halves, the parameters baked in. */
async function compile(model: Translator, engine: Engine, threads: number | undefined) {
  const { network } = model;
  const constants = {
    ...namedValues(model.parameters, model.layout),
    ...namedValues(model.frozen, model.frozenLayout),
  };
  const program = (outputs: Record<string, Tensor>, passes: typeof stepPasses): Promise<Executable> =>
    engine.compile({ outputs: runPasses(outputs, passes), constants }, { threads });
  const states = Object.keys(network.state);

  const encoded = network.encode(
    parameterInputs(model.specs),
    transpose(input("source", ["B", "S"], { dtype: "int" })),
    { lengths: input("sourceLengths", ["B"], { dtype: "int" }) },
  );
  const memoryNames = encoded.memory ? (["memory", "keys", "mask"] as const) : [];
  const encoder = await program(
    {
      ...Object.fromEntries(states.map((name) => [`state.${name}`, encoded.state[name]!])),
      ...Object.fromEntries(memoryNames.map((name) => [name, encoded.memory![name]])),
    },
    forwardPasses,
  );

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
  const step = await program(
    {
      logits: reshape(logits, ["B", model.tokenizers.target.vocabulary.size]),
      ...Object.fromEntries(states.map((name) => [`next.${name}`, final[name]!])),
    },
    stepPasses,
  );

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
      where: `translate: text ${index + 1}`,
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
 */
export async function attentionOf(
  model: Translator,
  pair: Translation,
  options: { engine?: Engine; threads?: number } = {},
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
  const executable = await engineOf("attentionOf", options.engine).compile(
    { outputs: runPasses({ weights: weights! }, forwardPasses) },
    { threads: options.threads },
  );
  try {
    const { data, shape } = (
      await executable.run({
        ...namedValues(model.parameters, model.layout),
        ...namedValues(model.frozen, model.frozenLayout),
        ...pairBatch([ids]).feeds,
      })
    ).weights!;
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
