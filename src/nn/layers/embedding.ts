// An embedding: a row of numbers for each id, E<t> = E[id<t>], learned like any other parameter.
import { checkNumber, fail } from "../../base/index.ts";
import { gather } from "../../tensor/ops.ts";
import { given, type Initializer, normal } from "../init.ts";
import type { Layer } from "../layer.ts";
import { parameter } from "../parameters.ts";
import { type WordTable, wordRows } from "../word-rows.ts";

export interface EmbeddingOptions {
  /** Width of a row; that of the word vectors where they are given. */
  dim?: number;
  /**
   * What to start from: word vectors, in which each token is looked up ({@link wordRows}; the result of `loadVectors`
   * is such), or plain numbers, [vocabulary size, dim] row-major. Wrap in `freeze` to keep them as they are.
   */
  from?: WordTable | ArrayLike<number>;
  /** Normal with deviation 1 by default, as PyTorch; tie the output to it only with a smaller one, such as uniform(1 / sqrt(dim)). */
  init?: Initializer;
}

/**
 * ids, int [T, B] -> [T, B, dim]. Built with the number of rows: `embedding({ dim: 64 }).build(tokenizer.size)`; the
 * tasks' models tell it their tokens too. Built without tokens, word vectors are taken row by row.
 *
 * @throws UnrolledError where `dim` is not that of the word vectors, or neither is given
 *
 * @example
 * ```ts
 * const vectors = (await loadVectors("glove.txt.gz")).vectors;
 * const model = classifier({ tokenizer, labels, encoder, embedding: embedding({ from: vectors }) });
 * ```
 */
export function embedding({ dim, from, init }: EmbeddingOptions): Layer {
  const table = from !== undefined && "matrix" in from ? from : undefined;
  const width = checkNumber("embedding(dim)", dim ?? table?.dim ?? Number.NaN, { min: 1, integer: true });
  if (table && width !== table.dim)
    fail({
      where: "embedding(dim)",
      expected: `${table.dim}, the dimension of the word vectors`,
      received: String(width),
      code: "shape",
    });
  return {
    config: { type: "embedding", dim: width },
    build: (rows, { tokens } = { layer: 0, reverse: false }) => ({
      outputSize: width,
      depth: 0,
      parameters: [{ name: "weight", shape: [rows, width], init: init ?? start(table ?? from, tokens) }],
      state: {},
      apply: (parameters, ids) => ({ outputs: gather(parameter(parameters, "weight"), ids), final: {} }),
    }),
  };
}

function start(from: WordTable | ArrayLike<number> | undefined, tokens: readonly string[] | undefined): Initializer {
  if (from === undefined) return normal(1);
  if (!("matrix" in from)) return given(from);
  return tokens ? (_, random) => wordRows(from, tokens, random) : given(from.matrix);
}
