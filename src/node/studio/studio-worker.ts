// The program of a thread that trains for the studio, on the native engine.
import { parentPort } from "node:worker_threads";
import { type FromRun, startRun, type ToRun } from "../../run/index.ts";
import { nodeEngine } from "../engine.ts";

const port = parentPort!;
const run = startRun((message: FromRun) => port.postMessage(message), { engine: nodeEngine() });
port.on("message", async (message: ToRun | { readonly kind: "end" }) => {
  if (message.kind !== "end") return run.handle(message);
  await run.end(); // the engine must not be inside a step when its thread ends
  port.close();
});
