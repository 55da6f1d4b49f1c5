// Where a run lives: in a worker of this page, or in a thread of the Node process behind it. Both answer the same messages.
import { decodeMessage, type FromRun, type ToRun } from "unrolled/run";
import { api, postMessage } from "./session.ts";
import { trainingWorker } from "./training-worker.ts";

export interface Channel {
  readonly native: boolean;
  ask(message: ToRun): void;
  close(): void;
}

type Take = (message: FromRun) => void;

export function workerChannel(take: Take): Channel {
  const worker = trainingWorker();
  worker.addEventListener("message", ({ data }: MessageEvent<FromRun>) => take(data));
  worker.addEventListener("error", ({ message }) =>
    take({ kind: "failed", message: message || "the training worker could not be started" }),
  );
  return {
    native: false,
    ask: (message) => worker.postMessage(message),
    close: () => worker.terminate(),
  };
}

/** Messages go up one after another, so that they arrive in order. */
export function nativeChannel(take: Take): Channel {
  const id = Array.from(crypto.getRandomValues(new Uint8Array(8)), (byte) => byte.toString(16).padStart(2, "0")).join(
    "",
  );
  const stop = new AbortController();
  let opened: () => void = () => {};
  let sending: Promise<unknown> = new Promise<void>((resolve) => {
    opened = resolve;
  });
  let done = false;
  const heard: Take = (message) => {
    done = message.kind === "done";
    take(message);
  };
  // A command that ends after its run has done what it was to do.
  const fail = (error: unknown) => {
    if (!stop.signal.aborted && !done)
      take({ kind: "failed", message: error instanceof Error ? error.message : String(error) });
  };
  void listen(`events?id=${id}`, stop.signal, heard, () => opened()).catch(fail);
  return {
    native: true,
    ask(message) {
      sending = sending.then(() => postMessage(`run?id=${id}`, message)).catch(fail);
    },
    close: () => stop.abort(),
  };
}

async function listen(path: string, signal: AbortSignal, take: Take, opened: () => void): Promise<void> {
  const { body } = await api(path, { signal });
  const reader = body!.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  for (;;) {
    const { done, value } = await reader.read().catch(() => ({ done: true, value: "" }) as const);
    if (done) break;
    opened();
    text += value;
    const parts = text.split("\n\n");
    text = parts.pop()!;
    for (const part of parts) if (part.startsWith("data: ")) take(decodeMessage<FromRun>(part.slice(6)));
  }
  throw new Error("the command has ended");
}
