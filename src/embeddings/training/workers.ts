// The same kernel in other threads. How a thread is made is the host's business (worker_threads in Node, Worker in
// browsers); what it runs is this text, so that no file has to be found at run time.

import { fail } from "../../base/errors.ts";

/** A thread that runs `workerSource`. */
export interface HostWorker {
  post(message: unknown): void;
  /** Calls back with what the worker posts. */
  onMessage(handler: (message: unknown) => void): void;
  onError(handler: (error: unknown) => void): void;
  close(): void;
}

/** Creates a thread from JavaScript source. */
export type SpawnWorker = (source: string) => HostWorker;

/** One block of work for the kernel: addresses are in the shared memory. */
export interface BlockJob {
  config: number;
  scratch: number;
  ids: number;
  count: number;
  rate: number;
  seed: bigint;
}

export interface BlockResult {
  /** Words that subsampling left. */
  stayed: number;
  loss: number;
  products: number;
}

export interface Runner {
  run(job: BlockJob): Promise<BlockResult>;
  close(): void;
}

export interface TrainKernel extends Record<string, unknown> {
  train(config: number, scratch: number, ids: number, count: number, rate: number, seed: bigint): number;
  fill(at: number, rows: number, dim: number, padded: number, scale: number, seed: bigint): void;
  scratchBytes(dim: number): number;
}

/** The program of a training thread: receives the module and the memory once, then jobs. */
export const workerSource = `
const scope = typeof require === "function" ? require("node:worker_threads").parentPort : self;
const listen = (f) => (scope.on ? scope.on("message", f) : (scope.onmessage = (e) => f(e.data)));
let kernel, sums;
listen((m) => {
  if (m.module) {
    kernel = new WebAssembly.Instance(m.module, { env: { memory: m.memory } }).exports;
    sums = new Float64Array(m.memory.buffer);
    return;
  }
  const stayed = kernel.train(m.config, m.scratch, m.ids, m.count, m.rate, m.seed);
  scope.postMessage({ stayed, loss: sums[m.scratch / 8], products: sums[m.scratch / 8 + 1] });
});
`;

/** Runs blocks in the thread that asks. */
export function inlineRunner(kernel: TrainKernel, memory: WebAssembly.Memory): Runner {
  const sums = new Float64Array(memory.buffer);
  return {
    async run({ config, scratch, ids, count, rate, seed }) {
      const stayed = kernel.train(config, scratch, ids, count, rate, seed);
      await new Promise((resolve) => setTimeout(resolve)); // lets signals and pictures through
      return { stayed, loss: sums[scratch / 8]!, products: sums[scratch / 8 + 1]! };
    },
    close() {},
  };
}

/** Runs blocks in a thread of its own, in the order given. */
export function threadRunner(spawn: SpawnWorker, module: WebAssembly.Module, memory: WebAssembly.Memory): Runner {
  const worker = spawn(workerSource);
  const waiting: { resolve: (result: BlockResult) => void; reject: (error: unknown) => void }[] = [];
  worker.onMessage((message) => waiting.shift()?.resolve(message as BlockResult));
  worker.onError((error) => {
    for (const { reject } of waiting.splice(0)) reject(error);
  });
  worker.post({ module, memory });
  return {
    run: (job) =>
      new Promise((resolve, reject) => {
        waiting.push({ resolve, reject });
        worker.post(job);
      }),
    close() {
      worker.close();
      for (const { reject } of waiting.splice(0)) {
        try {
          fail({ where: "train", problem: "the training thread was closed", code: "internal" });
        } catch (error) {
          reject(error);
        }
      }
    },
  };
}
