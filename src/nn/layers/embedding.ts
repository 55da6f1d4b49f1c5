// An embedding: a row of numbers for each id, E<t> = E[id<t>], learned like any other parameter.
import { checkNumber, fail } from "../../base/index.ts";
import { cast, gather, mul, reshape } from "../../tensor/ops.ts";
import { given, type Initializer, normal } from "../init.ts";
import { type Layer, timeless } from "../layer.ts";
import { parameter } from "../parameters.ts";
import type { LayerKind } from "../saved-config.ts";
import { type WordTable, wordRows } from "../word-rows.ts";

export interface EmbeddingOptions {
  /** Width of a row; by default, the `dim` of the word vectors. */
  embeddingSize?: number;
  /**
   * Initial values: word vectors (from `loadVectors`), in which each token is looked up ({@link wordRows}), or plain
   * numbers, [vocabulary size, embeddingSize] row-major. Wrap in `freeze` to keep them fixed.
   */
  from?: WordTable | ArrayLike<number>;
  /** Normal with standard deviation 1 by default, as PyTorch. For tied weights use a smaller one: uniform(1 / sqrt(embeddingSize)). */
  init?: Initializer;
  /**
   * Fraction of the tokens to drop during training: a dropped token's vector is 0 wherever it occurs in the batch, the
   * others are scaled by 1 / (1 - dropout) (Gal & Ghahramani, 2016; "embedding dropout" in Merity et al., 2018). 0 by default.
   */
  dropout?: number;
}

/**
 * ids, int [T, B] -> [T, B, embeddingSize]. Built with the number of rows: `embedding({ embeddingSize: 64 }).build(tokenizer.vocabulary.size)`.
 * Tasks also pass their tokens; without tokens, word vectors are used row by row.
 *
 * @throws UnrolledError if `embeddingSize` is not the `dim` of the word vectors, or neither is given
 *
 * @example
 * ```ts
 * const vectors = (await loadVectors("glove.txt.gz")).vectors;
 * const model = classifier({ tokenizer, labels, encoder, embedding: embedding({ from: vectors }) });
 * ```
 */
export function embedding({ embeddingSize, from, init, dropout = 0 }: EmbeddingOptions): Layer {
  checkNumber("embedding(dropout)", dropout, { min: 0, below: 1 });
  const table = from !== undefined && "matrix" in from ? from : undefined;
  const width = checkNumber("embedding(embeddingSize)", embeddingSize ?? table?.dim ?? Number.NaN, {
    min: 1,
    integer: true,
  });
  if (table && width !== table.dim)
    fail({
      where: "embedding(embeddingSize)",
      expected: `${table.dim}, the dimension of the word vectors`,
      received: String(width),
      code: "shape",
    });
  return {
    config: { type: "embedding", dim: width, ...(dropout > 0 ? { dropout } : {}) },
    build: (rows, { tokens } = { layer: 0, reverse: false }) => ({
      ...timeless,
      outputSize: width,
      reads: "ids",
      parameters: [{ name: "weight", shape: [rows, width], init: init ?? start(table ?? from, tokens) }],
      apply(parameters, ids, { masks } = {}) {
        const vectors = gather(parameter(parameters, "weight"), ids); // [T, B, embeddingSize]
        if (!masks || dropout === 0) return { outputs: vectors, final: {} };
        const kept = mul(cast(masks.next([rows], 1 - dropout), "float"), 1 / (1 - dropout));
        return { outputs: mul(vectors, reshape(gather(kept, ids), [...ids.shape, 1])), final: {} };
      },
    }),
  };
}

function start(from: WordTable | ArrayLike<number> | undefined, tokens: readonly string[] | undefined): Initializer {
  if (from === undefined) return normal(1);
  if (!("matrix" in from)) return given(from);
  return tokens ? (_, random) => wordRows(from, tokens, random) : given(from.matrix);
}

export const embeddingKind: LayerKind = {
  type: "embedding",
  // Saved models have the name of the files of word vectors.
  from: (config) =>
    embedding({
      embeddingSize: config.number("dim", { min: 1, integer: true }),
      dropout: config.number("dropout", { min: 0, below: 1, fallback: 0 }),
    }),
};
