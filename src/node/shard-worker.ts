// The program of a worker thread that computes shards.
import { parentPort } from "node:worker_threads";
import * as ort from "onnxruntime-node";
import { shardServer, type WorkerRequest } from "../engine/onnx/worker.ts";

const serve = shardServer(ort);
const port = parentPort!;
port.on("message", async (request: WorkerRequest) => {
  port.postMessage(await serve(request));
  if ("close" in request) port.close();
});
