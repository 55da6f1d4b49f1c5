// Generating with a language model: the token drawn at a step is the input of the next.
import { checkNumber, foldIn, type Random, random, randomKey } from "../../base/index.ts";
import { padded } from "../../data/index.ts";
import { type Filter, sample, temperature } from "../../decode/index.ts";
import { ints } from "../../engine/values.ts";
import { type Parameters, parameterInputs } from "../../nn/index.ts";
import { input, reshape, type State, transpose } from "../../tensor/index.ts";
import { encoderPredictor } from "../encode.ts";
import { borrow, predictorOf } from "../predictor.ts";
import type { AnswerOptions, CompileWith, Encoded, InferenceGraph, Predictor, RunOptions } from "../task.ts";
import type { LanguageModel } from "./language-model.ts";
import { compileSteps, recurrentGraph } from "./stepper.ts";

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

/** Graph of a language model: ids [B, T] and states -> logits [B, T, V] and the states after them. */
export const languageModelGraph = (model: LanguageModel): InferenceGraph =>
  recurrentGraph(model, (parameters, state) =>
    model.apply(parameters, input("ids", ["B", "T"], { dtype: "int" }), { state }),
  );

/** Reads one token after another. */
export interface Stepper {
  /** Forgets what was read. */
  reset(): void;
  /** Reads one token; returns the logits [V] of the next. */
  read(id: number): Promise<Float32Array>;
  release(): Promise<void>;
}

async function tokenSteps(model: LanguageModel, compileWith: CompileWith) {
  const apply = (parameters: Parameters, state: State) =>
    model.apply(parameters, reshape(input("id", [1], { dtype: "int" }), [1, 1]), { state });
  const { begin, release } = await compileSteps(model, apply, compileWith);
  const beginTokens = () => {
    const step = begin();
    return (id: number) => step({ id: ints(Int32Array.of(id), 1) });
  };
  return { begin: beginTokens, release };
}

/** Compiles a language model for reading token by token. */
export async function stepper(model: LanguageModel, compileWith: CompileWith = {}): Promise<Stepper> {
  const { begin, release } = await tokenSteps(model, compileWith);
  let read = begin();
  const reset = () => {
    read = begin();
  };
  return { reset, read: (id) => read(id), release };
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
  for await (const { piece } of generateTexts(model, options)) yield piece;
}

/** Several texts from one prompt, with one compiled model; `index` is that of the text that a piece belongs to. */
export async function* generateTexts(
  model: LanguageModel,
  { count = 1, prompt = "", ...options }: GenerateOptions & { count?: number } = {},
): AsyncGenerator<{ index: number; piece: string }, void, void> {
  checkNumber("generate(count)", count, { min: 1, integer: true });
  const { predictor, done } = await borrow(model, languagePredictor, options);
  try {
    for await (const { index, piece, end } of predictor.write(new Array<string>(count).fill(prompt), options))
      if (piece !== "" || !end || index + 1 < count) yield { index, piece };
  } finally {
    await done();
  }
}

/** A prompt and what the model writes after it. */
export interface Continuation {
  readonly prompt: string;
  /** Without the prompt. */
  readonly text: string;
}

type ContinueOptions = Omit<GenerateOptions, "prompt">;

interface Written {
  index: number;
  piece: string;
  /** The last of its text. */
  end?: boolean;
}

interface LanguagePredictor extends Predictor<string, Continuation, ContinueOptions> {
  /** A text for each prompt, piece by piece. Draws depend on the seed and the prompt's place. */
  write(prompts: readonly string[], options: AnswerOptions<ContinueOptions>): AsyncGenerator<Written, void, void>;
}

/** Compiles a language model: it continues each prompt; an empty one lets the model begin. The same seed gives the same texts. */
export async function languagePredictor(
  model: LanguageModel,
  compileWith: CompileWith = {},
): Promise<LanguagePredictor> {
  const { tokenizer } = model;
  const { bos, eos } = tokenizer.special;
  const steps = await tokenSteps(model, compileWith);

  const write: LanguagePredictor["write"] = async function* (prompts, options) {
    const { filters = [temperature(1)], maxTokens = 500, seed = 42, signal } = options;
    checkNumber("generate(maxTokens)", maxTokens, { min: 0, integer: true });
    const starts = prompts.map((prompt) =>
      prompt === "" ? new Int32Array(0) : tokenizer.encode(prompt, { unknown: "error" }),
    );
    for (const [index, given] of starts.entries()) {
      const draws = random(foldIn(randomKey(seed), "generate", index));
      const history = [...(bos === undefined ? [] : [bos]), ...given];
      const decoder = tokenizer.decodeStream();
      for (const id of given) decoder.push(id);
      decoder.end(); // what follows the prompt is told apart from it
      const read = steps.begin();
      let logits: Float32Array | undefined;
      for (const id of history) logits = await read(id);
      const draw = { filters, draws, count: maxTokens, eos, size: tokenizer.vocabulary.size };
      for await (const id of drawTokens(read, logits, history, draw)) {
        if (signal?.aborted) return;
        const piece = decoder.push(id);
        if (piece !== "") yield { index, piece };
      }
      if (signal?.aborted) return;
      yield { index, piece: decoder.end(), end: true };
    }
  };
  const continuations = predictorOf<string, Continuation, ContinueOptions>(async function* (inputs, options) {
    const prompts = [...inputs];
    let text = "";
    for await (const { index, piece, end } of write(prompts, options)) {
      text += piece;
      if (!end) continue;
      yield { prompt: prompts[index]!, text };
      text = "";
    }
  }, steps.release);
  return { ...continuations, write };
}

/** Compiles the encoder of a language model: the state after each token of a text. */
export function languageModelEncoder(
  model: LanguageModel,
  compileWith?: CompileWith,
): Promise<Predictor<string, Encoded>> {
  const { bos } = model.tokenizer.special;
  const start = bos === undefined ? [] : [bos];
  const { states } = model.apply(parameterInputs(model.specs), input("inputs", ["B", "T"], { dtype: "int" }));
  const parts = {
    outputs: { states: transpose(states, [1, 0, 2]) },
    read: (text: string) => Int32Array.of(...start, ...model.tokenizer.encode(text)),
    feeds(rows: readonly Int32Array[]) {
      const { ids, B, T } = padded(rows);
      return { inputs: ints(ids, B, T) };
    },
    skip: start.length,
  };
  return encoderPredictor(model, parts, compileWith);
}

/** Draws tokens from the logits after `history`, which grows by them; without logits the first is drawn evenly. `eos` ends them. */
export async function* drawTokens(
  read: (id: number) => Promise<Float32Array>,
  logits: Float32Array | undefined,
  history: number[],
  options: { filters: readonly Filter[]; draws: Random; count: number; eos: number | undefined; size: number },
): AsyncGenerator<number, void, void> {
  const { filters, draws, count, eos, size } = options;
  let next = logits;
  for (let n = 0; n < count; n++) {
    const id: number = next ? sample(next, filters, draws, history) : draws.below(size);
    if (id === eos) return;
    history.push(id);
    yield id;
    if (n + 1 < count) next = await read(id);
  }
}
