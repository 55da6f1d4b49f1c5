// A cell is one time step of a recurrent network, written as an equation: parameter shapes, a named state, and `step`.
// It also states the facts that the rest of the library derives from it: the names of its gates, the names that the
// lecture gives its weights, and the ONNX operator that computes the same.
import type { Tensor } from "../tensor/tensor.ts";
import type { Initializer } from "./init.ts";

export interface CellSizes {
  /** D, the width of x. */
  readonly inputSize: number;
  /** H, the width of the state. */
  readonly hiddenSize: number;
}

/** A parameter's shape, with an initializer if the default (uniform in +-1 / sqrt(hiddenSize), as PyTorch) is not wanted. */
export type ParameterDeclaration =
  | readonly number[]
  | { readonly shape: readonly number[]; readonly init?: Initializer };

/** A cell's name and options as plain JSON: what a saved model keeps of it. A wrapper keeps the cell that it wraps. */
export interface CellConfig {
  readonly name: string;
  readonly [option: string]: string | number | boolean | CellConfig | Readonly<Record<string, number>>;
}

/** The lecture's letters for a cell. */
export interface LectureNames {
  /** Its letter for the state: `a` for the plain network, `c` for a GRU. */
  readonly state: string;
  /** Its letter for each block of rows, in the order of `gates`: the `u` of Wua, Wux and bu. */
  readonly letters: readonly string[];
}

/** The ONNX operator that computes the same as a cell. */
export interface OnnxOperator {
  readonly type: "RNN" | "GRU" | "LSTM";
  /** Block k of ONNX's rows is block `blocks[k]` of ours. */
  readonly blocks: readonly number[];
  /** `linear_before_reset`, for a GRU. */
  readonly attributes?: Readonly<Record<string, number>>;
  /** Where it is not the operator's default. */
  readonly activation?: "Relu";
}

/** A random mask that a cell reads during training: 1 with probability `keep`, else 0. */
export interface CellMask {
  /** Without the axes of batch and time. */
  readonly shape: readonly number[];
  readonly keep: number;
  /**
   * How often it is drawn. `step`: at each step of each row, [B, ...shape]. `sequence`: once per row, [B, ...shape].
   * `batch`: once, [...shape], for a mask over weights.
   */
  readonly per: "step" | "sequence" | "batch";
}

/** One time step of a recurrent network. `P` and `S` are the names of its parameters and of its states. */
export interface Cell<P extends string = string, S extends string = string> {
  readonly config: CellConfig;
  /** Names of the blocks of rows in its stacked weights, in order: `["input", "forget", "candidate", "output"]`. */
  readonly gates: readonly string[];
  readonly lecture?: LectureNames;
  readonly onnx?: OnnxOperator;
  /** Shapes of the parameters. */
  parameters(sizes: CellSizes): Readonly<Record<P, ParameterDeclaration>>;
  /** Shapes of the states, without the batch axis. */
  state(sizes: CellSizes): Readonly<Record<S, readonly number[]>>;
  /** Width of the output. */
  outputSize(sizes: CellSizes): number;
  /** Random masks that `step` gets during training. */
  masks?(sizes: CellSizes): Readonly<Record<string, CellMask>>;
  /**
   * x [B, D], states [B, H] -> output [B, outputSize] and the next states. `masks`, bool, holds a value for each mask
   * that the cell declares; it is undefined outside training.
   */
  step(
    parameters: Readonly<Record<P, Tensor>>,
    x: Tensor,
    state: Readonly<Record<S, Tensor>>,
    masks?: Readonly<Record<string, Tensor>>,
  ): { output: Tensor; state: Record<S, Tensor> };
}

export interface CellOptions<P extends string, S extends string> {
  /** Shown in summaries and errors, and saved with the model. */
  name: string;
  /** Options that a saved model must remember. */
  options?: Omit<CellConfig, "name">;
  parameters: (sizes: CellSizes) => Readonly<Record<P, ParameterDeclaration>>;
  /** Names of states of shape [hiddenSize], or a function that gives each its shape. */
  state: readonly S[] | ((sizes: CellSizes) => Readonly<Record<S, readonly number[]>>);
  /** hiddenSize by default. */
  outputSize?: (sizes: CellSizes) => number;
  /** Names of the blocks of rows in stacked weights, for `inspect`; none by default, which shows numbered gates. */
  gates?: readonly string[];
  lecture?: LectureNames;
  onnx?: OnnxOperator;
  masks?: Cell<P, S>["masks"];
  step: Cell<P, S>["step"];
}

/**
 * Defines a cell. The lecture's recurrent network:
 *
 *     const elman = cell({
 *       name: "elman",
 *       parameters: ({ inputSize: D, hiddenSize: H }) => ({ Wax: [H, D], Waa: [H, H], ba: [H] }),
 *       state: ["a"],
 *       step: ({ Wax, Waa, ba }, x, { a }) => {
 *         const next = tanh(add(linear(x, Wax), linear(a, Waa), ba)); // a<t> = tanh(Waa a<t-1> + Wax x<t> + ba)
 *         return { output: next, state: { a: next } };
 *       },
 *     });
 *
 * @example
 * ```ts
 * const elman = cell({
 *   name: "elman",
 *   parameters: ({ inputSize: D, hiddenSize: H }) => ({ Wax: [H, D], Waa: [H, H], ba: [H] }),
 *   state: ["a"],
 *   step: ({ Wax, Waa, ba }, x, { a }) => {
 *     const next = tanh(add(linear(x, Wax), linear(a, Waa), ba));
 *     return { output: next, state: { a: next } };
 *   },
 * });
 * ```
 */
export function cell<P extends string, const S extends string>({
  name,
  options = {},
  parameters,
  state,
  outputSize = ({ hiddenSize }) => hiddenSize,
  gates = [],
  lecture,
  onnx,
  masks,
  step,
}: CellOptions<P, S>): Cell<P, S> {
  const shapes =
    typeof state === "function"
      ? state
      : ({ hiddenSize }: CellSizes) =>
          Object.fromEntries(state.map((each) => [each, [hiddenSize]])) as unknown as Record<S, readonly number[]>;
  return {
    config: { ...options, name },
    gates,
    ...(lecture ? { lecture } : {}),
    ...(onnx ? { onnx } : {}),
    ...(masks ? { masks } : {}),
    parameters,
    state: shapes,
    outputSize,
    step,
  };
}
