// What one thread does in a step: it runs the graph of a shard on each of its shards and adds the large results as a
// sub-tree, in flat memory. The same code runs in the calling thread and in workers.
import type * as ort from "onnxruntime-common";
import type { RandomKey } from "../../base/index.ts";
import type { Value, Values } from "../engine.ts";
import { type MaskInputs, maskFeeder } from "../session.ts";
import type { FlatMemory, Region } from "./kernel/memory.ts";
import { giveBack, type OnnxRuntime, readValue, tensorOf } from "./runtime.ts";
import { addPresent } from "./slices.ts";

/** A named array in flat memory. */
export interface Slot extends Region {
  readonly name: string;
  readonly shape: readonly number[];
}

/** All that a thread needs to know; plain data, which can be sent to a worker. */
export interface ShardSpec extends MaskInputs {
  /** The graph of one shard as an ONNX file. */
  readonly bytes: Uint8Array;
  /** Names of all that the graph reads. */
  readonly inputs: readonly string[];
  /** State in flat memory that the graph reads. */
  readonly state: readonly Slot[];
  /** Floats from the beginning of flat memory that hold this state. */
  readonly stateLength: number;
  /** Results that are added in flat memory, with places relative to the buffer of a sum. */
  readonly sums: readonly Slot[];
  /** Floats in the buffer of a sum. */
  readonly sumLength: number;
  /** From names of results to their ONNX names. */
  readonly outputNames: Readonly<Record<string, string>>;
  /** Whether ONNX Runtime writes results into arrays that it is given. */
  readonly inPlace: boolean;
}

/** Buffers that a tree over `count` places needs. */
export const levelsOf = (count: number): number => Math.log2(count) + 1;

export interface ShardResults {
  /** The small results of each shard; `undefined` for a shard without rows. */
  results: (Record<string, Value> | undefined)[];
  /** Whether any shard had rows; if so, the first sum buffer holds their tree. */
  present: boolean;
}

export interface ShardGraph {
  /** @param first the number of the first of these shards in the batch */
  run(sets: readonly (Values | undefined)[], key: RandomKey | undefined, first: number): Promise<ShardResults>;
  release(): Promise<void>;
}

/** @param sumsAt where the buffers of sums begin in memory, one for each level of the tree */
export async function shardGraph(
  runtime: OnnxRuntime,
  spec: ShardSpec,
  session: ort.InferenceSession.SessionOptions,
  memory: FlatMemory,
  sumsAt: number,
): Promise<ShardGraph> {
  const handle = await runtime.InferenceSession.create(spec.bytes, session);
  const feedMasks = maskFeeder(spec);
  const flat = new Map(
    spec.state.map((slot) => [slot.name, new runtime.Tensor("float32", memory.view(slot), slot.shape)]),
  );
  const others = Object.entries(spec.outputNames).filter(([name]) => !spec.sums.some((slot) => slot.name === name));
  const targets: Record<string, ort.Tensor | null>[] = [];
  const buffer = (level: number): Region => ({ offset: sumsAt + level * spec.sumLength, size: spec.sumLength });
  const views: Float32Array<ArrayBuffer>[][] = [];
  /** Where the sums of a level of the tree are, in the order of `spec.sums`. */
  const viewsOf = (level: number) => {
    views[level] ??= spec.sums.map(({ offset, size }) =>
      memory.view({ offset: sumsAt + level * spec.sumLength + offset, size }),
    );
    return views[level];
  };

  /** What ORT writes at a level of the tree. */
  function fetches(level: number): Record<string, ort.Tensor | null> {
    targets[level] ??= Object.fromEntries([
      ...others.map(([, onnx]): [string, null] => [onnx, null]),
      ...spec.sums.map((slot, i): [string, ort.Tensor | null] => [
        spec.outputNames[slot.name]!,
        spec.inPlace ? new runtime.Tensor("float32", viewsOf(level)[i]!, slot.shape) : null,
      ]),
    ]);
    return targets[level];
  }

  async function runShard(set: Values, key: RandomKey | undefined, shard: number, level: number) {
    const feeds = feedMasks(set, key, shard);
    const given: Record<string, ort.Tensor> = {};
    for (const name of spec.inputs) given[name] = flat.get(name) ?? tensorOf(runtime, feeds[name]!);
    const found = await handle.run(given, fetches(level));
    if (!spec.inPlace)
      for (let i = 0; i < spec.sums.length; i++) {
        const data = found[spec.outputNames[spec.sums[i]!.name]!]!.data as Float32Array;
        viewsOf(level)[i]!.set(data);
        giveBack(data);
      }
    const results: Record<string, Value> = {};
    for (const [name, onnx] of others) results[name] = readValue(found[onnx]!);
    return results;
  }

  return {
    async run(sets, key, first) {
      const results: (Record<string, Value> | undefined)[] = new Array(sets.length);
      const tree = async (from: number, to: number, level: number): Promise<boolean> => {
        if (to - from === 1) {
          const set = sets[from];
          if (set) results[from] = await runShard(set, key, first + from, level);
          return set !== undefined;
        }
        const middle = (from + to) / 2;
        const left = await tree(from, middle, level);
        const right = await tree(middle, to, level + 1);
        addPresent(memory, buffer(level), buffer(level + 1), left, right);
        return left || right;
      };
      return { present: await tree(0, sets.length, 0), results };
    },
    release: () => handle.release(),
  };
}
