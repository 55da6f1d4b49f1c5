// How a task's tokens become rows of numbers: an embedding that the caller made, or the task's own.
import { fail } from "../base/index.ts";
import { type Block, embedding, type Initializer, type Layer, type LayerConfig, type WordTable } from "../nn/index.ts";
import { firstPlace } from "../nn/layer.ts";

export interface TokenEmbeddingOptions {
  /**
   * How tokens become numbers. `embedding({ from: vectors })` begins with word vectors (transfer); in `freeze` they stay
   * as they are, for good or at first. By default an embedding of `embeddingSize` with random rows.
   */
  embedding?: Layer;
  /** Word vectors to begin with: short for `embedding: embedding({ from: vectors })`. */
  vectors?: WordTable;
  /** Width of a token's row of numbers; that of `embedding` where it is given. */
  embeddingSize?: number;
}

export interface TokenEmbedding {
  readonly block: Block;
  /** What a saved model keeps of it: nothing where it is a plain embedding, of which the width says all. */
  readonly config?: LayerConfig;
}

/** Builds the embedding of these tokens. @throws UnrolledError where the layer is no embedding, or of another width */
export function tokenEmbedding(
  where: string,
  tokens: readonly string[],
  { embedding: layer, vectors, embeddingSize }: TokenEmbeddingOptions,
  own: { size: number; init?: Initializer },
): TokenEmbedding {
  if (layer && vectors)
    fail({
      where: `${where}(vectors)`,
      expected: "an embedding or vectors",
      received: "both",
      hint: "embedding({ from: vectors })",
    });
  const drawn = { embeddingSize: embeddingSize ?? own.size, ...(own.init ? { init: own.init } : {}) };
  const made = layer ?? embedding(vectors ? { from: vectors } : drawn);
  const block = made.build(tokens.length, { ...firstPlace, tokens });
  if (block.reads !== "ids")
    fail({ where: `${where}(embedding)`, expected: "an embedding", received: `a ${made.config.type} layer` });
  if (embeddingSize !== undefined && embeddingSize !== block.outputSize)
    fail({
      where: `${where}(embeddingSize)`,
      expected: `${block.outputSize}, as the embedding has`,
      received: String(embeddingSize),
      code: "shape",
    });
  return { block, ...(isPlain(made.config) ? {} : { config: made.config }) };
}

/** @throws UnrolledError where an output layer cannot share the embedding's table, because more stands beside it */
export function checkTied(where: string, { parameters, outputSize }: Block): void {
  const width = parameters[0]!.shape[1];
  if (width !== outputSize)
    fail({
      where: `${where}(tieWeights)`,
      expected: `an embedding that consists of its table alone, of width ${width}`,
      received: `one of width ${outputSize}`,
      hint: "tieWeights: false",
      code: "shape",
    });
}

/** Whether its width describes it completely. */
const isPlain = ({ type, dim: _, ...rest }: LayerConfig): boolean =>
  type === "embedding" && Object.keys(rest).length === 0;
