// Writing with a language model: the token drawn at a step is the input of the next.
import { checkNumber, foldIn, random, randomKey } from "../base/index.ts";
import { type Filter, sample, temperature } from "../decode/index.ts";
import { engineOf } from "../engine/default.ts";
import type { Engine, Value } from "../engine/index.ts";
import { parameterInputs } from "../nn/index.ts";
import { input, reshape, transpose } from "../tensor/index.ts";
import type { LanguageModel } from "./language-model.ts";
import { compileModel, graphOf } from "./model.ts";
import type { InferenceGraph, RunOptions } from "./task.ts";

export interface GenerateOptions extends Omit<RunOptions, "batchSize"> {
  /** What the text begins with; the model reads it first. Empty by default: `<bos>`, or a token drawn evenly where there is none. */
  prompt?: string;
  /** From the logits to the draw; `[temperature(1)]` by default, the model's own distribution. */
  filters?: readonly Filter[];
  /** Most tokens to draw; 500 by default. `<eos>` ends a text sooner. */
  maxTokens?: number;
  /** Of the draws; 42 by default. */
  seed?: number;
  /** Threads per operator; 1 by default: a step of one row is too small to share. */
  threads?: number;
}

/** Reads and writes one token after the other, batch 1. */
export interface Stepper {
  /** Forgets what was read. */
  reset(): Promise<void>;
  /** Reads a token; returns the logits [V] of the next. */
  read(id: number): Promise<Float32Array>;
  release(): Promise<void>;
}

/** Graph of a language model: ids [B, T] and states -> logits [B, T, V] and the states after them. */
export function languageModelGraph(model: LanguageModel): InferenceGraph {
  const ids = transpose(input("ids", ["B", "T"], { dtype: "int" })); // [T, B]
  const state = Object.fromEntries(
    Object.entries(model.state).map(([name, shape]) => [name, input(`state.${name}`, ["B", ...shape])]),
  );
  const { logits, final } = model.apply(parameterInputs(model.specs), ids, { state });
  const next = Object.fromEntries(Object.entries(final).map(([name, tensor]) => [`next.${name}`, tensor]));
  return graphOf({ logits: transpose(logits, [1, 0, 2]), ...next }, { states: model.state });
}

/** Compiles a model for reading token by token, its parameters baked in. */
export async function stepper(
  model: LanguageModel,
  engine: Engine,
  { threads = 1 }: { threads?: number } = {},
): Promise<Stepper> {
  const parameters = parameterInputs(model.specs);
  const states = Object.entries(model.state);
  const { logits, final } = model.apply(parameters, reshape(input("id", [1], { dtype: "int" }), [1, 1]), {
    state: Object.fromEntries(states.map(([name, shape]) => [name, input(`state.${name}`, [1, ...shape])])),
  });
  const size = model.tokenizer.vocabulary.size;
  const state = Object.fromEntries(states.map(([name]) => [`state.${name}`, { next: final[name]! }]));
  const session = await compileModel(
    model,
    { outputs: { logits: reshape(logits, [size]) }, state },
    { engine, threads },
  );
  const id = new Int32Array(1);
  const feeds = { id: { dtype: "int", shape: [1], data: id } as const };
  const zeros = Object.fromEntries(
    states.map(([name, shape]): [string, Value] => [
      `state.${name}`,
      { dtype: "float", shape: [1, ...shape], data: new Float32Array(count(shape)) },
    ]),
  );
  return {
    reset: () => session.write(zeros),
    async read(token) {
      id[0] = token;
      return (await session.run(feeds)).logits!.data as Float32Array;
    },
    release: () => session.release(),
  };
}

/**
 * Writes text as it is drawn: the pieces, joined, are the text (the prompt not included). The same seed gives the same
 * text.
 *
 * @throws UnrolledError with code "data" where the prompt has characters or words that the model does not know
 *
 * @example
 * ```ts
 * for await (const piece of generate(model, { prompt: "ROMEO:", filters: [temperature(0.8)], maxTokens: 500 }))
 *   process.stdout.write(piece);
 * ```
 */
export async function* generate(
  model: LanguageModel,
  options: GenerateOptions = {},
): AsyncGenerator<string, void, void> {
  for await (const { piece } of generateTexts(model, { ...options, count: 1 })) yield piece;
}

/** Several texts, one after the other, with one compiled model; `index` says which a piece belongs to. */
export async function* generateTexts(
  model: LanguageModel,
  options: GenerateOptions & { count?: number } = {},
): AsyncGenerator<{ index: number; piece: string }, void, void> {
  const { prompt = "", filters = [temperature(1)], maxTokens = 500, seed = 42, threads, signal, count = 1 } = options;
  checkNumber("generate(maxTokens)", maxTokens, { min: 0, integer: true });
  checkNumber("generate(count)", count, { min: 1, integer: true });
  const { tokenizer } = model;
  const { bos, eos } = tokenizer.special;
  const given = prompt === "" ? new Int32Array(0) : tokenizer.encode(prompt, { unknown: "error" });
  const first = bos === undefined ? [] : [bos];
  const step = await stepper(model, engineOf("generate", options.engine), { threads });
  try {
    for (let index = 0; index < count; index++) {
      const draws = random(foldIn(randomKey(seed), "generate", index));
      const history = [...first, ...given];
      const decoder = tokenizer.decodeStream();
      for (const id of given) decoder.push(id);
      await step.reset();
      let logits: Float32Array | undefined;
      for (const id of history) logits = await step.read(id);
      for (let n = 0; n < maxTokens; n++) {
        if (signal?.aborted) return;
        const id: number = logits ? sample(logits, filters, draws, history) : draws.below(tokenizer.vocabulary.size);
        if (id === eos) break;
        history.push(id);
        const piece = decoder.push(id);
        if (piece !== "") yield { index, piece };
        if (n + 1 < maxTokens) logits = await step.read(id);
      }
      if (index + 1 < count) yield { index, piece: "" };
    }
  } finally {
    await step.release();
  }
}

const count = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

/** A prompt and what the model writes after it. */
export interface Continuation {
  readonly prompt: string;
  /** Without the prompt. */
  readonly text: string;
}

/** Continues each prompt; an empty one lets the model begin. The same seed gives the same texts. */
export async function* predictTexts(
  model: LanguageModel,
  prompts: Iterable<string>,
  options: Omit<GenerateOptions, "prompt"> = {},
): AsyncGenerator<Continuation, void, void> {
  let index = 0;
  for (const prompt of prompts) {
    let text = "";
    for await (const piece of generate(model, { ...options, prompt, seed: (options.seed ?? 42) + index++ }))
      text += piece;
    if (options.signal?.aborted) return;
    yield { prompt, text };
  }
}
