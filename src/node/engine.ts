// The engine of Node: ONNX Runtime's native build, from the npm tarball.
import * as ort from "onnxruntime-node";
import type { Engine } from "../engine/engine.ts";
import { onnxruntimeEngine } from "../engine/onnxruntime.ts";

export interface NodeEngineOptions {
  /** Threads inside one operation; the number of cores by default. */
  threads?: number;
}

export function nodeEngine({ threads }: NodeEngineOptions = {}): Engine {
  return onnxruntimeEngine("onnxruntime-node", ort, {
    session: {
      graphOptimizationLevel: "all",
      logSeverityLevel: 3,
      ...(threads === undefined ? {} : { intraOpNumThreads: threads }),
    },
  });
}
