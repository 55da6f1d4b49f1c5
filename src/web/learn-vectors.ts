// Training of word vectors off the page's own thread: a module worker reads the text and learns, the page sees progress.
import { UnrolledError } from "../base/errors.ts";
import { fastTextVectors } from "../embeddings/formats/fasttext-bin.ts";
import { type WordVectors, wordVectors } from "../embeddings/vectors.ts";
import type { ByteSource } from "./blob-chunks.ts";
import type { FromWorker, LearnSettings, Report, ToWorker } from "./learn-messages.ts";

export interface LearnVectorsOptions extends LearnSettings {
  /** Stops early; the last report has the vectors trained so far. */
  signal?: AbortSignal;
  /** URL of `learn-worker.js`, if the bundler does not find it. */
  workerUrl?: string | URL;
}

/** `reading` counts the words of the text; the last report of `training` has the vectors. */
export type LearnProgress = Report & { vectors?: WordVectors };

/**
 * Learns word vectors from text as `embeddingTrainer` does, with the same kernel. Threads are used where the page is
 * cross-origin isolated; elsewhere one worker does all. One thread gives the same vectors as one thread in Node does.
 *
 * @example
 * ```ts
 * for await (const { vectors } of learnVectors(file, { dim: 100 })) if (vectors) console.log(vectors.nearest("tea"));
 * ```
 */
export async function* learnVectors(
  source: Blob | ReadableStream<Uint8Array> | readonly Blob[],
  { signal, workerUrl, ...settings }: LearnVectorsOptions = {},
): AsyncGenerator<LearnProgress, void, void> {
  const worker = workerUrl
    ? new Worker(workerUrl, { type: "module" })
    : new Worker(new URL("./learn-worker.js", import.meta.url), { type: "module" });
  const arrived: FromWorker[] = [];
  let wake = () => {};
  const take = (message: FromWorker) => {
    arrived.push(message);
    wake();
  };
  worker.onmessage = ({ data }: MessageEvent<FromWorker>) => take(data);
  worker.onerror = (event) =>
    take({
      kind: "error",
      details: {
        where: "learnVectors",
        problem: event.message || "the worker could not be started",
        hint: "pass workerUrl, the URL of learn-worker.js",
        code: "missing",
      },
    });
  const post = (message: ToWorker, transfer: Transferable[] = []) => worker.postMessage(message, transfer);
  const stop = () => post({ kind: "stop" });
  signal?.addEventListener("abort", stop);
  try {
    const start: ByteSource | readonly Blob[] = source;
    post({ kind: "start", source: start, settings }, start instanceof ReadableStream ? [start] : []);
    if (signal?.aborted) stop();
    for (;;) {
      while (arrived.length === 0) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      const message = arrived.shift()!;
      if (message.kind === "error") throw new UnrolledError(message.details);
      if (message.kind === "report") yield message.report;
      else {
        const { plain, fastText } = message;
        yield { ...message.report, vectors: fastText ? fastTextVectors(fastText) : wordVectors(plain!) };
        return;
      }
    }
  } finally {
    signal?.removeEventListener("abort", stop);
    worker.terminate();
  }
}
