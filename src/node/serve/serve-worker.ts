// The program of the worker thread that owns a server's models.
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { parentPort, workerData } from "node:worker_threads";
import { type ErrorCode, UnrolledError } from "../../base/index.ts";
import { setDefaultEngine } from "../../engine/default.ts";
import { answerOn, localBackend, type Served, type ServedModel } from "../../serve/index.ts";
import { nodeEngine } from "../engine.ts";
import { load } from "../save.ts";
import { loadVectors } from "../vector-files.ts";

export interface StartMessage {
  readonly folders: Readonly<Record<string, string>>;
  readonly threads?: number;
  readonly slots?: number;
}

export type StartedMessage =
  | { readonly models: readonly ServedModel[] }
  | { readonly error: { problem: string; where?: string; hint?: string; code?: ErrorCode } };

/** A trained model, or word vectors: a file, or a folder that holds them. */
async function open(path: string): Promise<Served[string]> {
  const isFile = (await stat(path).catch(() => undefined))?.isFile();
  const vectors = await Promise.all(
    ["vectors.safetensors", "model.bin"].map((name) =>
      stat(join(path, name)).then(
        () => true,
        () => false,
      ),
    ),
  );
  return isFile || vectors.some(Boolean) ? (await loadVectors(path)).vectors : await load(path);
}

const { folders, threads, slots } = workerData as StartMessage;
const port = parentPort!;
try {
  setDefaultEngine(nodeEngine);
  const served: Record<string, Served[string]> = {};
  for (const [name, path] of Object.entries(folders)) served[name] = await open(path);
  const backend = await localBackend(served, { threads, slots });
  answerOn(
    {
      post: (message) => port.postMessage(message),
      onMessage: (handler) => void port.on("message", handler),
      close: () => port.close(),
    },
    backend,
  );
  port.postMessage({ models: backend.models } satisfies StartedMessage);
} catch (error) {
  const known = error instanceof UnrolledError ? error : undefined;
  const [message = ""] = (error instanceof Error ? error.message : String(error)).split("\n");
  const problem = known ? message.replace(`${known.where}: `, "") : message;
  port.postMessage({
    error: { problem, where: known?.where, hint: known?.hint, code: known?.code },
  } satisfies StartedMessage);
  port.close();
}
