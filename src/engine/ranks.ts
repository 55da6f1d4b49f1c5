// Processes that share the work of a program: each computes some of its shards. How they reach each other is the host's
// business (MPI in Node, message by message in tests).

/** One of several processes. All of them call the same functions in the same order. */
export interface Ranks {
  /** The number of this process, from 0. */
  readonly rank: number;
  /** How many there are: a power of two. */
  readonly size: number;
  /** The bytes of every rank, in the order of the ranks. They may differ in length. */
  gather(bytes: Uint8Array): Promise<readonly Uint8Array[]>;
  /** Cut into one block per rank: block i of `send` goes to rank i, block i of `receive` comes from rank i. */
  exchange(send: Float32Array, receive: Float32Array): Promise<void>;
  /** `receive` becomes what all ranks send, one after another; all of one length. */
  collect(send: Float32Array, receive: Float32Array): Promise<void>;
  /**
   * Replaces values by their sums over all ranks, in whatever order is fastest. Present only where sums need not be the same
   * bits for another number of ranks.
   */
  sum?(values: Float32Array): Promise<void>;
}
