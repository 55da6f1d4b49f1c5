// A second loss of an encoder: each direction also learns to predict the token that it reads next (Rei, 2017, "Semi-supervised
// multitask learning for sequence labeling"), so that there is something to learn at each step and not only from the label.
//
//   p(x<t+1> | x<1> .. x<t>) = softmax(E W h<t> + log q)      forward; E: the embedding, q: the tokens' shares of the text
//   p(x<t-1> | x<t> .. x<T>) = softmax(E V g<t> + log q)      backward
//
// W and V are left out where the states of a direction are as wide as the embedding. They serve training only.
import { checkNumber, fail } from "../base/index.ts";
import {
  type Block,
  type Layer,
  type Loss,
  normal,
  type Parameters,
  type ParameterTree,
  parameter,
  sequenceCrossEntropy,
} from "../nn/index.ts";
import { add, div, gather, input, linear, slice, type Tensor, transpose } from "../tensor/index.ts";

export interface TokenPredictionOptions {
  /**
   * Weight of the second loss. The training loss is the task's own mean loss (per row; per target token for a translator) plus
   * this weight times the mean cross-entropy of all token predictions, of both directions together. 0: no second loss.
   */
  readonly weight: number;
  /** The weight falls linearly to 0 over this number of epochs. If absent, the weight is constant. */
  readonly epochs?: number;
}

/** The options to save; undefined where nothing is predicted. */
export function checkTokenPrediction(
  where: string,
  given: TokenPredictionOptions | undefined,
): TokenPredictionOptions | undefined {
  if (!given) return undefined;
  const { weight, epochs } = given;
  checkNumber(`${where}(tokenPrediction.weight)`, weight, { min: 0, below: Infinity });
  if (epochs !== undefined) checkNumber(`${where}(tokenPrediction.epochs)`, epochs, { above: 0, below: Infinity });
  return weight === 0 ? undefined : { weight, ...(epochs === undefined ? {} : { epochs }) };
}

/** The weight after so many epochs. */
export const predictionWeight =
  ({ weight, epochs = Infinity }: TokenPredictionOptions) =>
  (gone: number): number =>
    weight * Math.max(0, 1 - gone / epochs);

export interface TokenPrediction {
  /** Whether there is a backward direction, which predicts the previous token. */
  readonly both: boolean;
  readonly tree: ParameterTree;
  /** A loss with that of the predictions. @param states of the encoder, [T, B, H] */
  join(loss: Loss, all: Parameters, states: Tensor): Loss;
}

export interface PredictionParts {
  encoder: Layer;
  /** Built from `encoder`. */
  block: Block;
  embedding: Block;
  /** Name of the embedding's parameter. */
  table: string;
  /** Time axis of the tokens that are read. */
  time: "T" | "S";
}

/** @throws UnrolledError where a state depends on the token that it would predict */
export function tokenPrediction(
  where: string,
  { encoder, block, embedding, table, time }: PredictionParts,
): TokenPrediction {
  const both = encoder.config.type === "bidirectional";
  if (!both && !block.causal)
    fail({
      where: `${where}(tokenPrediction)`,
      expected:
        "an encoder that reads forward only, or bidirectional(layer), whose two directions do not see each other's outputs",
      received: `${encoder.config.type}, whose states can depend on the token to be predicted`,
      hint: "use one layer (--layers 1), or turn the second loss off (--token-prediction 0)",
    });
  const forwardSize = both ? block.outputSize - block.backwardSize : block.outputSize;
  const size = embedding.parameters[0]!.shape[1] as number; // of the table alone: learned rows may stand beside it
  const ways = [
    { name: "next", from: 0, width: forwardSize },
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
    join(loss, all, states) {
      const rows = gather(parameter(all, table), input("candidates", ["C"], { dtype: "int" })); // [C, E]
      const offsets = input("candidateOffsets", ["C"]);
      const losses = ways.map((way) => {
        const { name, from, width } = way;
        const own = slice(states, 2, from, from + width);
        const seen = projected.includes(way) ? linear(own, parameter(all, `${name}Token.weight`)) : own;
        const targets = transpose(input(name, ["B", time], { dtype: "int" }));
        const weights = transpose(input(`${name}Weights`, ["B", time]));
        return sequenceCrossEntropy(linear(seen, rows, offsets), targets, { weights }).total;
      });
      const total = losses.reduce((a, b) => add(a, b), loss.total);
      return { ...loss, total, mean: div(total, loss.count) };
    },
  };
}
