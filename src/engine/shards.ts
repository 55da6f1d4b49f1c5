// Data parallelism inside one machine: a batch is cut into shards of rows, each shard runs the same program, and the
// gradients are added. Two single-threaded sessions on half a batch each are faster than one session on two threads,
// since element-wise work, copies and look-ups of a recurrent step hardly gain from threads inside an operation.
//
// The number of shards is part of the arithmetic (the order of sums), the number of threads is not: an engine that runs
// shards one after another gives the same bits as one that runs them side by side.
import { type ParameterLayout, view } from "../tensor/parameters.ts";
import type { CompileOptions, Engine, Program, Session, Value } from "./engine.ts";

export interface ShardOptions extends CompileOptions {
  shards: number;
  layout: ParameterLayout;
  /** Flat; read at each run. The program reads each slot as the input of its name. */
  parameters: Float32Array;
  /** Flat; holds the sum over shards after each run. The program delivers each slot as `gradientName(slot)`. */
  gradients: Float32Array;
  gradientName: (slot: string) => string;
  /** Values that are the same at every run and for every shard (frozen parameters). */
  fixed: Readonly<Record<string, Value>>;
}

export interface ShardedExecutable {
  readonly inputs: Session["inputs"];
  /** One set of feeds for each shard, at most as many as there are; returns the other results of each. */
  run(feeds: readonly Readonly<Record<string, Value>>[]): Promise<Record<string, Value>[]>;
  release(): Promise<void>;
}

/** Views of a flat buffer as named values, to be fed. */
export function namedValues(flat: Float32Array, layout: ParameterLayout): Record<string, Value> {
  return Object.fromEntries(
    layout.slots.map((slot) => [slot.name, { shape: slot.shape, dtype: "float", data: view(flat, slot) }]),
  );
}

/** An engine that runs shards side by side. */
export interface ShardingEngine extends Engine {
  compileShards?(program: Program, options: ShardOptions): Promise<ShardedExecutable>;
}

/** The engine's own way if it has one, else one shard after another. */
export function compileShards(
  engine: ShardingEngine,
  program: Program,
  options: ShardOptions,
): Promise<ShardedExecutable> {
  return engine.compileShards?.(program, options) ?? sequentialShards(engine, program, options);
}

export async function sequentialShards(
  engine: Engine,
  program: Program,
  options: ShardOptions,
): Promise<ShardedExecutable> {
  const { layout, parameters, gradients, gradientName, fixed, shards, threads, optimize } = options;
  const executable = await engine.compile(program, { threads: shards > 1 ? 1 : threads, optimize });
  const base = { ...fixed, ...namedValues(parameters, layout) };
  const targets = [gradients, ...(shards > 1 ? [new Float32Array(layout.length)] : [])].map((flat) =>
    gradientViews(flat, layout, gradientName),
  );
  return {
    inputs: executable.inputs,
    async run(feeds) {
      const results: Record<string, Value>[] = [];
      for (const [i, own] of feeds.entries()) {
        const result = await executable.run({ ...base, ...own });
        writeInto(result, targets[Math.min(i, 1)]!.into);
        results.push(result);
        if (i > 0) addInto(gradients, targets[1]!.flat);
      }
      return results;
    },
    release: () => executable.release(),
  };
}

export function gradientViews(flat: Float32Array, layout: ParameterLayout, gradientName: (slot: string) => string) {
  return { flat, into: Object.fromEntries(layout.slots.map((slot) => [gradientName(slot.name), view(flat, slot)])) };
}

/** Copies results into flat memory. */
export function writeInto(
  results: Readonly<Record<string, Value>>,
  into: Readonly<Record<string, Float32Array>>,
): void {
  for (const [name, place] of Object.entries(into)) place.set(results[name]!.data as Float32Array);
}

export function addInto(sum: Float32Array, more: Float32Array): void {
  for (let i = 0; i < sum.length; i++) sum[i]! += more[i]!;
}
