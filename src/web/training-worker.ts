// Threads for training word vectors in browsers.
import { UnrolledError } from "../base/errors.ts";
import type { HostWorker } from "../embeddings/training/workers.ts";

/**
 * Makes a worker from plain JavaScript; pass it as `spawn` to `embeddingTrainer` or `gloveTrainer`. Threads share memory, and
 * so need a page that is cross-origin isolated; elsewhere train without `spawn`, or with {@link learnVectors}.
 */
export function spawnWorker(source: string): HostWorker {
  const url = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
  const worker = new Worker(url);
  let failed = (_: unknown) => {};
  return {
    post(message) {
      try {
        worker.postMessage(message);
      } catch (error) {
        if (globalThis.crossOriginIsolated) throw error;
        throw new UnrolledError({
          where: "spawnWorker",
          problem: "threads need a page that is cross-origin isolated",
          hint: "serve it with Cross-Origin-Opener-Policy: same-origin and Cross-Origin-Embedder-Policy: require-corp",
          code: "missing",
        });
      }
    },
    onMessage(handler) {
      worker.onmessage = ({ data }) => handler(data);
    },
    onError(handler) {
      failed = handler;
      worker.onerror = (event) => failed(new Error(event.message || "the training thread could not be started"));
    },
    close() {
      worker.terminate();
      URL.revokeObjectURL(url);
    },
  };
}
