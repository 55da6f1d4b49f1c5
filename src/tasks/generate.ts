// Writing with a language model: the token drawn at a step is the input of the next.
import { checkNumber, foldIn, random, randomKey } from "../base/index.ts";
import { type Filter, sample, temperature } from "../decode/index.ts";
import type { Engine } from "../engine/index.ts";
import type { Parameters } from "../nn/index.ts";
import { input, reshape, type State } from "../tensor/index.ts";
import type { LanguageModel } from "./language-model.ts";
import { compileSteps, recurrentGraph, type Stepper } from "./stepper.ts";
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

/** Graph of a language model: ids [B, T] and states -> logits [B, T, V] and the states after them. */
export const languageModelGraph = (model: LanguageModel): InferenceGraph =>
  recurrentGraph(model, (parameters, state) =>
    model.apply(parameters, input("ids", ["B", "T"], { dtype: "int" }), { state }),
  );

/** Compiles a language model for reading token by token. */
export async function stepper(
  model: LanguageModel,
  engine?: Engine,
  { threads }: { threads?: number } = {},
): Promise<Stepper<number>> {
  const apply = (parameters: Parameters, state: State) =>
    model.apply(parameters, reshape(input("id", [1], { dtype: "int" }), [1, 1]), { state });
  const { read, ...steps } = await compileSteps(model, apply, { engine, threads, where: "generate" });
  return { ...steps, read: (id) => read({ id: { dtype: "int", shape: [1], data: Int32Array.of(id) } }) };
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
  for await (const { piece, end } of write(model, [options.prompt ?? ""], options)) if (!end) yield piece;
}

/** Several texts from one prompt, with one compiled model; `index` is that of the text that a piece belongs to. */
export async function* generateTexts(
  model: LanguageModel,
  { count = 1, prompt = "", ...options }: GenerateOptions & { count?: number } = {},
): AsyncGenerator<{ index: number; piece: string }, void, void> {
  checkNumber("generate(count)", count, { min: 1, integer: true });
  for await (const { index, piece, end } of write(model, new Array<string>(count).fill(prompt), options))
    if (!end || index + 1 < count) yield { index, piece };
}

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
  const all = [...prompts];
  let text = "";
  for await (const { index, piece, end } of write(model, all, options)) {
    text += piece;
    if (!end) continue;
    yield { prompt: all[index]!, text };
    text = "";
  }
}

interface Written {
  index: number;
  piece: string;
  /** The last of its text. */
  end?: boolean;
}

/** Writes a text for each prompt; draws depend on the seed and the prompt's place. */
async function* write(
  model: LanguageModel,
  prompts: readonly string[],
  { filters = [temperature(1)], maxTokens = 500, seed = 42, threads, signal, engine }: Omit<GenerateOptions, "prompt">,
): AsyncGenerator<Written, void, void> {
  checkNumber("generate(maxTokens)", maxTokens, { min: 0, integer: true });
  const { tokenizer } = model;
  const { bos, eos } = tokenizer.special;
  const starts = prompts.map((prompt) =>
    prompt === "" ? new Int32Array(0) : tokenizer.encode(prompt, { unknown: "error" }),
  );
  if (starts.length === 0) return;
  const step = await stepper(model, engine, { threads });
  try {
    for (const [index, given] of starts.entries()) {
      const draws = random(foldIn(randomKey(seed), "generate", index));
      const history = [...(bos === undefined ? [] : [bos]), ...given];
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
      yield { index, piece: "", end: true };
    }
  } finally {
    await step.release();
  }
}
