// Threads for training word vectors in Node.
import { Worker } from "node:worker_threads";
import type { HostWorker } from "../embeddings/training/workers.ts";

/** Creates a worker thread from JavaScript source; pass it as `spawn` to `embeddingTrainer`. */
export function spawnThread(source: string): HostWorker {
  const worker = new Worker(source, { eval: true });
  return {
    post: (message) => worker.postMessage(message),
    onMessage: (handler) => worker.on("message", handler),
    onError: (handler) => worker.on("error", handler),
    close: () => void worker.terminate(),
  };
}
