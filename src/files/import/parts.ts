// What all imports share: the source's parts, its rows in the order of our vocabulary, its tensors under our names.
import { fail } from "../../base/index.ts";
import {
  type Matrix,
  type ModulesOptions,
  type RecurrentModules,
  recurrentModules,
  type StateDict,
} from "../../interop/index.ts";
import { importVocabulary } from "./vocabulary.ts";

/** A `state_dict` of PyTorch, or what `readKeras` gives. */
export type ImportSource = StateDict | RecurrentModules;

export interface ImportOptions extends ModulesOptions {
  /** The tokens in the order of the embedding's rows. */
  tokens: readonly string[];
}

/** The parts of a source. */
export const modulesOf = (source: ImportSource, where: string, options: ModulesOptions): RecurrentModules =>
  typeof (source as { kind?: unknown }).kind === "string"
    ? (source as RecurrentModules)
    : recurrentModules(source as StateDict, { ...options, where });

/** The embedding, with a tokenizer of its tokens. */
export function vocabularyOf({ embedding, kind }: RecurrentModules, tokens: readonly string[], where: string) {
  if (!embedding)
    return fail({
      where,
      expected: "an embedding, which reads tokens",
      received: kind,
      hint: "a network of steps of numbers is a forecaster here",
      code: "data",
    });
  checkRows(where, embedding, tokens.length, "tokens");
  return { embedding, ...importVocabulary(tokens, { where }) };
}

/** The output layer, and a bias of zeros where it has none. */
export function outputOf({ output, bias }: RecurrentModules, where: string, count: number, what: string) {
  if (!output) return fail({ where, expected: `a linear output over the ${what}`, received: "none", code: "data" });
  checkRows(where, output, count, what);
  return { "output.weight": output, "output.bias": bias ?? zeros(count) };
}

/** That the network reads its steps as the task does. */
export function checkReads({ reads }: RecurrentModules, eachStep: boolean, task: string, where: string): void {
  if (reads !== undefined && (reads === "each step") !== eachStep)
    fail({
      where,
      expected: eachStep ? `an output at each step, for a ${task}` : `one output for all steps, for a ${task}`,
      received: eachStep ? `an output for all steps (${reads})` : "an output at each step",
      hint: eachStep
        ? "return_sequences=True in the last recurrent layer; --as classifier or regressor otherwise"
        : "--as tagger or language-model",
      code: "data",
    });
}

/** That the output's activation is one that the task applies itself. */
export function checkActivation(
  { outputActivation }: RecurrentModules,
  allowed: readonly string[],
  where: string,
): void {
  if (outputActivation !== undefined && !allowed.includes(outputActivation))
    fail({
      where,
      expected: `an output with activation ${allowed.join(" or ")}`,
      received: outputActivation,
      code: "data",
    });
}

export function checkRows(where: string, { shape }: Matrix, count: number, what: string): void {
  if (shape[0] !== count)
    fail({
      where,
      expected: `${shape[0]} ${what}, one for each row of [${shape}]`,
      received: String(count),
      code: "data",
    });
}

/** Rows in another order: row i of the result is row `rows[i]`. */
export function moved({ shape, data }: Matrix, rows: Int32Array): Matrix {
  const width = shape[1] ?? 1;
  const out = new Float32Array(rows.length * width);
  rows.forEach((row, i) => {
    for (let k = 0; k < width; k++) out[i * width + k] = data[row * width + k]!;
  });
  return { shape, data: out };
}

export const zeros = (size: number): Matrix => ({ shape: [size], data: new Float32Array(size) });

export const under = (prefix: string, state: StateDict = {}): StateDict =>
  Object.fromEntries(Object.entries(state).map(([name, value]) => [`${prefix}.${name}`, value]));
