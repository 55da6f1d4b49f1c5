// The engine of Node: ONNX Runtime's native build, from the npm tarball.
import { availableParallelism } from "node:os";
import * as ort from "onnxruntime-node";
import { onnxruntimeEngine } from "../engine/onnx/engine.ts";
import { type ShardingEngine, sequentialShards } from "../engine/shards.ts";
import { parallelShards } from "./shards.ts";

export interface NodeEngineOptions {
  /** Threads inside one operation; the number of cores by default. */
  threads?: number;
}

/**
 * ONNX Runtime's native build: the default engine of `unrolled` in Node.
 *
 * @example
 * ```ts
 * setDefaultEngine(() => nodeEngine({ threads: 4 }));
 * ```
 */
export function nodeEngine({ threads }: NodeEngineOptions = {}): ShardingEngine {
  const session = { graphOptimizationLevel: "all", logSeverityLevel: 3 } as const;
  const engine = onnxruntimeEngine("onnxruntime-node", ort, {
    session: { ...session, ...(threads === undefined ? {} : { intraOpNumThreads: threads }) },
  });
  return {
    ...engine,
    compileShards(program, options) {
      const available = options.threads ?? threads ?? availableParallelism();
      if (options.shards < 2 || available < 2) return sequentialShards(engine, program, options);
      return parallelShards(engine, { ...session, intraOpNumThreads: 1 }, program, options);
    },
  };
}
