// The threads of a sharded session. Each runs its shards in memory of its own, which ONNX Runtime reads and writes, and then
// its slice of what follows, in memory that all share. Small values cross through messages.
import type * as ort from "onnxruntime-common";
import type { RandomKey } from "../../base/index.ts";
import type { Values } from "../engine.ts";
import { type FlatMemory, flatMemory, openMemory, type Region, type Storage } from "./kernel/memory.ts";
import { type Board, followRounds } from "./rounds.ts";
import type { OnnxRuntime } from "./runtime.ts";
import { levelsOf, type ShardResults, type ShardSpec, shardGraph } from "./shard-graph.ts";
import { type Slice, sliceRunner } from "./slices.ts";

export interface ThreadStart {
  readonly spec: ShardSpec;
  readonly session: ort.InferenceSession.SessionOptions;
  /** Shards that this thread computes in each step; a power of two. */
  readonly shards: number;
  /** Where the sum of its shards goes in the flat memory. */
  readonly sum: Region;
}

export interface ShardJob {
  readonly sets: readonly (Values | undefined)[];
  readonly key: RandomKey | undefined;
  /** The number of the first of these shards in the batch. */
  readonly first: number;
  /** Whether the state changed since the job before. */
  readonly changed: boolean;
  /** Rounds begun before this job; absent where none follow it. */
  readonly begun?: number;
}

/** A thread of a session, in a worker or not. */
export interface ShardThread {
  run(job: ShardJob): Promise<ShardResults>;
  release(): Promise<void>;
}

export interface WorkerStart extends ThreadStart {
  /** The flat memory of the session, shared, and the floats in it. */
  readonly storage: Storage;
  readonly length: number;
  readonly slice: Slice;
  readonly board: Board;
  /** The number of this worker. */
  readonly worker: number;
}

/** Starts a thread in a worker; how is the host's business. */
export type StartWorker = (start: WorkerStart) => Promise<ShardThread>;

/**
 * The shards of one thread. ONNX Runtime does not take views of shared memory: there the thread keeps a copy of the state
 * and sums of its own. Otherwise they lie in the flat memory, the sums from `sum` on.
 */
export async function shardThread(
  runtime: OnnxRuntime,
  { spec, session, shards, sum }: ThreadStart,
  flat: FlatMemory,
): Promise<ShardThread> {
  const { stateLength, sumLength } = spec;
  const own = flat.shared ? flatMemory(stateLength + levelsOf(shards) * sumLength) : flat;
  const sumsAt = flat.shared ? stateLength : sum.offset;
  const graph = await shardGraph(runtime, spec, session, own, sumsAt);
  const state = { offset: 0, size: stateLength };
  return {
    async run({ sets, key, first, changed }) {
      if (changed && flat.shared) own.view(state).set(flat.view(state));
      const results = await graph.run(sets, key, first);
      if (results.present && flat.shared) flat.view(sum).set(own.view({ offset: sumsAt, size: sumLength }));
      return results;
    },
    release: () => graph.release(),
  };
}

export type WorkerRequest = { start: WorkerStart } | { job: ShardJob } | { close: true };
export type WorkerReply = { ready: true } | { results: ShardResults } | { error: string };

/** The worker's side: handles requests one after another and posts a reply to each. */
export function shardServer(
  runtime: OnnxRuntime,
  post: (reply: WorkerReply) => void,
): (request: WorkerRequest) => Promise<void> {
  let thread: ShardThread | undefined;
  let follow: ((at: number) => void) | undefined;
  async function handle(request: WorkerRequest): Promise<WorkerReply> {
    if ("job" in request) return { results: await thread!.run(request.job) };
    if ("start" in request) {
      const { storage, length, slice, board, worker } = request.start;
      const flat = openMemory(storage, length);
      follow = followRounds(sliceRunner(slice, flat), worker, board);
      thread = await shardThread(runtime, request.start, flat);
    } else await thread?.release();
    return { ready: true };
  }
  return async (request) => {
    post(await handle(request).catch((error) => ({ error: error instanceof Error ? error.message : String(error) })));
    if ("job" in request && request.job.begun !== undefined) follow!(request.job.begun);
  };
}
