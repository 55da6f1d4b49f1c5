// The engine of Node: ONNX Runtime's native build, or its WebAssembly build where there is no native one.
import { availableParallelism } from "node:os";
import { fail } from "../base/index.ts";
import type { Engine } from "../engine/engine.ts";
import { onnxruntimeEngine } from "../engine/onnx/engine.ts";
import type { Ranks } from "../engine/ranks.ts";
import { webEngine } from "../web/engine.ts";
import { nativeRuntime } from "./onnx-runtime.ts";
import { startShardWorker } from "./shard-workers.ts";

export interface NodeEngineOptions {
  /** Threads to use; the number of cores by default. */
  threads?: number;
  /** Processes that share the shards of training and evaluation; see docs/scale.md. */
  ranks?: Ranks;
}

/**
 * ONNX Runtime's native build: the default engine of `unrolled` in Node.
 *
 * @example
 * ```ts
 * setDefaultEngine(() => nodeEngine({ threads: 4 }));
 * ```
 */
export function nodeEngine({ threads, ranks }: NodeEngineOptions = {}): Engine {
  const own = threads ?? availableParallelism();
  const cores = own * (ranks?.size ?? 1);
  let loading: Promise<Engine> | undefined;
  async function load(): Promise<Engine> {
    const runtime = await nativeRuntime();
    if (!runtime && ranks)
      fail({
        where: "nodeEngine(ranks)",
        code: "missing",
        expected: "ONNX Runtime's native build",
        received: "WebAssembly only",
      });
    if (!runtime) return webEngine();
    return onnxruntimeEngine("onnxruntime-node", runtime, {
      session: {
        graphOptimizationLevel: "basic", // the rest changes neither bits nor speed
        logSeverityLevel: 3,
        ...(threads === undefined ? {} : { intraOpNumThreads: threads }),
      },
      cores: own,
      startWorker: startShardWorker,
      ranks,
    });
  }
  return {
    name: "onnxruntime-node",
    cores,
    ...(ranks ? { ranks: ranks.size, rank: ranks.rank } : {}),
    async compile(program, options) {
      loading ??= load();
      return (await loading).compile(program, options);
    },
  };
}
