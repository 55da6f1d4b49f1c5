// Ranks within one process: each call waits until all ranks have made it. For tests of what is done with ranks, without MPI.
import type { Ranks } from "../../src/engine/ranks.ts";

export function loopback(size: number, { fast = false } = {}): Ranks[] {
  let waiting: { value: unknown; resolve: (all: unknown[]) => void }[] = [];
  /** What all ranks give, in their order. */
  function meet<T>(rank: number, value: T): Promise<T[]> {
    const met = new Promise<unknown[]>((resolve) => {
      if (waiting[rank]) throw new Error(`rank ${rank} calls twice`);
      waiting[rank] = { value, resolve };
    });
    const all = Array.from({ length: size }, (_, i) => waiting[i]);
    if (all.every((one) => one !== undefined)) {
      waiting = [];
      const values = all.map((one) => one!.value);
      for (const one of all) one!.resolve(values);
    }
    return met as Promise<T[]>;
  }
  return Array.from({ length: size }, (_, rank) => ({
    rank,
    size,
    gather: (bytes) => meet(rank, bytes.slice()),
    async exchange(send, receive) {
      const block = send.length / size;
      for (const [i, from] of (await meet(rank, send.slice())).entries())
        receive.set(from.subarray(rank * block, (rank + 1) * block), i * block);
    },
    async collect(send, receive) {
      for (const [i, from] of (await meet(rank, send.slice())).entries()) receive.set(from, i * send.length);
    },
    ...(fast
      ? {
          async sum(values: Float32Array) {
            const all = await meet(rank, values.slice());
            for (let k = 0; k < values.length; k++) values[k] = all.reduceRight((sum, from) => sum + from[k]!, 0);
          },
        }
      : {}),
  }));
}
