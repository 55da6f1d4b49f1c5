// A worker of a sharded session: the messages between it and the session, and its side of them. State and sums cross
// through shared memory, small values through messages.
import type * as ort from "onnxruntime-common";
import type { RandomKey } from "../../base/index.ts";
import type { Values } from "../engine.ts";
import { flatMemory } from "./kernel/memory.ts";
import type { OnnxRuntime } from "./runtime.ts";
import { levelsOf, type ShardGraph, type ShardResults, type ShardSpec, shardGraph } from "./shard-graph.ts";

export interface WorkerStart {
  readonly spec: ShardSpec;
  readonly session: ort.InferenceSession.SessionOptions;
  /** Shards that this worker computes in each step; a power of two. */
  readonly shards: number;
  /** The flat state that the graph reads, written by the session. */
  readonly state: SharedArrayBuffer;
  /** The sum of this worker's shards, written by the worker. */
  readonly sum: SharedArrayBuffer;
}

export interface WorkerJob {
  readonly sets: readonly (Values | undefined)[];
  readonly key: RandomKey | undefined;
  readonly first: number;
  /** Whether the state changed since the job before. */
  readonly changed: boolean;
}

export type WorkerRequest = { start: WorkerStart } | { job: WorkerJob } | { close: true };
export type WorkerReply = { ready: true } | { results: ShardResults } | { error: string };

/** A running worker, as the session sees it. */
export interface ShardWorker {
  run(job: WorkerJob): Promise<ShardResults>;
  close(): Promise<void>;
}

/** Makes a worker; how is the host's business. */
export type StartWorker = (start: WorkerStart) => Promise<ShardWorker>;

/** The worker's side: handles a request and returns the reply. */
export function shardServer(runtime: OnnxRuntime): (request: WorkerRequest) => Promise<WorkerReply> {
  let graph: ShardGraph | undefined;
  let before: () => void = () => {};
  let after: () => void = () => {};
  async function handle(request: WorkerRequest): Promise<WorkerReply> {
    if ("start" in request) {
      const { spec, session, shards, state, sum } = request.start;
      const memory = flatMemory(spec.stateLength + levelsOf(shards) * spec.sumLength);
      const [shared, sums] = [new Float32Array(state), new Float32Array(sum)];
      before = () => memory.floats.set(shared);
      after = () => sums.set(memory.view({ offset: spec.stateLength, size: spec.sumLength }));
      graph = await shardGraph(runtime, spec, session, memory, spec.stateLength);
      return { ready: true };
    }
    if ("close" in request) {
      await graph?.release();
      return { ready: true };
    }
    const { sets, key, first, changed } = request.job;
    if (changed) before();
    const results = await graph!.run(sets, key, first);
    if (results.present) after();
    return { results };
  }
  return (request) =>
    handle(request).catch((error) => ({ error: error instanceof Error ? error.message : String(error) }));
}
