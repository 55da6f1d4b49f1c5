// A run as signals: what it posts, ready to be drawn, and what a person asks of it. Screens that race make several.
import { batch, computed, type Signal, signal } from "@preact/signals";
import type { Answer, FromRun, GateHold, Lens, RunRecipe, ToRun, Written } from "unrolled/run";
import { type Channel, nativeChannel, workerChannel } from "./channel.ts";
import { inOwnFrame } from "./frames.ts";

export type Posted<K extends FromRun["kind"]> = Extract<FromRun, { kind: K }>;
/** What is drawn in a frame of its own. */
type Picture = Posted<Lens | "samples" | "shown" | "written">;
export type Status = "idle" | "loading" | "learning" | "paused" | "done" | "failed";
export type Start = Omit<Extract<ToRun, { kind: "start" }>, "kind">;

const mostPoints = 400;
const mostSamples = 200;
/** Milliseconds between two drawings of the curve. */
const drawEvery = 330;
const bitsOf = (nats: number) => nats / Math.LN2;

export interface RunStore {
  readonly ready: Signal<Posted<"ready"> | undefined>;
  readonly status: Signal<Status>;
  readonly failure: Signal<Posted<"failed"> | undefined>;
  readonly step: Signal<number>;
  readonly steps: Signal<number>;
  readonly speed: Signal<number>;
  readonly remaining: Signal<number>;
  readonly norm: Signal<number>;
  /** Losses in nats, thinned so that the curve has at most 400 points; new three times a second. */
  readonly losses: Signal<readonly { step: number; nats: number }[]>;
  readonly valid: Signal<readonly Posted<"valid">[]>;
  readonly samples: Signal<readonly Posted<"samples">[]>;
  readonly shown: Signal<readonly Posted<"shown">[]>;
  readonly written: Signal<Posted<"written"> | undefined>;
  readonly answered: Signal<Posted<"answered"> | undefined>;
  readonly lens: Signal<{ readonly [K in Lens]?: Posted<K> }>;
  /** What the run was started with. */
  readonly started: Signal<Start | undefined>;
  readonly native: Signal<boolean>;
  start(options: Start): void;
  /** Stops, and shows why nothing is trained. */
  refuse(message: string): void;
  open(message: Omit<Extract<ToRun, { kind: "open" }>, "kind">): void;
  pause(): void;
  go(): void;
  oneStep(): void;
  stop(): void;
  watch(lens: Lens | null, probe: string, hold?: GateHold): void;
  write(prompt: string, temperature: number, hold?: GateHold): void;
  ask(ask: Omit<Extract<ToRun, { kind: "ask" }>, "kind" | "id">): void;
  keep(): Promise<Readonly<Record<string, Uint8Array>>>;
  /** Watches a run that the command line has begun. */
  attach(): void;
  /** Moves to the other engine; the next start runs there. */
  moveTo(native: boolean): void;
  close(): void;
}

export function runStore(inNode = false): RunStore {
  const ready = signal<Posted<"ready"> | undefined>(undefined);
  const status = signal<Status>("idle");
  const failure = signal<Posted<"failed"> | undefined>(undefined);
  const [step, steps, speed, remaining, norm] = [signal(0), signal(0), signal(0), signal(0), signal(0)];
  const losses = signal<readonly { step: number; nats: number }[]>([]);
  const valid = signal<readonly Posted<"valid">[]>([]);
  const samples = signal<readonly Posted<"samples">[]>([]);
  const shown = signal<readonly Posted<"shown">[]>([]);
  const written = signal<Posted<"written"> | undefined>(undefined);
  const answered = signal<Posted<"answered"> | undefined>(undefined);
  const lens = signal<{ readonly [K in Lens]?: Posted<K> }>({});
  const started = signal<Start | undefined>(undefined);
  const native = signal(inNode);
  let [sum, count, stride, seen, asked] = [0, 0, 1, 0, 0];
  let points: { step: number; nats: number }[] = [];
  let drawn = 0;
  let cleared = 0;
  /** Runs that were asked for and have not begun: until then what comes is of an earlier one. */
  let awaited = 0;
  /** Time of the last click on Pause, Go on or One step. A `paused` with an earlier time is out of date. */
  let clicked = 0;
  let keepAs: ((files: Readonly<Record<string, Uint8Array>>) => void)[] = [];
  let channel: Channel | undefined;

  const open = (): Channel => {
    channel ??= (native.value ? nativeChannel : workerChannel)((message) => batch(() => take(message)));
    return channel;
  };
  const ask = (message: ToRun) => open().ask(message);
  const control = (kind: "pause" | "go" | "step") => {
    clicked = Math.max(clicked + 1, Date.now());
    ask({ kind, at: clicked });
  };
  /** Draws a picture in a frame of its own, unless another run begins before that. */
  const draw = (change: () => void) => {
    const run = cleared;
    inOwnFrame(() => run === cleared && batch(change));
  };

  function take(message: FromRun): void {
    if (message.kind === "begun") awaited = Math.max(0, awaited - 1);
    if (awaited > 0 && message.kind !== "failed") return;
    switch (message.kind) {
      case "begun":
        return;
      case "ready":
        ready.value = message;
        steps.value = message.recipe.steps ?? 0;
        return;
      case "tick":
        if (status.value !== "paused") status.value = "learning";
        step.value = message.step;
        steps.value = message.steps;
        speed.value = message.tokensPerSecond || speed.value;
        remaining.value = message.remaining;
        norm.value = message.norm ?? norm.value;
        addLosses(message.losses, message.step);
        return;
      case "valid":
        valid.value = [...valid.value, message];
        return;
      case "answered":
        answered.value = message;
        return;
      case "kept":
        for (const resolve of keepAs.splice(0)) resolve(message.files);
        return;
      case "paused":
        if (!(message.at >= clicked)) return;
        status.value = "paused";
        drawLosses();
        return;
      case "done":
        status.value = "done";
        drawLosses();
        remaining.value = 0;
        return;
      case "failed":
        failure.value = message;
        status.value = "failed";
        return;
      default:
        draw(() => picture(message));
    }
  }

  function picture(message: Picture): void {
    if (message.kind === "samples") samples.value = [...samples.value.slice(1 - mostSamples), message];
    else if (message.kind === "shown") shown.value = [...shown.value.slice(1 - mostSamples), message];
    else if (message.kind === "written") written.value = message;
    else lens.value = { ...lens.value, [message.kind]: message };
  }

  /** Means of `stride` losses each; the stride doubles when there are many points. */
  function addLosses(found: Float32Array, last: number): void {
    seen = last - found.length; // a page that comes late, or a run that goes on, begins further on
    for (const loss of found) {
      sum += loss;
      seen++;
      if (++count < stride) continue;
      points.push({ step: seen, nats: sum / count });
      sum = count = 0;
      if (points.length < mostPoints) continue;
      points = points.filter((_, i) => i % 2 === 1);
      stride *= 2;
    }
    if (status.value === "paused" || performance.now() - drawn >= drawEvery) drawLosses();
  }

  function drawLosses(): void {
    drawn = performance.now();
    draw(() => {
      losses.value = points.slice();
    });
  }

  function clear(next: Status): void {
    cleared++;
    batch(() => {
      step.value = steps.value = remaining.value = speed.value = drawn = clicked = 0;
      [sum, count, stride, seen] = [0, 0, 1, 0];
      losses.value = points = [];
      valid.value = [];
      samples.value = [];
      shown.value = [];
      written.value = answered.value = failure.value = ready.value = undefined;
      lens.value = {};
      keepAs = [];
      status.value = next;
    });
  }

  return {
    ready,
    status,
    failure,
    step,
    steps,
    speed,
    remaining,
    norm,
    losses,
    valid,
    samples,
    shown,
    written,
    answered,
    lens,
    started,
    native,
    start(options) {
      clear("loading");
      started.value = options;
      awaited++;
      ask({ kind: "start", ...options });
    },
    refuse(message) {
      clear("failed");
      failure.value = { kind: "failed", message };
      ask({ kind: "stop" });
    },
    open(message) {
      clear("loading");
      started.value = undefined;
      awaited++;
      ask({ kind: "open", ...message });
    },
    pause() {
      status.value = "paused";
      control("pause");
    },
    go() {
      status.value = "learning";
      control("go");
    },
    oneStep: () => control("step"),
    stop: () => ask({ kind: "stop" }),
    watch: (which, probe, hold) => ask({ kind: "watch", lens: which, probe, hold }),
    write: (prompt, temperature, hold) => ask({ kind: "write", id: ++asked, prompt, temperature, seed: 1, hold }),
    ask: (question) => ask({ kind: "ask", id: ++asked, ...question }),
    keep: () =>
      new Promise((resolve) => {
        keepAs.push(resolve);
        ask({ kind: "keep" });
      }),
    attach() {
      clear("loading");
      native.value = true;
      open();
    },
    moveTo(there) {
      if (native.value === there) return;
      channel?.close();
      channel = undefined;
      awaited = 0;
      native.value = there;
    },
    close() {
      channel?.close();
      channel = undefined;
    },
  };
}

/** The best validation so far. */
export const bestOf = (run: RunStore) => computed(() => run.valid.value.filter(({ best }) => best).at(-1));
export const inBits = bitsOf;
export type { Answer, GateHold, Lens, RunRecipe, Written };
