// The program of a worker thread that computes shards.
import { parentPort } from "node:worker_threads";
import * as ort from "onnxruntime-node";
import { shardServer, type WorkerRequest } from "../engine/onnx/worker.ts";
import { stayAwake } from "./shard-workers.ts";

const port = parentPort!;
const serve = shardServer(ort, (reply) => port.postMessage(reply));
let awake: ReturnType<typeof stayAwake> | undefined;
port.on("message", async (request: WorkerRequest) => {
  awake?.end();
  await serve(request);
  awake = stayAwake(); // the next step is near
  if ("close" in request) port.close();
});
