// A layer is a plain value. It says nothing about the width of its inputs until it is built; a built layer (a block)
// knows its parameters and its state, and applies them.

import { checkNumber } from "../base/index.ts";
import { maskInput } from "../tensor/ops.ts";
import type { State } from "../tensor/scan.ts";
import type { Dim } from "../tensor/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { ParameterSpec, Parameters, TrainingLength } from "./parameters.ts";

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
  /** What the rows of an embedding stand for, so that it can look them up in word vectors. */
  readonly tokens?: readonly string[];
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

export interface FreezeOptions {
  /** Train the parameters after all, from this update or pass over the data on. Never by default. */
  unfreezeAfter?: TrainingLength;
}

/**
 * The same layer with parameters that training leaves alone, for good or at first. Nothing is computed for them but
 * what the rest of the model reads of them, so that training is faster while they are frozen.
 *
 * @example
 * ```ts
 * const table = freeze(embedding({ from: vectors }), { unfreezeAfter: { epochs: 2 } });
 * ```
 */
export function freeze(layer: Layer, { unfreezeAfter }: FreezeOptions = {}): Layer {
  if (unfreezeAfter) checkLength(unfreezeAfter);
  const state = unfreezeAfter ? { unfreezeAfter } : { frozen: true };
  return {
    config: { type: "freeze", layer: layer.config, ...(unfreezeAfter ? { unfreezeAfter } : {}) },
    build(inputSize, place) {
      const block = layer.build(inputSize, place);
      // What is frozen for good inside stays so.
      return { ...block, parameters: block.parameters.map((spec) => (spec.frozen ? spec : { ...spec, ...state })) };
    },
  };
}

/**
 * The same layer with parameters that training moves, whatever of it was frozen.
 *
 * @example
 * ```ts
 * const trained = unfreeze(freeze(lstm({ hiddenSize: 64 })));
 * ```
 */
export function unfreeze(layer: Layer): Layer {
  return {
    config: unfrozenConfig(layer.config),
    build(inputSize, place) {
      const block = layer.build(inputSize, place);
      return { ...block, parameters: unfrozen(block.parameters) };
    },
  };
}

/** Parameters without what froze them. */
export const unfrozen = (specs: readonly ParameterSpec[]): ParameterSpec[] =>
  specs.map(({ frozen: _, unfreezeAfter: __, ...spec }) => spec);

/** A configuration of a layer, or of a model with layers in it, without any `freeze`. */
export function unfrozenConfig<Config>(config: Config): Config {
  if (Array.isArray(config)) return config.map(unfrozenConfig) as Config;
  if (typeof config !== "object" || config === null) return config;
  const { type, layer } = config as { type?: unknown; layer?: unknown };
  if (type === "freeze") return unfrozenConfig(layer) as Config;
  return Object.fromEntries(Object.entries(config).map(([name, part]) => [name, unfrozenConfig(part)])) as Config;
}

function checkLength(length: TrainingLength): void {
  if ("steps" in length) checkNumber("freeze(unfreezeAfter.steps)", length.steps, { min: 1, integer: true });
  else checkNumber("freeze(unfreezeAfter.epochs)", length.epochs, { above: 0, below: Infinity });
}
