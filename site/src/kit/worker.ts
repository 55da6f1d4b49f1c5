// The thread that trains: one lesson at a time, on WebAssembly, one thread.
import "../../../studio/src/fetch-packed.ts";
import { webEngine } from "unrolled/web";
import { lessons } from "../lessons/index.ts";
import { type Frame, runLesson } from "./lesson.ts";

export type ToTrainer = { kind: "start"; lesson: string } | { kind: "pause" } | { kind: "go" } | { kind: "stop" };
export type FromTrainer = { kind: "frame"; frame: Frame } | { kind: "done" } | { kind: "failed"; message: string };

const engine = webEngine({ threads: 1 });
const post = (message: FromTrainer) => self.postMessage(message);
let current: AbortController | undefined;
let pause: { wait: Promise<void>; end: () => void } | undefined;
let running: Promise<unknown> = Promise.resolve();

self.addEventListener("message", ({ data }: MessageEvent<ToTrainer>) => {
  if (data.kind === "pause") {
    let end = () => {};
    const wait = new Promise<void>((resolve) => {
      end = resolve;
    });
    pause ??= { wait, end };
    return;
  }
  pause?.end();
  pause = undefined;
  if (data.kind === "go") return;
  current?.abort();
  if (data.kind === "stop") return;
  const controller = new AbortController();
  current = controller;
  const { signal } = controller;
  running = running.then(async () => {
    if (signal.aborted) return;
    try {
      const lesson = await lessons[data.lesson]!();
      await runLesson(lesson, engine, {
        signal,
        held: () => pause?.wait,
        post: (frame) => {
          if (!signal.aborted) post({ kind: "frame", frame });
        },
      });
      if (!signal.aborted) post({ kind: "done" });
    } catch (error) {
      if (!signal.aborted) post({ kind: "failed", message: error instanceof Error ? error.message : String(error) });
    }
  });
});
