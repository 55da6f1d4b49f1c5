// Weights that PyTorch trained, as a model of ours: a language model or a classifier that every verb takes.
import { fail } from "../../base/index.ts";
import {
  type Matrix,
  type ModulesOptions,
  recurrentModules,
  type StateDict,
  setParameters,
} from "../../interop/index.ts";
import type { Pooling } from "../../nn/index.ts";
import { type Classifier, classifier } from "../../tasks/reader/index.ts";
import { type LanguageModel, languageModel } from "../../tasks/sequence/index.ts";
import { importVocabulary } from "./vocabulary.ts";

export interface ImportOptions extends ModulesOptions {
  /** The tokens in the order of the embedding's rows. */
  tokens: readonly string[];
}

export interface ImportClassifierOptions extends ImportOptions {
  /** In the order of the output's rows. */
  labels: readonly string[];
  /** How the outputs of all steps became one; `last` by default. */
  pooling?: Pooling;
}

/**
 * A language model of a state_dict with an embedding, recurrent layers and a linear output: its own modules, AWD-LSTM
 * (fastai), or a character language model of flair.
 *
 * @throws UnrolledError with code "data" that names what cannot be imported
 *
 * @example
 * ```ts
 * const { tensors } = readPyTorch(await readFile("model.pt"));
 * const model = importLanguageModel(stateDict(tensors), { tokens });
 * ```
 */
export function importLanguageModel(state: StateDict, options: ImportOptions): LanguageModel {
  const { where = "import" } = options;
  const { embedding, encoder, recurrent, output, bias } = recurrentModules(state, { where, ...options });
  const { tokenizer, rows } = vocabularyFor(where, options.tokens, embedding);
  checkRows(where, output ?? embedding, rows.length, "tokens");
  const embeddingSize = embedding.shape[1]!;
  const model = languageModel({ tokenizer, encoder, embeddingSize, tieWeights: output === undefined });
  setParameters(model, {
    "embedding.weight": moved(embedding, rows),
    ...under("encoder", recurrent),
    ...(output ? { "output.weight": moved(output, rows) } : {}),
    "output.bias": bias ? moved(bias, rows) : zeros(rows.length),
  });
  return model;
}

/**
 * A classifier of a state_dict with an embedding, recurrent layers and a linear output over labels.
 *
 * @throws UnrolledError with code "data" that names what cannot be imported
 *
 * @example
 * ```ts
 * const model = importClassifier(stateDict(tensors), { tokens, labels: ["bad", "good"], pooling: "max" });
 * ```
 */
export function importClassifier(state: StateDict, options: ImportClassifierOptions): Classifier {
  const { where = "import", labels, pooling = "last" } = options;
  const { embedding, encoder, recurrent, output, bias } = recurrentModules(state, { where, ...options });
  const { tokenizer, rows } = vocabularyFor(where, options.tokens, embedding);
  if (!output) return fail({ where, expected: "a linear output over the labels", received: "none", code: "data" });
  checkRows(where, output, labels.length, "labels");
  const model = classifier({ tokenizer, labels, encoder, pooling, embeddingSize: embedding.shape[1]! });
  setParameters(model, {
    "embedding.weight": moved(embedding, rows),
    ...under("encoder", recurrent),
    "output.weight": output,
    "output.bias": bias ?? zeros(labels.length),
  });
  return model;
}

function vocabularyFor(where: string, tokens: readonly string[], embedding: Matrix) {
  checkRows(where, embedding, tokens.length, "tokens");
  return importVocabulary(tokens, { where });
}

function checkRows(where: string, { shape }: Matrix, count: number, what: string): void {
  if (shape[0] !== count)
    fail({
      where,
      expected: `${shape[0]} ${what}, one for each row of [${shape}]`,
      received: String(count),
      code: "data",
    });
}

/** Rows in another order: row i of the result is row `rows[i]`. */
function moved({ shape, data }: Matrix, rows: Int32Array): Matrix {
  const width = shape[1] ?? 1;
  const out = new Float32Array(rows.length * width);
  rows.forEach((row, i) => {
    for (let k = 0; k < width; k++) out[i * width + k] = data[row * width + k]!;
  });
  return { shape, data: out };
}

const zeros = (size: number): Matrix => ({ shape: [size], data: new Float32Array(size) });

const under = (prefix: string, state: StateDict): StateDict =>
  Object.fromEntries(Object.entries(state).map(([name, value]) => [`${prefix}.${name}`, value]));
