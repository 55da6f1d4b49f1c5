// What the parts of the lowering share: the units of work that it makes, and what makes them.
import type { Dim, DType, Shape } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { Home, Loop, Place } from "./code.ts";
import type { Draft, Environment } from "./draft.ts";
import type { Piece } from "./map.ts";
import type { ProductSpec } from "./matmul.ts";

export type Unit =
  | KernelUnit
  | {
      readonly kind: "loop";
      readonly loop: Loop;
      /** Before the first step, and of that step. */
      readonly first: readonly Unit[];
      readonly units: readonly Unit[];
    };

export interface KernelUnit {
  readonly kind: "kernel";
  readonly draft: Draft;
  /** What it was made from, where it may be made anew together with another. */
  readonly from?: { readonly spec?: ProductSpec; readonly pieces?: readonly Piece[] };
}

/** Makes places and loops; `Builder` is the one. */
export interface Lowering {
  readonly environment: Environment;
  readonly mostThreads: number;
  /** Lengths of the first run, by which tiles are chosen. */
  readonly size: (dim: Dim) => number;
  /** Where the results lie that may lie anywhere. */
  readonly outputs: Map<Tensor, Home>;
  place(shape: Shape, options?: { copies?: Dim; keep?: boolean; rows?: Loop }): Place;
  /** A tensor without an operation, for results between two kernels. */
  scratch(shape: Shape, dtype: DType): Tensor;
  kernel(draft: Draft, from?: KernelUnit["from"]): Unit;
  /** Gives the results of a loop their places, before anything that reads them is written. */
  prepareLoop(scan: Tensor<"scan">, order: readonly Tensor[], parent: Loop | undefined): void;
  /** What a loop's body multiplies: outer tensors that must lie in memory. */
  multiplied(scan: Tensor<"scan">, order: readonly Tensor[]): Tensor[];
  lowerLoop(scan: Tensor<"scan">, parent: Loop | undefined): Unit[];
}
