// A cell is one time step, written as it stands on the slide: parameter shapes, a named state, and `step`.
import type { Tensor } from "../tensor/tensor.ts";
import type { Initializer } from "./init.ts";

export interface CellSizes {
  /** D, the width of x. */
  readonly inputSize: number;
  /** H, the width of the state. */
  readonly hiddenSize: number;
}

/** A parameter's shape, with an initializer if the default (uniform in +-1 / sqrt(hiddenSize), as PyTorch) will not do. */
export type ParameterDeclaration =
  | readonly number[]
  | { readonly shape: readonly number[]; readonly init?: Initializer };

/** What makes a built-in cell again from a saved configuration. */
export type CellConfig = { readonly name: string } & { readonly [option: string]: string | number | boolean };

/** One time step of a recurrent network. `P` and `S` are the names of its parameters and of its states. */
export interface Cell<P extends string = string, S extends string = string> {
  readonly config: CellConfig;
  /** Shapes of the parameters. */
  parameters(sizes: CellSizes): Readonly<Record<P, ParameterDeclaration>>;
  /** Shapes of the states, without the batch axis. */
  state(sizes: CellSizes): Readonly<Record<S, readonly number[]>>;
  /** Width of the output. */
  outputSize(sizes: CellSizes): number;
  /** x [B, D], states [B, H] -> output [B, outputSize], the next states. */
  step(
    parameters: Readonly<Record<P, Tensor>>,
    x: Tensor,
    state: Readonly<Record<S, Tensor>>,
  ): { output: Tensor; state: Record<S, Tensor> };
}

export interface CellOptions<P extends string, S extends string> {
  /** Shown in summaries and errors, and saved with the model. */
  name: string;
  /** Options that a saved model must remember. */
  options?: Readonly<Record<string, string | number | boolean>>;
  parameters: (sizes: CellSizes) => Readonly<Record<P, ParameterDeclaration>>;
  /** Names of states of shape [hiddenSize], or a function that gives each its shape. */
  state: readonly S[] | ((sizes: CellSizes) => Readonly<Record<S, readonly number[]>>);
  /** hiddenSize by default. */
  outputSize?: (sizes: CellSizes) => number;
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
  step,
}: CellOptions<P, S>): Cell<P, S> {
  const shapes =
    typeof state === "function"
      ? state
      : ({ hiddenSize }: CellSizes) =>
          Object.fromEntries(state.map((each) => [each, [hiddenSize]])) as unknown as Record<S, readonly number[]>;
  return { config: { ...options, name }, parameters, state: shapes, outputSize, step };
}
