// A layer is a plain value. It says nothing about the width of its inputs until it is built; a built layer (a block)
// knows its parameters and its state, and applies them.

import { maskInput } from "../tensor/ops.ts";
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

/** Where a layer stands: number k of a stack, in which direction. Parameters and states are named after it: `weight_hh_l0_reverse`. */
export interface Place {
  readonly layer: number;
  readonly reverse: boolean;
}

export interface Block {
  readonly outputSize: number;
  /** How many numbers of a stack it takes: 1 for a recurrent layer, 0 for one without a time loop. */
  readonly depth: number;
  /** With names below the block: `weight_ih_l0`. */
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
  /** While training: where dropout masks come from. Without it nothing is dropped. */
  masks?: Masks;
}

export interface Applied {
  outputs: Tensor;
  /** States after the last step of each row, by name. */
  final: State;
}

/** Makes dropout masks, numbered in the order in which the model asks for them. */
export interface Masks {
  next(shape: readonly Dim[], keep: number): Tensor;
}

/** The masks of one traced graph: inputs `mask.0`, `mask.1`, ... */
export function dropoutMasks(): Masks {
  let count = 0;
  return { next: (shape, keep) => maskInput(`mask.${count++}`, shape, keep) };
}

export const firstPlace: Place = { layer: 0, reverse: false };

/** `_l0`, `_l1_reverse`: PyTorch's endings. */
export const placeSuffix = ({ layer, reverse }: Place): string => `_l${layer}${reverse ? "_reverse" : ""}`;

/** The same layer with parameters that training leaves alone. */
export function freeze(layer: Layer): Layer {
  return {
    config: { type: "freeze", layer: layer.config },
    build(inputSize, place) {
      const block = layer.build(inputSize, place);
      return { ...block, parameters: block.parameters.map((spec) => ({ ...spec, frozen: true })) };
    },
  };
}
