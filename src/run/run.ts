// The run itself: trains a model on a file, and posts what a page shows. It lives in a worker or in a process.
import { UnrolledError } from "../base/index.ts";
import { readWhole } from "../data/index.ts";
import type { Engine } from "../engine/index.ts";
import { modelFiles, modelFromFiles } from "../files/index.ts";
import type { Cell } from "../nn/index.ts";
import { type Model, trainOptions } from "../tasks/index.ts";
import { type Trainable, train } from "../train/index.ts";
import { cellOfEquations } from "./equations.ts";
import { openFile } from "./file.ts";
import { openSubject } from "./open.ts";
import { pacer } from "./pace.ts";
import type { FromRun, ToRun } from "./protocol.ts";
import { readyOf } from "./ready.ts";
import { isPlain } from "./refuse.ts";
import { evaluateEveryOf, savedRunOf } from "./saved.ts";
import type { RunRecipe, Subject } from "./subject.ts";
import { textSubject } from "./subjects/text.ts";
import { type Viewer, viewerOf } from "./viewer.ts";

/** Milliseconds between two ticks, so that a page can draw and the network can learn. */
const tickEvery = 50;

type Post = (message: FromRun) => void;

export interface RunHandle {
  handle(message: ToRun): void;
  /** Stops, and resolves when nothing runs in the engine any more. */
  end(): Promise<void>;
}

export interface RunOptions {
  readonly engine: Engine;
  /** Writes the first, untrained texts, while `engine` is still being fetched: `referenceEngine`. */
  readonly first?: Engine;
}

/**
 * A run that answers messages.
 *
 * @example
 * ```ts
 * const run = startRun((message) => postMessage(message), { engine: webEngine() });
 * onmessage = ({ data }) => run.handle(data);
 * ```
 */
export function startRun(post: Post, { engine, first }: RunOptions): RunHandle {
  let current: AbortController | undefined;
  const pace = pacer();
  let viewer: Viewer | undefined;
  /** What was asked before there was a viewer to ask. */
  let early: ToRun[] = [];
  let watching: ToRun | undefined;
  let running: Promise<void> = Promise.resolve();

  function attach(to: Viewer): void {
    viewer = to;
    if (watching) to.handle(watching);
    for (const message of early.splice(0)) to.handle(message);
  }

  /** A trained network goes on answering. */
  async function rest(step: number, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await viewer!.attend(step, true);
      if (!signal.aborted) await pace.sleep();
    }
  }

  async function open(message: Extract<ToRun, { kind: "open" }>, signal: AbortSignal, post: Post): Promise<void> {
    const { name, files } = message;
    const model = (await modelFromFiles(name, new Map(Object.entries(files)), { cells: ownCells(files) })) as Model &
      Trainable<unknown>;
    let series: unknown;
    if (message.file && model.task === "forecaster") {
      const opened = await openFile(message.file);
      const columns = model.config.inputs.map((input) => input.name);
      series = readWhole("series", opened.bytes, { source: opened.name, recognized: opened.recognized, columns });
    }
    const examples = message.file && model.task !== "forecaster" ? await examplesIn(message.file) : [];
    const facts = {
      file: "",
      recognized: "",
      rows: 0,
      validRows: 0,
      tokens: 0,
      validTokens: 0,
      vocabulary: 0,
      unit: "",
    };
    post({ ...readyOf(model, engine.name), recipe: recipeOf(files), examples, opened: name, ...facts });
    const opened = await viewerOf({ model, examples, series }, post, { engine });
    try {
      attach(opened);
      post({ kind: "done", step: 0 });
      if (examples.length > 0 || model.task === "language-model") await opened.show(0);
      await rest(0, signal);
    } finally {
      await opened.release();
    }
  }

  async function work(message: Extract<ToRun, { kind: "start" }>, signal: AbortSignal, post: Post): Promise<void> {
    const subject = await subjectOf(message);
    const { model, recipe, facts, examples, series } = subject;
    if (message.resume) await restore(model, message.resume);
    post({ ...readyOf(model, engine.name), recipe, examples, ...facts });
    const viewed = { model, examples, series };
    const run = await savedRunOf(subject, message);
    const files = async () => Object.fromEntries(await modelFiles(model, { record: { recipe, seed: recipe.seed } }));
    // Asked for before it is needed: a page fetches the engine now.
    const opening = viewerOf(viewed, post, { engine, files });
    opening.catch(() => {}); // thrown below
    if (first && model.task === "language-model" && !message.resume) {
      const beginning = await viewerOf(viewed, post, { engine: first });
      await beginning.show(0);
      await beginning.release();
    }
    const opened = await opening;
    try {
      attach(opened);
      if (!first || model.task !== "language-model") await opened.show(model.training?.step ?? 0);
      const step = await learn(subject, opened, { signal, post, resume: message.resume !== undefined, run });
      if (signal.aborted) return;
      post({ kind: "done", step });
      await opened.show(step);
      if (watching) opened.handle(watching);
      await rest(step, signal);
    } finally {
      await opened.release();
    }
  }

  async function learn(
    subject: Subject,
    view: Viewer,
    { signal, post, resume, run }: { signal: AbortSignal; post: Post; resume: boolean; run: unknown },
  ): Promise<number> {
    const { model, recipe } = subject;
    const follower = pace.follow({ post, viewer: view, signal, tickEvery });
    let step = model.training?.step ?? 0;
    const options = { ...trainOptions(recipe), seed: recipe.seed, valid: subject.valid, shards: 1, engine, signal };
    for await (const progress of train(model, subject.train, {
      ...options,
      resume,
      recipe: run,
      evaluationShare: 0.1,
      ...(recipe.steps === undefined ? {} : { evaluateEvery: evaluateEveryOf(recipe.steps) }),
    })) {
      step = progress.step;
      await follower.stepped(progress);
    }
    follower.end();
    return step;
  }

  function begin(
    paused: boolean,
    task: (signal: AbortSignal, post: Post) => Promise<void>,
    plain: (error: unknown) => boolean = () => false,
  ): void {
    current?.abort();
    post({ kind: "begun" });
    pace.reset(paused);
    pace.wake();
    const controller = new AbortController();
    const { signal } = controller;
    current = controller;
    /** A run that was replaced posts nothing more. */
    const tell: Post = (message) => {
      if (!signal.aborted) post(message);
    };
    early = [];
    running = running
      .then(() => {
        viewer = undefined;
        return signal.aborted ? undefined : task(signal, tell);
      })
      .catch((error: unknown) => tell({ ...failedBy(error), ...(plain(error) ? { plain: true } : {}) }));
  }

  return {
    async end() {
      current?.abort();
      pace.wake();
      await running;
    },
    handle(message) {
      switch (message.kind) {
        case "start":
          return begin(
            message.paused ?? false,
            (signal, tell) => work(message, signal, tell),
            (error) => message.task === undefined && message.file !== undefined && isPlain(message.file.name, error),
          );
        case "open":
          return begin(false, (signal, tell) => open(message, signal, tell));
        case "pause":
          return pace.handle(message);
        case "go":
        case "step":
          pace.handle(message);
          return pace.wake();
        case "stop":
          current?.abort();
          return pace.wake();
        case "watch":
          watching = message;
          viewer?.handle(message);
          return pace.wake();
        default:
          if (viewer) viewer.handle(message);
          else early.push(message);
          return pace.wake();
      }
    },
  };
}

async function subjectOf({
  recipe,
  text,
  file,
  task,
  light = false,
}: Extract<ToRun, { kind: "start" }>): Promise<Subject> {
  const options = { chosen: recipe, seed: recipe.seed ?? 1337, light };
  if (file) return openSubject(file, options, task);
  return textSubject({ name: "text", text: text ?? "" }, { ...options, light: true });
}

/** Puts the weights and the state of a kept run into a model that was made anew. */
async function restore(model: Model & Trainable<unknown>, files: Readonly<Record<string, Uint8Array>>): Promise<void> {
  const kept = (await modelFromFiles("the kept run", new Map(Object.entries(files)), {
    training: true,
    cells: ownCells(files),
  })) as Model & Trainable<unknown>;
  model.parameters = kept.parameters;
  if (kept.training) model.training = kept.training;
}

/** What a saved model's `record` keeps of its training. */
function recipeOf(files: Readonly<Record<string, Uint8Array>>): RunRecipe {
  const config = JSON.parse(new TextDecoder().decode(files["config.json"])) as {
    record?: { recipe?: object; seed?: number };
  };
  return { ...config.record?.recipe, seed: config.record?.seed ?? 0 } as RunRecipe;
}

/** The cell that a kept run wrote as equations. */
function ownCells(files: Readonly<Record<string, Uint8Array>>): Cell[] {
  if (!files["config.json"]) return [];
  const { equations } = recipeOf(files);
  return equations === undefined ? [] : [cellOfEquations(equations)];
}

async function examplesIn(file: { name: string; bytes: Uint8Array }) {
  const { text } = await openFile(file);
  return text
    .split(/\r?\n/)
    .filter((line) => line.trim() !== "")
    .slice(0, 8)
    .map((input) => ({ input }));
}

function failedBy(error: unknown): Extract<FromRun, { kind: "failed" }> {
  const [text = "", hint] = (error instanceof Error ? error.message : String(error)).split("\n  hint: ");
  const message = error instanceof UnrolledError ? text : `unexpected error: ${text}`;
  return { kind: "failed", message, ...(hint === undefined ? {} : { hint }) };
}
