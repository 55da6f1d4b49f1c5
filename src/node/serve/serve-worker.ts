// The program of the worker thread that owns a server's models.
import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { parentPort, workerData } from "node:worker_threads";
import { setDefaultEngine } from "../../engine/default.ts";
import { answerOn, localBackend, type SentError, type Served, type ServedModel, sentError } from "../../serve/index.ts";
import { nodeEngine } from "../engine.ts";
import { load } from "../save.ts";
import { loadVectors } from "../vector-files.ts";

export interface StartMessage {
  readonly folders: Readonly<Record<string, string>>;
  readonly threads?: number;
  readonly slots?: number;
}

export type StartedMessage = { readonly models: readonly ServedModel[] } | { readonly error: SentError };

/** A trained model (a folder, or an exported ONNX file), or word vectors (another file, or a folder that holds them). */
async function open(path: string): Promise<Served[string]> {
  const isFile = statSync(path, { throwIfNoEntry: false })?.isFile() && !/\.onnx$/i.test(path);
  const hasVectors = ["vectors.safetensors", "model.bin"].some((name) => existsSync(join(path, name)));
  return isFile || hasVectors ? (await loadVectors(path)).vectors : await load(path);
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
  port.postMessage({ error: sentError(error) } satisfies StartedMessage);
  port.close();
}
