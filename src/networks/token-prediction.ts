// A second loss of an encoder: each direction also learns to predict the token that it reads next (Rei, 2017, "Semi-supervised
// multitask learning for sequence labeling"), so that there is something to learn at each step and not only from the label.
//
//   p(x<t+1> | x<1> .. x<t>) = softmax(E W h<t> + log q)      forward; E: the embedding, q: the tokens' shares of the text
//   p(x<t-1> | x<t> .. x<T>) = softmax(E V g<t> + log q)      backward
//
// W and V are left out where the states of a direction are as wide as the embedding. They serve training only.
import { fail } from "../base/index.ts";
import {
  type Block,
  type Layer,
  normal,
  type Parameters,
  type ParameterTree,
  parameter,
  sequenceCrossEntropy,
} from "../nn/index.ts";
import { add, gather, input, linear, slice, type Tensor, transpose } from "../tensor/index.ts";

export interface TokenPrediction {
  /** Whether there is a backward direction, which predicts the previous token. */
  readonly both: boolean;
  readonly tree: ParameterTree;
  /** Sum of the weighted cross-entropies. @param states [T, B, H] */
  loss(all: Parameters, states: Tensor): Tensor;
}

/**
 * @param encoder the layer that `block` was built from
 * @throws UnrolledError where a state depends on the token that it would predict
 */
export function tokenPrediction(
  where: string,
  { encoder, block, embedding }: { encoder: Layer; block: Block; embedding: Block },
): TokenPrediction {
  const both = encoder.config.type === "bidirectional";
  if (!both && !block.causal)
    fail({
      where: `${where}(tokenPrediction)`,
      expected:
        "an encoder that reads in one direction, or bidirectional(layer), each of whose directions reads by itself",
      received: `${encoder.config.type}: its upper layers see the token to be predicted`,
      hint: "a single layer, or one direction; on the command line: --layers 1, or --direction forward",
    });
  const table = embedding.parameters.find(({ name }) => name === "weight");
  if (!table)
    return fail({
      where: `${where}(tokenPrediction)`,
      expected: "an embedding with a row for each token",
      received: "none",
    });
  const forwardSize = block.outputSize - block.backwardSize;
  const size = embedding.outputSize;
  const ways = [
    { name: "next", from: 0, width: both ? forwardSize : block.outputSize },
    ...(both ? [{ name: "previous", from: forwardSize, width: block.backwardSize }] : []),
  ];
  const projected = ways.filter(({ width }) => width !== size);
  return {
    both,
    tree: Object.fromEntries(
      projected.map(({ name, width }) => [
        `${name}Token`,
        { parameters: [{ name: "weight", shape: [size, width], init: normal(1 / Math.sqrt(width)) }] },
      ]),
    ),
    loss(all, states) {
      const rows = gather(parameter(all, "embedding.weight"), input("candidates", ["C"], { dtype: "int" })); // [C, E]
      const offsets = input("candidateOffsets", ["C"]);
      const losses = ways.map((way) => {
        const { name, from, width } = way;
        const own = slice(states, 2, from, from + width);
        const seen = projected.includes(way) ? linear(own, parameter(all, `${name}Token.weight`)) : own;
        const targets = transpose(input(name, ["B", "T"], { dtype: "int" }));
        const weights = transpose(input(`${name}Weights`, ["B", "T"]));
        return sequenceCrossEntropy(linear(seen, rows, offsets), targets, { weights }).total;
      });
      return losses.reduce((a, b) => add(a, b));
    },
  };
}
