// Worker threads for shards.
import { Worker } from "node:worker_threads";
import { fail } from "../base/index.ts";
import type { ShardThread, WorkerReply, WorkerRequest, WorkerStart } from "../engine/onnx/worker.ts";
import { workerProgram } from "./worker-program.ts";

/**
 * Keeps the event loop of this thread from sleeping until it was idle for 2 ms: a message that comes soon is handled at
 * once. Waking a thread costs about a tenth of a millisecond, and a step may take a few.
 */
export function stayAwake(): { end(): void } {
  let [last, idle] = [performance.now(), 0];
  const turn = () => {
    const now = performance.now();
    if (now - last < 0.5) idle += now - last; // a longer turn had work
    last = now;
    if (idle < 2) setImmediate(turn);
  };
  turn();
  return {
    end: () => {
      idle = Infinity;
    },
  };
}

/** Starts a worker thread and waits until it has compiled its graph. */
export async function startShardWorker(start: WorkerStart): Promise<ShardThread> {
  const own = new URL("./shard-worker.js", import.meta.url);
  const built = new URL("../../dist/node/shard-worker.js", import.meta.url);
  const worker = new Worker(workerProgram("nodeEngine", own, built));
  let settle: { resolve: (reply: WorkerReply) => void; reject: (error: Error) => void } | undefined;
  const failed = (error: Error) => settle?.reject(error);
  worker.on("message", (reply: WorkerReply) => settle?.resolve(reply));
  worker.on("error", failed);
  worker.on("exit", () => failed(new Error("a worker of the engine stopped")));
  async function ask(request: WorkerRequest): Promise<WorkerReply> {
    worker.ref();
    const awake = stayAwake();
    try {
      const reply = await new Promise<WorkerReply>((resolve, reject) => {
        settle = { resolve, reject };
        worker.postMessage(request);
      });
      if ("error" in reply) return fail({ where: "shard", code: "internal", problem: reply.error });
      return reply;
    } finally {
      awake.end();
      worker.unref(); // a finished program does not wait for it
    }
  }
  await ask({ start });
  return {
    async run(job) {
      const reply = await ask({ job });
      return "results" in reply ? reply.results : fail({ where: "shard", code: "internal", problem: "no results" });
    },
    async release() {
      await ask({ close: true });
      await worker.terminate();
    },
  };
}
