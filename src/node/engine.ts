// The engine of Node: ONNX Runtime's native build, or its WebAssembly build where there is no native one.
import { availableParallelism } from "node:os";
import type { Engine } from "../engine/engine.ts";
import { onnxruntimeEngine } from "../engine/onnx/engine.ts";
import { type ShardingEngine, sequentialShards } from "../engine/shards.ts";
import { webEngine } from "../web/engine.ts";
import { nativeRuntime } from "./onnx-runtime.ts";
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
  let loading: Promise<{ engine: Engine; native: boolean }> | undefined;
  async function load() {
    const runtime = await nativeRuntime();
    if (!runtime) return { engine: webEngine(), native: false };
    const engine = onnxruntimeEngine("onnxruntime-node", runtime, {
      session: { ...session, ...(threads === undefined ? {} : { intraOpNumThreads: threads }) },
    });
    return { engine, native: true };
  }
  const loaded = () => {
    loading ??= load();
    return loading;
  };
  return {
    name: "onnxruntime-node",
    compile: async (program, options) => (await loaded()).engine.compile(program, options),
    async compileShards(program, options) {
      const { engine, native } = await loaded();
      const available = options.threads ?? threads ?? availableParallelism();
      if (!native || options.shards < 2 || available < 2) return sequentialShards(engine, program, options);
      return parallelShards(engine, { ...session, intraOpNumThreads: 1 }, program, options);
    },
  };
}
