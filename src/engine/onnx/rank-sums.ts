// What crosses between the ranks of a session in a step: the small results of their shards, and their large sums. The sums of
// ranks continue the balanced binary tree of the shards, so their number changes no bit.
import { fail } from "../../base/index.ts";
import type { Value } from "../engine.ts";
import type { Ranks } from "../ranks.ts";
import type { FlatMemory, Region } from "./kernel/memory.ts";
import type { ShardResults } from "./shard-graph.ts";
import { addTree } from "./slices.ts";

/** Steps between two comparisons of the state of all ranks. */
const compareEvery = 100;

export interface RankSums {
  /** The small results of all shards of all ranks, in their order, and whether any shard of each rank had rows. */
  gather(own: ShardResults["results"]): Promise<{ results: ShardResults["results"]; present: boolean[] }>;
  /** Replaces the sum of this rank by that of all. */
  sum(present: readonly boolean[]): Promise<void>;
}

/**
 * @param names of the small results of a shard
 * @param sum where the sum of this rank lies, cut into one slice for each rank
 * @param room as large as `sum`
 * @param state what must be the same on all ranks between two steps
 */
export function rankSums(
  ranks: Ranks,
  memory: FlatMemory,
  { names, sum, room, state }: { names: readonly string[]; sum: Region; room: Region; state: Region },
): RankSums {
  const { rank, size } = ranks;
  const slice = sum.size / size;
  const slices = Array.from({ length: size }, (_, i) => ({ offset: room.offset + i * slice, size: slice }));
  let step = 0;
  return {
    async gather(own) {
      const hash = step++ % compareEvery === 0 ? hashOf(memory.view(state)) : 0;
      const parts = (await ranks.gather(pack({ hash, results: own }, names))).map((bytes) => unpack(bytes, names));
      const others = parts.flatMap((part, i) => (part.hash === parts[0]!.hash ? [] : [i]));
      if (others.length > 0)
        fail({
          where: `rank ${rank}`,
          code: "internal",
          expected: `the same parameters on all ${size} ranks`,
          received: `other ones on rank ${others.join(", ")} than on rank 0`,
          hint: "run on machines with the same kind of processor, and resume from the last checkpoint",
        });
      return {
        results: parts.flatMap(({ results }) => results),
        present: parts.map(({ results }) => results.some((result) => result !== undefined)),
      };
    },
    async sum(present) {
      if (sum.size === 0) return;
      if (ranks.sum) {
        if (!present[rank]) memory.view(sum).fill(0);
        return ranks.sum(memory.view(sum));
      }
      await ranks.exchange(memory.view(sum), memory.view(room));
      addTree(memory, slices, present);
      await ranks.collect(memory.view(slices[0]!), memory.view(sum));
    },
  };
}

/** 32 bits that differ where floats differ (FNV-1a over their bits). */
function hashOf(floats: Float32Array<ArrayBuffer>): number {
  const words = new Int32Array(floats.buffer, floats.byteOffset, floats.length);
  let hash = 0x811c9dc5;
  for (let i = 0; i < words.length; i++) hash = Math.imul(hash ^ words[i]!, 0x01000193);
  return hash >>> 0;
}

interface Packed {
  hash: number;
  results: ShardResults["results"];
}

const arrays = { Float32Array, Float64Array, Int32Array, Uint8Array };
type Kind = keyof typeof arrays;
type Head = { hash: number; results: (readonly [Value["dtype"], Kind, readonly number[]][] | null)[] };

/** A length, kinds and shapes as JSON, then the values, all at multiples of 8 bytes. Names are not sent: ranks have their own. */
function pack({ hash, results }: Packed, names: readonly string[]): Uint8Array {
  const own = results.map((result) => result && names.map((name) => result[name]!));
  const head: Head = {
    hash,
    results: own.map(
      (values) => values?.map(({ dtype, data, shape }) => [dtype, data.constructor.name as Kind, shape]) ?? null,
    ),
  };
  const text = new TextEncoder().encode(JSON.stringify(head));
  const values = own.flatMap((list) => list ?? []).map(({ data }) => data);
  const begin = 8 + aligned(text.length);
  const bytes = new Uint8Array(values.reduce((at, { byteLength }) => at + aligned(byteLength), begin));
  new DataView(bytes.buffer).setUint32(0, text.length, true);
  bytes.set(text, 8);
  let at = begin;
  for (const { buffer, byteOffset, byteLength } of values) {
    bytes.set(new Uint8Array(buffer, byteOffset, byteLength), at);
    at += aligned(byteLength);
  }
  return bytes;
}

function unpack(bytes: Uint8Array, names: readonly string[]): Packed {
  const own = bytes.slice(); // at a multiple of 8 bytes
  const length = new DataView(own.buffer).getUint32(0, true);
  const { hash, results } = JSON.parse(new TextDecoder().decode(own.subarray(8, 8 + length))) as Head;
  let at = 8 + aligned(length);
  const read = (kind: Kind, shape: readonly number[]) => {
    const size = shape.reduce((a, b) => a * b, 1);
    const data = new arrays[kind](own.buffer, at, size);
    at += aligned(data.byteLength);
    return data;
  };
  const named = (list: NonNullable<Head["results"][number]>) =>
    Object.fromEntries(
      list.map(([dtype, kind, shape], i): [string, Value] => [names[i]!, { dtype, shape, data: read(kind, shape) }]),
    );
  return { hash, results: results.map((list) => (list ? named(list) : undefined)) };
}

const aligned = (bytes: number): number => Math.ceil(bytes / 8) * 8;
