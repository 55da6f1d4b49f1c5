// Runs that a page of the studio watches: each in a thread of its own, or the one that the command line is training.
import { Worker } from "node:worker_threads";
import type { FromRun, ToRun } from "../../run/index.ts";
import { workerProgram } from "../worker-program.ts";

export interface NativeRun {
  handle(message: ToRun): void;
  /** @returns how to leave */
  listen(listener: (message: FromRun) => void): () => void;
  end(): void;
}

/** A thread that trains what the page asks for. */
export function threadRun(): NativeRun {
  const own = new URL("./studio-worker.js", import.meta.url);
  const built = new URL("../../../dist/node/studio/studio-worker.js", import.meta.url);
  const worker = new Worker(workerProgram("studio", own, built));
  const listeners = new Set<(message: FromRun) => void>();
  const tell = (message: FromRun) => {
    for (const listener of listeners) listener(message);
  };
  worker.on("message", tell);
  worker.on("error", (error: Error) =>
    tell({ kind: "failed", message: `the training thread stopped: ${error.message}` }),
  );
  return {
    handle: (message) => worker.postMessage(message),
    listen(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    end: () => worker.postMessage({ kind: "end" }),
  };
}

/** Most samples that are kept to show how the network wrote earlier. */
const mostKept = 200;

/** A run that is under way elsewhere. Who comes late is told what has happened so far. */
export function watchedRun(handle: (message: ToRun) => void): NativeRun & { post(message: FromRun): void } {
  const listeners = new Set<(message: FromRun) => void>();
  let ready: FromRun | undefined;
  let losses: number[] = [];
  let tick: Extract<FromRun, { kind: "tick" }> | undefined;
  let end: FromRun | undefined;
  const valid: FromRun[] = [];
  const samples: FromRun[] = [];
  return {
    handle,
    post(message) {
      if (message.kind === "ready") ready = message;
      else if (message.kind === "tick") {
        losses.push(...message.losses);
        tick = message;
      } else if (message.kind === "valid") valid.push(message);
      else if (message.kind === "samples" || message.kind === "shown") samples.push(message);
      else if (message.kind === "done" || message.kind === "failed") end = message;
      if (samples.length > mostKept) samples.splice(0, 1);
      for (const listener of listeners) listener(message);
    },
    listen(listener) {
      if (ready) listener(ready);
      if (tick) listener({ ...tick, losses: Float32Array.from(losses) });
      for (const message of [...valid, ...samples]) listener(message);
      if (end) listener(end);
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    end() {
      listeners.clear();
      losses = [];
    },
  };
}
