// A layer is a plain value without a size for its inputs. A built layer (a block) has parameters and a state, and
// applies them.

import { add, maskInput } from "../tensor/ops.ts";
import type { State } from "../tensor/scan.ts";
import type { Dim } from "../tensor/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { ParameterSpec, Parameters } from "./parameters.ts";

/** A layer's options as plain JSON: what a saved model keeps of it. */
export interface LayerConfig {
  readonly type: string;
  readonly [option: string]: unknown;
}

export interface Layer {
  readonly config: LayerConfig;
  /** The layer for inputs of this width (for an embedding: this many rows). */
  build(inputSize: number, place?: Place): Block;
}

/** A layer's position: its number in the stack and its direction. Parameters and states are named after it: `weight_hh_l0_reverse`. */
export interface Place {
  readonly layer: number;
  readonly reverse: boolean;
  /** The tokens of an embedding's rows, for looking them up in word vectors. */
  readonly tokens?: readonly string[];
  /** {@link Block.backwardSize} of the layer below. */
  readonly backwardSize?: number;
}

export interface Block {
  readonly outputSize: number;
  /** How many layer numbers it uses in a stack: 1 for a recurrent layer, 0 for one without a time loop. */
  readonly depth: number;
  /** Whether the output at a step depends on this step and earlier ones only. */
  readonly causal: boolean;
  /** How many of its outputs, the last ones, come from a backward direction; they are complete at a row's first step. */
  readonly backwardSize: number;
  /** What it reads: vectors [T, B, D] by default, or token ids, int [T, B]. */
  readonly reads?: "ids";
  /** Names are relative to the block: `weight_ih_l0`. */
  readonly parameters: readonly ParameterSpec[];
  /** Shapes of the states, without the batch axis: `{ h_l0: [H] }`. */
  readonly state: Readonly<Record<string, readonly number[]>>;
  /** x [T, B, inputSize] -> outputs [T, B, outputSize]; time first. */
  apply(parameters: Parameters, x: Tensor, options?: ApplyOptions): Applied;
}

export interface ApplyOptions {
  /** Initial states by name, [B, ...] each; zeros for those not given. */
  state?: State;
  /** Number of steps of each row, int [B]. Past it outputs are 0 and states stay. */
  lengths?: Tensor;
  /**
   * Where a new document begins, bool or int [T, B]: a step with a true value starts from a zero state, in both
   * directions, so that nothing is carried from one document of a stream to the next.
   */
  resetAt?: Tensor;
  /** Source of random masks during training. Without it nothing is dropped. */
  masks?: Masks;
}

export interface Applied {
  outputs: Tensor;
  /** States after the last step of each row, by name. */
  final: State;
  /** What a regularized layer adds to the loss of each place during training, [T, B]. */
  penalty?: Tensor;
}

/** Adds the penalties of several layers. */
export const addPenalties = (parts: readonly Applied[]): Pick<Applied, "penalty"> => {
  const each = parts.flatMap(({ penalty }) => penalty ?? []);
  return each.length === 0 ? {} : { penalty: each.reduce((a, b) => add(a, b)) };
};

/** Makes dropout masks, numbered in the order in which the model asks for them. */
export interface Masks {
  next(shape: readonly Dim[], keep: number): Tensor;
}

/** The masks of one traced graph: inputs `mask.0`, `mask.1`, ... */
export function dropoutMasks(): Masks {
  let count = 0;
  return { next: (shape, keep) => maskInput(`mask.${count++}`, shape, keep) };
}

/** The fields of a block without a time loop, which a layer may spread. */
export const timeless = { depth: 0, causal: true, backwardSize: 0, state: {} } as const;

export const firstPlace: Place = { layer: 0, reverse: false };

/** `_l0`, `_l1_reverse`: PyTorch's endings. */
export const placeSuffix = ({ layer, reverse }: Place): string => `_l${layer}${reverse ? "_reverse" : ""}`;
