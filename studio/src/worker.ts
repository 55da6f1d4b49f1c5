// The thread that learns: the library itself, on WebAssembly, with one thread.
import "./fetch-packed.ts";
import { referenceEngine } from "unrolled/engine";
import { type FromRun, startRun, type ToRun } from "unrolled/run";
import { webEngine } from "unrolled/web";

const run = startRun((message: FromRun) => self.postMessage(message), {
  engine: webEngine({ threads: 1 }),
  first: referenceEngine(),
});
self.addEventListener("message", ({ data }: MessageEvent<ToRun>) => run.handle(data));
