// Models in a worker thread: ONNX Runtime's `run` blocks the thread that calls it, and the main thread must go on answering.
import { Worker } from "node:worker_threads";
import { type Backend, receivedError, remoteBackend, type ServedModel } from "../../serve/index.ts";
import { workerProgram } from "../worker-program.ts";
import type { StartedMessage, StartMessage } from "./serve-worker.ts";

/**
 * Loads models in a worker thread and answers there.
 *
 * @param folders models and word vectors, by the names that requests use
 * @param stopped is called once if the thread ends by a fault: nothing can be answered then
 * @throws what loading a model throws
 */
export async function workerBackend(
  folders: Readonly<Record<string, string>>,
  { threads, slots, stopped = () => {} }: { threads?: number; slots?: number; stopped?: (error: Error) => void } = {},
): Promise<Backend> {
  const own = new URL("./serve-worker.js", import.meta.url);
  const built = new URL("../../../dist/node/serve/serve-worker.js", import.meta.url);
  const worker = new Worker(workerProgram("serve", own, built), {
    workerData: { folders, threads, slots } satisfies StartMessage,
  });
  const models = await new Promise<readonly ServedModel[]>((resolve, reject) => {
    worker.once("message", (message: StartedMessage) => {
      if ("models" in message) return resolve(message.models);
      reject(receivedError(message.error));
    });
    worker.once("error", reject);
    worker.once("exit", (code) => reject(new Error(`the thread of the models stopped with code ${code}`)));
  });
  let closing = false;
  const backend = remoteBackend(
    {
      post: (message) => worker.postMessage(message),
      onMessage: (handler) => void worker.on("message", handler),
      close: () => void worker.terminate(),
    },
    models,
  );
  const broke = (error: Error) => {
    backend.fail(error);
    if (!closing) stopped(error);
    closing = true;
  };
  worker.on("error", broke);
  worker.on("exit", (code) => broke(new Error(`the thread of the models stopped with code ${code}`)));
  return {
    ...backend,
    async close() {
      closing = true;
      await backend.close();
    },
  };
}
