// An embedding: a row of numbers for each id, E<t> = E[id<t>], learned like any other parameter.
import { checkNumber } from "../../base/index.ts";
import { gather } from "../../tensor/ops.ts";
import { given, type Initializer, normal } from "../init.ts";
import type { Layer } from "../layer.ts";
import { parameter } from "../parameters.ts";

export interface EmbeddingOptions {
  /** Width of a row. */
  dim: number;
  /** Rows to start from, [vocabulary size, dim] row-major: pretrained word vectors. Wrap in `freeze` to keep them as they are. */
  from?: ArrayLike<number>;
  /** Normal with deviation 1 by default, as PyTorch; tie the output to it only with a smaller one, such as uniform(1 / sqrt(dim)). */
  init?: Initializer;
}

/** ids, int [T, B] -> [T, B, dim]. Built with the number of rows: `embedding({ dim: 64 }).build(tokenizer.size)`. */
export function embedding({ dim, from, init = from ? given(from) : normal(1) }: EmbeddingOptions): Layer {
  checkNumber("embedding(dim)", dim, { min: 1, integer: true });
  return {
    config: { type: "embedding", dim },
    build: (rows) => ({
      outputSize: dim,
      depth: 0,
      parameters: [{ name: "weight", shape: [rows, dim], init }],
      state: {},
      apply: (parameters, ids) => ({ outputs: gather(parameter(parameters, "weight"), ids), final: {} }),
    }),
  };
}
