// The run as signals: what the worker posts, ready to be drawn, and what a person asks of it.
import { batch, computed, signal } from "@preact/signals";
import type { FromRun, Lens, RunRecipe, ToRun, Written } from "unrolled/run";
import { type BuiltName, built } from "./data.ts";

type Posted<K extends FromRun["kind"]> = Extract<FromRun, { kind: K }>;
export type Source = BuiltName | "own";

export const source = signal<Source>("dinosaurs");
export const ownText = signal("");
export const chosen = signal<Partial<RunRecipe>>({});
export const ready = signal<Posted<"ready"> | undefined>(undefined);
export const step = signal(0);
export const steps = signal(0);
export const speed = signal(0);
export const remaining = signal(0);
export const status = signal<"loading" | "learning" | "paused" | "done" | "failed">("loading");
export const failure = signal<Posted<"failed"> | undefined>(undefined);
/** Losses in bits, thinned so that the curve has at most 600 points. */
export const losses = signal<readonly { step: number; bits: number }[]>([]);
export const valid = signal<readonly { step: number; bits: number; best: boolean }[]>([]);
export const samples = signal<readonly { step: number; texts: readonly Written[] }[]>([]);
export const written = signal<Posted<"written"> | undefined>(undefined);
export const units = signal<Posted<"units"> | undefined>(undefined);
export const gradient = signal<Posted<"gradient"> | undefined>(undefined);
export const pictures = signal<Posted<"parameters"> | undefined>(undefined);
export const notice = signal("");
export const text = computed(() => (source.value === "own" ? ownText.value : built[source.value].text()));
/** The rows that it learns from, to see which of its texts are new. */
export const known = computed(() => new Set(text.value.split("\n").map((line) => line.trim())));

const worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
const ask = (message: ToRun) => worker.postMessage(message);
const bitsOf = (nats: number) => nats / Math.LN2;
let sum = 0;
let count = 0;
let stride = 1;
let seen = 0;
let keepAs: (files: Readonly<Record<string, Uint8Array>>) => void = () => {};

worker.addEventListener("message", ({ data }: MessageEvent<FromRun>) => batch(() => take(data)));
worker.addEventListener("error", ({ message }) => {
  failure.value = { kind: "failed", message };
  status.value = "failed";
});

function take(message: FromRun): void {
  switch (message.kind) {
    case "ready":
      ready.value = message;
      steps.value = message.recipe.steps ?? 0;
      return;
    case "tick": {
      status.value = status.value === "paused" ? "paused" : "learning";
      step.value = message.step;
      steps.value = message.steps;
      speed.value = message.tokensPerSecond || speed.value;
      remaining.value = message.remaining;
      addLosses(message.losses);
      return;
    }
    case "valid":
      valid.value = [...valid.value, { step: message.step, bits: bitsOf(message.nats), best: message.best }];
      return;
    case "samples":
      samples.value = [...samples.value.slice(-199), message];
      return;
    case "written":
      written.value = message;
      return;
    case "units":
      units.value = message;
      return;
    case "gradient":
      gradient.value = message;
      return;
    case "parameters":
      pictures.value = message;
      return;
    case "kept":
      keepAs(message.files);
      return;
    case "paused":
      status.value = "paused";
      return;
    case "done":
      status.value = "done";
      remaining.value = 0;
      return;
    case "failed":
      failure.value = message;
      status.value = "failed";
  }
}

/** Means of `stride` losses each; the stride doubles when there are many points. */
function addLosses(found: Float32Array): void {
  let points = losses.value.slice();
  for (const loss of found) {
    sum += loss;
    seen++;
    if (++count < stride) continue;
    points.push({ step: seen, bits: bitsOf(sum / count) });
    sum = count = 0;
    if (points.length < 600) continue;
    points = points.filter((_, i) => i % 2 === 1);
    stride *= 2;
  }
  losses.value = points;
}

/** Starts from the beginning with what is chosen. */
export function start(options: Partial<RunRecipe> = {}): void {
  batch(() => {
    chosen.value = { ...chosen.value, ...options };
    step.value = seen = sum = count = 0;
    stride = 1;
    losses.value = [];
    valid.value = [];
    samples.value = [];
    written.value = units.value = gradient.value = pictures.value = failure.value = undefined;
    status.value = "loading";
    notice.value = "";
  });
  const base = source.value === "own" ? {} : built[source.value].recipe;
  ask({ kind: "start", recipe: { ...base, ...chosen.value }, text: text.value });
}

export function learnFrom(from: Source, own = ""): void {
  batch(() => {
    source.value = from;
    ownText.value = own;
    chosen.value = {};
  });
  start();
}

export function pause(): void {
  status.value = "paused";
  ask({ kind: "pause" });
}

export function go(): void {
  status.value = "learning";
  ask({ kind: "go" });
}

export const oneStep = () => ask({ kind: "step" });
export const watch = (lens: Lens | null, probe: string) => ask({ kind: "watch", lens, probe });

let asked = 0;
export function write(prompt: string, temperature: number): void {
  ask({
    kind: "write",
    id: ++asked,
    prompt: prompt.normalize(source.value === "places" ? "NFD" : "NFC"),
    temperature,
    seed: 1,
  });
}

/** The model's files, as the command line saves them. */
export const keep = () =>
  new Promise<Readonly<Record<string, Uint8Array>>>((resolve) => {
    keepAs = resolve;
    ask({ kind: "keep" });
  });
