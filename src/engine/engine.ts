// What an engine is: it takes a graph of tensors and runs it over numbers.
import type { DType } from "../tensor/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { ShardedExecutable, ShardOptions } from "./shards.ts";

/** Numbers with a shape. `float` is a Float32Array (Float64Array in the reference engine), `int` an Int32Array, `bool` a Uint8Array. */
export interface Value {
  readonly shape: readonly number[];
  readonly dtype: DType;
  readonly data: Float32Array | Float64Array | Int32Array | Uint8Array;
}

/** A program: named results of a graph. Its inputs are the `input` tensors that the results depend on. */
export interface Program {
  readonly outputs: Readonly<Record<string, Tensor>>;
  /** Values of inputs that never change, by name: baked in, and laid out by the engine as it likes best. They are not fed. */
  readonly constants?: Readonly<Record<string, Value>>;
}

export interface CompileOptions {
  /** Threads inside one operation (the engine's own choice by default). */
  threads?: number;
  /** Passes on or off; on by default. The reference engine runs the graph as it is. */
  optimize?: boolean;
}

export interface Engine {
  /** `reference`, `onnxruntime-node`, `onnxruntime-web`. */
  readonly name: string;
  compile(program: Program, options?: CompileOptions): Promise<Executable>;
  /** Runs shards of a batch side by side, if the engine can; `compileShards` of `shards.ts` falls back to one after another. */
  compileShards?(program: Program, options: ShardOptions): Promise<ShardedExecutable>;
}

export interface Executable {
  /** Names, shapes and kinds of what must be fed. */
  readonly inputs: readonly Tensor<"input">[];
  /**
   * Runs the program. `feeds` holds a value for each input, by name. Results named in `into` are written there in
   * place; the others come in new arrays.
   */
  run(
    feeds: Readonly<Record<string, Value>>,
    into?: Readonly<Record<string, Float32Array>>,
  ): Promise<Record<string, Value>>;
  /** Frees what the engine holds. */
  release(): Promise<void>;
}
