// Workers that train, and the engine that they share: one more worker compiles it, once, and the page hands it on.
import type { GivenEngine } from "./given-engine.ts";

let engine: Promise<GivenEngine> | undefined;
let first: Worker | undefined;

function compileEngine(): Promise<GivenEngine> {
  const worker = new Worker(new URL("./engine-worker.ts", import.meta.url), { type: "module" });
  return new Promise((resolve) => {
    const end = (given: GivenEngine) => {
      if (given.problem !== undefined) engine = undefined; // the next worker tries again
      worker.terminate();
      resolve(given);
    };
    worker.addEventListener("message", ({ data }: MessageEvent<GivenEngine>) => end(data));
    worker.addEventListener("error", ({ message }) =>
      end({ kind: "engine", problem: message || "the engine could not be loaded" }),
    );
  });
}

function begin(): Worker {
  const worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
  engine ??= compileEngine();
  void engine.then((given) => worker.postMessage(given));
  return worker;
}

export function beginFirstWorker(): void {
  first = begin();
}

export function trainingWorker(): Worker {
  const worker = first ?? begin();
  first = undefined;
  return worker;
}
