// The engine interface: an engine compiles a program of tensors and runs it on numbers.
import type { RandomKey } from "../base/index.ts";
import type { DType } from "../tensor/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** Numbers with a shape. `float` is a Float32Array (Float64Array in the reference engine), `int` an Int32Array, `bool` a Uint8Array. */
export interface Value {
  readonly shape: readonly number[];
  readonly dtype: DType;
  readonly data: Float32Array | Float64Array | Int32Array | Uint8Array;
}

/** Values by name. */
export type Values = Readonly<Record<string, Value>>;

/** What an engine compiles. Its inputs are the `input` tensors that the outputs and the state depend on. */
export interface Program {
  /** Results that a run can return, by name. */
  readonly outputs: Readonly<Record<string, Tensor>>;
  /** Values of inputs that never change, by name. They are compiled into the program and are not fed. */
  readonly constants?: Values;
  /**
   * Values that stay in the engine from run to run. The program reads each as the input of that name. After a run it
   * holds `next`; without `next` it changes only by `write` and `copy`. A name that no input reads is storage.
   * State that was never written holds zeros.
   */
  readonly state?: Readonly<Record<string, StateRule>>;
  /**
   * Data parallelism as part of the arithmetic. A batch is cut into `count` shards (a power of two) along the axis "B".
   * The outputs named in `sum` are computed in each shard and added as a balanced binary tree; whatever else reads
   * them reads the total. The other results are joined along "B".
   */
  readonly shards?: { readonly count: number; readonly sum: readonly string[] };
}

export interface StateRule {
  /** The value after a run. */
  readonly next?: Tensor;
}

export interface CompileOptions {
  /** Threads to use; the engine's choice by default. Results do not depend on it, except for rounding within one operation. */
  threads?: number;
  /**
   * Workers that share the shards; the engine's choice by default. A power of two that divides their number. Results do
   * not depend on it. Each worker uses `threads / workers` threads inside its operations.
   */
  workers?: number;
  /** What an earlier session of this program chose (`Session.choices`): with it the results are the same bits. */
  choices?: unknown;
  /** Runs the graph passes; true by default. The reference engine always runs the graph as it is. */
  optimize?: boolean;
}

export interface RunOptions {
  /** Names of the outputs to return; all by default. State is updated in any case. */
  want?: readonly string[];
  /** Key of the dropout masks. Needed only where the program reads masks that are not fed; shard i draws with `foldIn(key, i)`. */
  key?: RandomKey;
}

export interface Engine {
  /** `reference`, `onnxruntime-node`, `onnxruntime-web`. */
  readonly name: string;
  /** Threads that the host can give; absent where that says nothing about speed (a GPU). */
  readonly cores?: number;
  /** Processes that share the shards of a program, and of which each must have one; 1 by default. */
  readonly ranks?: number;
  /** The number of this process among them, from 0. */
  readonly rank?: number;
  compile(program: Program, options?: CompileOptions): Promise<Session>;
}

/** A compiled program together with its state. */
export interface Session {
  /** What a run must be fed: inputs that are neither constants nor state nor masks. */
  readonly inputs: readonly Tensor<"input">[];
  /**
   * Runs the program once: computes outputs and replaces state, all of it from the state before the run.
   * With shards, `feeds` is a whole batch, which is cut along "B", or a list with the feeds of each shard.
   *
   * @throws UnrolledError with code "missing" or "shape" where a feed is absent or does not fit its input
   */
  run(feeds: Values | readonly Values[], options?: RunOptions): Promise<Record<string, Value>>;
  /**
   * Plain data: what the session chose by the lengths of its first run, if that decides about the last bits of results.
   * Absent where nothing does.
   */
  choices?(): unknown;
  /** Copies state to the host. */
  read(names: readonly string[]): Promise<Record<string, Value>>;
  /** Replaces state by values from the host. */
  write(values: Values): Promise<void>;
  /** Copies state within the engine: `to[i]` then holds what `from[i]` holds. */
  copy(from: readonly string[], to: readonly string[]): Promise<void>;
  /** Only where runs go separate ways until then: makes the state one again. All ranks call it together. */
  settle?(): Promise<void>;
  /** Frees what the session holds. Further calls are refused. */
  release(): Promise<void>;
}
