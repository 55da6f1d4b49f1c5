// The pace of a training that is watched: its steps as posts, and pauses, in which questions are still answered.
import type { Progress } from "../train/index.ts";
import type { FromRun, ToRun } from "./protocol.ts";
import type { Viewer } from "./viewer.ts";

export interface Pace {
  /** Paused or not; forgets single steps that were asked for. */
  reset(paused: boolean): void;
  /** Takes what concerns it: `pause`, `go`, `step`. */
  handle(message: ToRun): void;
  /** Ends a sleep: there is something to do. */
  wake(): void;
  /** Until there is something to do; what came since the last sleep ends it at once. */
  sleep(): Promise<void>;
  follow(options: FollowOptions): Follower;
}

export interface FollowOptions {
  readonly post: (message: FromRun) => void;
  readonly viewer: Viewer;
  /** Ends a pause, if `wake` is called when it is aborted. */
  readonly signal: AbortSignal;
  /** Milliseconds between two ticks. */
  readonly tickEvery: number;
  /** Called after each tick. */
  readonly ticked?: () => Promise<void>;
}

export interface Follower {
  /** After each step: posts it, lets the viewer draw and answer, and waits while paused. */
  stepped(progress: Progress): Promise<void>;
  /** Posts the losses since the last tick. */
  end(): void;
}

export function pacer(): Pace {
  let paused = false;
  let single = 0;
  let asked = 0;
  let waiting = () => {};
  let stirred = false;
  const wake = () => {
    stirred = true;
    waiting();
  };
  async function sleep(): Promise<void> {
    if (!stirred)
      await new Promise<void>((resolve) => {
        waiting = resolve;
      });
    stirred = false;
  }
  return {
    wake,
    sleep,
    reset(to) {
      paused = to;
      single = 0;
    },
    handle(message) {
      if (message.kind !== "pause" && message.kind !== "go" && message.kind !== "step") return;
      paused = message.kind !== "go";
      if (message.kind === "step") single++;
      asked = message.at ?? asked;
    },
    follow({ post, viewer, signal, tickEvery, ticked }) {
      let losses: number[] = [];
      let told = Number.NEGATIVE_INFINITY;
      let step = 0;
      return {
        async stepped({ steps, loss, gradientNorm: norm, tokensPerSecond, remaining, valid, best, ...progress }) {
          step = progress.step;
          losses.push(loss);
          const now = performance.now();
          if (now - told >= tickEvery || paused) {
            told = now;
            post({ kind: "tick", step, steps, losses: Float32Array.from(losses), norm, tokensPerSecond, remaining });
            losses = [];
            await ticked?.();
          }
          if (valid) post({ kind: "valid", step, nats: valid.nats, best: best?.step === step, means: valid.means });
          if (single > 0) single--;
          await viewer.attend(step);
          while (paused && single === 0 && !signal.aborted) {
            post({ kind: "paused", step, at: asked });
            await sleep();
            await viewer.attend(step, true);
          }
        },
        end() {
          if (losses.length > 0 && !signal.aborted)
            post({
              kind: "tick",
              step,
              steps: step,
              losses: Float32Array.from(losses),
              tokensPerSecond: 0,
              remaining: 0,
            });
        },
      };
    },
  };
}
