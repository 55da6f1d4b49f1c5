// Worker threads for shards.
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { fail } from "../base/index.ts";
import type { ShardWorker, WorkerReply, WorkerRequest, WorkerStart } from "../engine/onnx/worker.ts";

/** The worker's program. Node 20 does not run TypeScript: sources use the built file. */
function program(): URL {
  const own = new URL("./shard-worker.js", import.meta.url);
  if (existsSync(fileURLToPath(own))) return own;
  const built = new URL("../../dist/node/shard-worker.js", import.meta.url);
  if (existsSync(fileURLToPath(built))) return built;
  return fail({
    where: "nodeEngine",
    code: "missing",
    expected: "the built file of the worker",
    received: "none",
    hint: "npm run build",
  });
}

/** Starts a worker thread and waits until it has compiled its graph. */
export async function startShardWorker(start: WorkerStart): Promise<ShardWorker> {
  const worker = new Worker(program());
  let settle: { resolve: (reply: WorkerReply) => void; reject: (error: Error) => void } | undefined;
  const failed = (error: Error) => settle?.reject(error);
  worker.on("message", (reply: WorkerReply) => settle?.resolve(reply));
  worker.on("error", failed);
  worker.on("exit", () => failed(new Error("a worker of the engine stopped")));
  async function ask(request: WorkerRequest): Promise<WorkerReply> {
    worker.ref();
    try {
      const reply = await new Promise<WorkerReply>((resolve, reject) => {
        settle = { resolve, reject };
        worker.postMessage(request);
      });
      if ("error" in reply) return fail({ where: "shard", code: "internal", problem: reply.error });
      return reply;
    } finally {
      worker.unref(); // a finished program does not wait for it
    }
  }
  await ask({ start });
  return {
    async run(job) {
      const reply = await ask({ job });
      return "results" in reply ? reply.results : fail({ where: "shard", code: "internal", problem: "no results" });
    },
    async close() {
      await ask({ close: true });
      await worker.terminate();
    },
  };
}
