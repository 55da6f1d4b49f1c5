// The page's side of a lesson: one worker for all figures of a page; the figure that was started last has it.
import type { Frame } from "./lesson.ts";
import type { FromTrainer, ToTrainer } from "./worker.ts";

export type Status = "recorded" | "loading" | "learning" | "paused" | "done" | "failed";

export interface Training {
  start(): void;
  pause(): void;
  go(): void;
  stop(): void;
}

let worker: Worker | undefined;
let owner: { frame(frame: Frame): void; status(status: Status, message?: string): void } | undefined;

function ask(message: ToTrainer): void {
  if (!worker) {
    worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
    worker.addEventListener("message", ({ data }: MessageEvent<FromTrainer>) => {
      if (data.kind === "frame") owner?.frame(data.frame);
      else owner?.status(data.kind, data.kind === "failed" ? data.message : undefined);
    });
    worker.addEventListener("error", ({ message: text }) => owner?.status("failed", text));
  }
  worker.postMessage(message);
}

export function trainer(
  lesson: string,
  onFrame: (frame: Frame) => void,
  onStatus: (status: Status, message?: string) => void,
): Training {
  let paused = false;
  const self = {
    frame(frame: Frame) {
      onStatus(paused ? "paused" : "learning");
      onFrame(frame);
    },
    status: onStatus,
  };
  return {
    start() {
      if (owner !== self) owner?.status("recorded");
      owner = self;
      paused = false;
      onStatus("loading");
      ask({ kind: "start", lesson });
    },
    pause() {
      paused = true;
      if (owner === self) ask({ kind: "pause" });
      onStatus("paused");
    },
    go() {
      paused = false;
      if (owner === self) ask({ kind: "go" });
      onStatus("learning");
    },
    stop() {
      if (owner !== self) return;
      ask({ kind: "stop" });
      owner = undefined;
    },
  };
}
