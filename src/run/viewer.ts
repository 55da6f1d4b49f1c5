// Looks into a model and uses it, while it learns or afterwards: answers questions, writes, and draws the lens that is on
// the screen. The run and `unrolled train --watch` both hold one.
import type { Engine } from "../engine/index.ts";
import { modelFiles } from "../files/index.ts";
import { byDistance, inspectGradients } from "../inspect/index.ts";
import type { LanguageModel, Model } from "../tasks/index.ts";
import { checkpoint, type Trainable } from "../train/index.ts";
import { answer, attention, rowFor } from "./answers.ts";
import { parameterPictures, wordMap } from "./pictures.ts";
import type { FromRun, GateHold, Lens, ToRun } from "./protocol.ts";
import { liveReader, type Reader, writesLines } from "./reader.ts";
import type { Example } from "./subject.ts";
import { type Tracer, tracerOf } from "./tracer.ts";

/** Milliseconds between two posts of a kind. What takes long comes less often: lenses get a sixth of the time at most. */
const every = {
  samples: 400,
  shown: 1500,
  units: 120,
  gradient: 1500,
  saliency: 1200,
  attention: 1500,
  words: 700,
  parameters: 500,
} satisfies Record<Lens | "samples" | "shown", number>;

const least = 6;

export interface Viewed {
  readonly model: Model & Trainable<unknown>;
  readonly examples: readonly Example[];
  readonly series?: unknown;
}

export interface ViewerOptions {
  readonly engine: Engine;
  /** Files to keep; the model's own by default. */
  readonly files?: () => Promise<Readonly<Record<string, Uint8Array>>>;
}

export interface Viewer {
  /** Takes what concerns it: `watch`, `write`, `ask`, `keep`. */
  handle(message: ToRun): void;
  /** Answers what was asked and draws what is watched, if it is time. @param idle nothing has been learned since */
  attend(step: number, idle?: boolean): Promise<void>;
  /** What the model does now: texts that it writes, or its answers to examples. */
  show(step: number): Promise<void>;
  release(): Promise<void>;
}

/** Lenses that have something to show for a model. */
export function lensesOf(model: Model & Trainable<unknown>): Lens[] {
  const recurrent = model.specs.some(({ name }) => /_l\d+(_reverse)?$/.test(name));
  return [
    ...(recurrent ? (["units", "gradient"] as const) : []),
    ...(model.task === "language-model" || model.task === "generator" || model.task === "forecaster"
      ? []
      : (["saliency"] as const)),
    ...(model.task === "translator" && model.network.memory ? (["attention"] as const) : []),
    ...(wordMap(model) ? (["words"] as const) : []),
    "parameters",
  ];
}

export async function viewerOf(
  { model, examples, series }: Viewed,
  post: (message: FromRun) => void,
  { engine, files = async () => Object.fromEntries(await modelFiles(model)) }: ViewerOptions,
): Promise<Viewer> {
  const writes: Extract<ToRun, { kind: "write" }>[] = [];
  const asks: Extract<ToRun, { kind: "ask" }>[] = [];
  let watching: { lens: Lens | null; probe: string; hold?: GateHold | undefined } = { lens: null, probe: "" };
  let changed = false;
  let keep = false;
  const last: Record<string, { at: number; cost: number }> = {};
  const reader: Reader | undefined =
    model.task === "language-model" ? await liveReader(model as LanguageModel, engine) : undefined;
  let tracer: Promise<Tracer> | undefined;
  const lines = writesLines(model);
  const kind = reader ? "samples" : "shown";
  const words = wordMap(model);
  const context = { engine, series };

  const due = (kind: keyof typeof every): boolean => {
    const before = last[kind];
    return !before || performance.now() - before.at >= Math.max(every[kind], least * before.cost);
  };
  /** Times what it does, so that the next one waits longer if it took long. */
  async function timed(kind: keyof typeof every, work: () => Promise<void>): Promise<void> {
    const began = performance.now();
    try {
      await work();
    } finally {
      last[kind] = { at: performance.now(), cost: performance.now() - began };
    }
  }

  /** The reader has the parameters of this step. */
  async function show(step: number): Promise<void> {
    if (reader) {
      const length = step === 0 ? 12 : 24; // an untrained network seldom ends a line
      const wanted = { count: lines ? 10 : 1, maxTokens: lines ? length : 160 };
      const texts = await reader.write({ ...wanted, prompt: "", temperature: 0.8, seed: step + 1 });
      return post({ kind: "samples", step, texts });
    }
    const answers = [];
    for (const { input, expected } of examples.slice(0, shownOf(model)))
      answers.push(await answer(model, { text: input, beam: 1, seed: step + 1 }, { ...context, expected }));
    post({ kind: "shown", step, answers });
  }

  async function look(lens: Lens, step: number): Promise<void> {
    const probe = watching.probe || examples[0]?.input || "";
    if (lens === "parameters") return post({ kind: "parameters", step, pictures: parameterPictures(model) });
    if (lens === "words") {
      if (words) post({ kind: "words", step, ...words() });
      return;
    }
    if (lens === "attention") {
      const found = model.task === "translator" ? await attention(model, probe, engine) : undefined;
      if (found) post({ kind: "attention", step, ...found });
      return;
    }
    const { hold } = watching;
    if (lens === "units" && reader) {
      const found = await reader.trace(probe, hold);
      return post({ kind: "units", step, ...found, ...(hold ? { held: hold } : {}) });
    }
    const { data, tokens, targetTokens } = await rowFor(model, probe, context);
    if (lens === "units") return units(data, step, tokens ?? [], targetTokens);
    const rows = await inspectGradients(model, data, { engine, threads: 1 });
    if (lens === "gradient") return post({ kind: "gradient", step, lines: byDistance(rows) });
    const values = rows[0]?.saliency ?? [];
    post({ kind: "saliency", step, tokens: (tokens ?? values.map(String)).slice(0, values.length), values });
  }

  async function units(data: unknown, step: number, tokens: readonly string[], targets?: readonly string[]) {
    const source = model.evaluationBatches(data, { batchSize: 1 });
    const batch = [...source.batches()][0];
    if (!batch) return;
    tracer ??= tracerOf(model, source.kind, engine);
    const open = await tracer;
    await open.refresh();
    const { hold } = watching;
    const T = targets?.length ?? lengthOf(batch.feeds) ?? tokens.length;
    const { layers } = await open.trace(batch.feeds, { T, S: tokens.length }, hold);
    const steps = targets ? tokens.length : ((layers[0]?.states.h?.length ?? 0) / (layers[0]?.H ?? 1)) | 0;
    const characters =
      tokens.length > 0 ? tokens.slice(0, steps) : Array.from({ length: steps }, (_, t) => String(t + 1));
    post({
      kind: "units",
      step,
      characters,
      ...(targets ? { targets } : {}),
      surprise: [],
      layers,
      ...(hold ? { held: hold } : {}),
    });
  }

  return {
    handle(message) {
      if (message.kind === "watch") {
        watching = message;
        changed = true;
      } else if (message.kind === "write") writes.push(message);
      else if (message.kind === "ask") asks.push(message);
      else if (message.kind === "keep") keep = true;
    },
    async show(step) {
      await reader?.refresh();
      await timed(kind, () => show(step));
    },
    async attend(step, idle = false) {
      const { lens } = watching;
      const samples = !idle && due(kind);
      const wantLens = lens !== null && (changed || (!idle && due(lens)));
      if (!samples && !wantLens && writes.length + asks.length === 0 && !keep) return;
      changed = false;
      if (!idle) await checkpoint(model);
      await reader?.refresh();
      if (samples) await timed(kind, () => show(step));
      for (const { id, prompt, temperature, seed, hold } of writes.splice(0)) {
        if (!reader) continue;
        const wanted = { prompt, temperature, seed, hold, alternatives: 4 };
        const texts = await reader.write({ ...wanted, count: lines ? 6 : 1, maxTokens: lines ? 30 : 240 });
        post({ kind: "written", id, step, texts });
      }
      for (const ask of asks.splice(0))
        if (!reader) post({ kind: "answered", id: ask.id, step, answer: await answer(model, ask, context) });
      if (wantLens) await timed(lens, () => look(lens, step));
      if (!keep) return;
      keep = false;
      post({ kind: "kept", files: await files() });
    },
    async release() {
      await reader?.release();
      if (tracer) await (await tracer).release();
    },
  };
}

/** Examples that are answered again and again: fewer where an answer is long. */
const shownOf = ({ task }: Model): number =>
  task === "generator" || task === "forecaster" ? 1 : task === "translator" || task === "tagger" ? 4 : 8;

/** Steps of what is fed: the second axis of the ids. */
function lengthOf(feeds: Readonly<Record<string, { shape: readonly number[] }>>): number | undefined {
  for (const name of ["ids", "words", "inputs"]) if (feeds[name]) return feeds[name].shape[1];
  return undefined;
}
