// The thread that learns: the library itself, on WebAssembly, with one thread.
import "./given-engine.ts";
import { referenceEngine } from "unrolled/engine";
import { type FromRun, startRun, type ToRun } from "unrolled/run";
import { webEngine } from "unrolled/web";
import type { GivenEngine } from "./given-engine.ts";

void import("onnxruntime-web/wasm"); // needed soon after the first names
const run = startRun((message: FromRun) => self.postMessage(message), {
  engine: webEngine({ threads: 1 }),
  first: referenceEngine(),
});
self.addEventListener("message", ({ data }: MessageEvent<ToRun | GivenEngine>) => {
  if (data.kind !== "engine") run.handle(data);
});
