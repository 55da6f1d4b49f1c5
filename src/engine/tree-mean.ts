// The mean of what several replicas hold, whichever processes hold them. Sums are a balanced binary tree over the replicas, so
// the number of processes changes no bit.
import type { Ranks } from "./ranks.ts";

/** One process. */
export const oneRank: Ranks = {
  rank: 0,
  size: 1,
  gather: async (bytes) => [bytes],
  exchange: async (send, receive) => receive.set(send),
  collect: async (send, receive) => receive.set(send),
};

/** The mean over the replicas of all ranks, which hold equally many of them. The given arrays are overwritten. */
export async function treeMean(own: readonly Float32Array[], replicas: number, ranks: Ranks): Promise<Float32Array> {
  const { length } = own[0]!;
  const block = Math.ceil(length / ranks.size);
  const sum = new Float32Array(block * ranks.size);
  sum.set(treeSum(own));
  if (ranks.sum) await ranks.sum(sum);
  else {
    const received = new Float32Array(sum.length);
    await ranks.exchange(sum, received);
    const blocks = Array.from({ length: ranks.size }, (_, i) => received.subarray(i * block, (i + 1) * block));
    await ranks.collect(treeSum(blocks), sum);
  }
  for (let i = 0; i < length; i++) sum[i]! /= replicas; // a power of two: exact
  return sum;
}

function treeSum(arrays: readonly Float32Array[]): Float32Array {
  if (arrays.length === 1) return arrays[0]!;
  const half = arrays.length / 2;
  const [to, from] = [treeSum(arrays.slice(0, half)), treeSum(arrays.slice(half))];
  for (let i = 0; i < to.length; i++) to[i]! += from[i]!;
  return to;
}
