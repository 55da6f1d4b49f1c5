// The run itself: trains a language model on a text, and posts what a page shows. It lives in a worker or in a process.
import { fail, foldIn, random, randomKey, UnrolledError } from "../base/index.ts";
import { charTokenizer, splitData } from "../data/index.ts";
import type { Engine } from "../engine/index.ts";
import { modelFiles } from "../files/index.ts";
import { byDistance, inspectGradients } from "../inspect/index.ts";
import { type LanguageModel, type LanguageModelData, languageModel, tasks, trainOptions } from "../tasks/index.ts";
import { checkpoint, train } from "../train/index.ts";
import { parameterPictures } from "./pictures.ts";
import type { FromRun, Lens, RunRecipe, ToRun } from "./protocol.ts";
import { liveReader, type Reader } from "./reader.ts";

/** Milliseconds between two posts of a kind, so that a page can draw and the network can learn. */
const every = { tick: 33, samples: 400, units: 120, gradient: 1500, parameters: 500 };

export interface RunHandle {
  handle(message: ToRun): void;
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
export function startRun(post: (message: FromRun) => void, { engine, first }: RunOptions): RunHandle {
  let current: AbortController | undefined;
  let paused = false;
  let single = 0;
  let wake = () => {};
  let watching: { lens: Lens | null; probe: string } = { lens: null, probe: "" };
  let changed = false;
  const writes: Extract<ToRun, { kind: "write" }>[] = [];
  let keep = false;
  let running: Promise<void> = Promise.resolve();

  async function work({ recipe: chosen, text }: Extract<ToRun, { kind: "start" }>, signal: AbortSignal): Promise<void> {
    const { model, data, recipe, facts } = prepare(chosen, text);
    post({ kind: "ready", recipe, engine: engine.name, parameters: model.parameters.length, ...facts });
    // Asked for before it is needed: a page fetches the engine now.
    const opening = liveReader(model, engine);
    opening.catch(() => {}); // thrown below
    if (first) {
      const early = await liveReader(model, first);
      await show(early, 0);
      await early.release();
    }
    const reader = await opening;
    const last: Record<string, number> = {};
    const due = (kind: keyof typeof every) => {
      const now = performance.now();
      if (now - (last[kind] ?? Number.NEGATIVE_INFINITY) < every[kind]) return false;
      last[kind] = now;
      return true;
    };
    try {
      if (!first) await show(reader, 0);
      let losses: number[] = [];
      const options = { ...trainOptions(recipe), seed: recipe.seed, valid: data.valid, shards: 1 };
      let step = 0;
      for await (const progress of train(model, data.train, {
        ...options,
        engine,
        signal,
        evaluateEvery: Math.max(20, Math.round(recipe.steps / 15)),
      })) {
        step = progress.step;
        losses.push(progress.loss);
        if (due("tick") || paused) {
          const { steps, tokensPerSecond, remaining } = progress;
          post({ kind: "tick", step, steps, losses: Float32Array.from(losses), tokensPerSecond, remaining });
          losses = [];
        }
        if (progress.valid)
          post({ kind: "valid", step, nats: progress.valid.nats, best: progress.best?.step === step });
        if (single > 0) single--;
        await attend(step);
        while (paused && single === 0 && !signal.aborted) {
          post({ kind: "paused", step });
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
          await attend(step, true);
        }
      }
      if (signal.aborted) return;
      if (losses.length > 0)
        post({ kind: "tick", step, steps: step, losses: Float32Array.from(losses), tokensPerSecond: 0, remaining: 0 });
      post({ kind: "done", step });
      // The trained network goes on answering.
      changed = true;
      for (;;) {
        await attend(step, true);
        if (signal.aborted) return;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
        if (signal.aborted) return;
      }
    } finally {
      await reader.release();
    }

    /** Answers what was asked and draws what is watched. */
    async function attend(step: number, idle = false): Promise<void> {
      const lens = watching.lens;
      const samples = due("samples") && !idle;
      const wantLens = lens !== null && (changed || (!idle && due(lens)));
      if (!samples && !wantLens && writes.length === 0 && !keep) return;
      changed = false;
      if (!idle) await checkpoint(model);
      await reader.refresh();
      if (samples) await show(reader, step);
      for (const { id, prompt, temperature, seed } of writes.splice(0)) {
        const wanted = {
          prompt,
          temperature,
          seed,
          count: recipe.kind === "lines" ? 6 : 1,
          maxTokens: recipe.kind === "lines" ? 30 : 240,
        };
        post({ kind: "written", id, step, texts: await reader.write(wanted) });
      }
      if (wantLens) await look(lens, step);
      if (keep) {
        keep = false;
        post({ kind: "kept", files: Object.fromEntries(await modelFiles(model)) });
      }
    }

    async function show(from: Reader, step: number): Promise<void> {
      await from.refresh();
      const lines = recipe.kind === "lines";
      const texts = await from.write({
        prompt: "",
        count: lines ? 10 : 1,
        temperature: 0.8,
        maxTokens: lines ? 24 : 160,
        seed: step + 1,
      });
      post({ kind: "samples", step, texts });
    }

    async function look(lens: Lens, step: number): Promise<void> {
      const probe = watching.probe || facts.example;
      if (lens === "units") post({ kind: "units", step, ...(await reader.trace(probe)) });
      else if (lens === "parameters") post({ kind: "parameters", step, pictures: parameterPictures(model) });
      else {
        const known = [...probe].filter((char) => model.tokenizer.vocabulary.tokens.includes(char)).join("");
        const rows: LanguageModelData = recipe.kind === "lines" ? [known] : model.tokenizer.encode(known);
        const lines = byDistance(await inspectGradients(model, rows, { engine, threads: 1 }));
        post({ kind: "gradient", step, lines });
      }
    }
  }

  return {
    handle(message) {
      switch (message.kind) {
        case "start": {
          current?.abort();
          wake();
          const controller = new AbortController();
          current = controller;
          paused = message.paused ?? false;
          single = 0;
          writes.length = 0;
          running = running
            .then(() => work(message, controller.signal))
            .catch((error: unknown) => {
              if (controller.signal.aborted) return;
              const [text = "", hint] = (error instanceof Error ? error.message : String(error)).split("\n  hint: ");
              post({
                kind: "failed",
                message: error instanceof UnrolledError ? text : `unexpected error: ${text}`,
                hint,
              });
            });
          return;
        }
        case "pause":
          paused = true;
          return;
        case "go":
          paused = false;
          return wake();
        case "step":
          paused = true;
          single++;
          return wake();
        case "stop":
          current?.abort();
          return wake();
        case "watch":
          watching = message;
          changed = true;
          return wake();
        case "write":
          writes.push(message);
          return wake();
        case "keep":
          keep = true;
          return wake();
      }
    },
  };
}

interface Prepared {
  model: LanguageModel;
  data: { train: LanguageModelData; valid: LanguageModelData };
  recipe: RunRecipe;
  facts: { vocabulary: number; rows: number; tokens: number; validTokens: number; example: string };
}

/** The model and its data, as the command line would choose them where nothing is chosen. */
function prepare(chosen: Partial<RunRecipe>, text: string): Prepared {
  const lines = text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter(Boolean);
  const kind = chosen.kind ?? kindOf(text);
  const seed = chosen.seed ?? 1337;
  const tokens = text.length;
  if (kind === "lines" ? lines.length < 10 : tokens < 200)
    fail({
      where: "text",
      expected: kind === "lines" ? "at least 10 lines" : "at least 200 characters",
      received: kind === "lines" ? String(lines.length) : String(tokens),
      hint: "paste more text: a network learns from repetition",
      code: "data",
    });
  const usual = tasks["language-model"].recipe({ rows: kind === "lines" ? lines.length : tokens, tokens, kind });
  const recipe: RunRecipe = {
    cell: chosen.cell ?? "lstm",
    hiddenSize: chosen.hiddenSize ?? 96,
    numLayers: chosen.numLayers ?? 1,
    dropout: chosen.dropout ?? 0.1,
    learningRate: chosen.learningRate ?? 0.01,
    batchSize: chosen.batchSize ?? usual.batchSize,
    embeddingSize: chosen.embeddingSize ?? 32,
    steps: chosen.steps ?? 1500,
    kind,
    seed,
  };
  const tokenizer = charTokenizer.fit(
    kind === "lines" ? lines.join("") : text,
    kind === "lines" ? { specials: ["pad", "bos", "eos"] } : {},
  );
  const model = languageModel({
    tokenizer,
    ...tasks["language-model"].options({ ...usual, ...recipe }),
    embeddingSize: recipe.embeddingSize,
    seed,
  });
  const base = { vocabulary: tokenizer.vocabulary.size, rows: lines.length };
  if (kind === "lines") {
    const data = splitData(shuffled(lines, seed), { valid: 0.1 });
    const count = (rows: readonly string[]) => rows.reduce((sum, row) => sum + row.length + 1, 0);
    const example = data.valid[0] ?? lines[0]!;
    return {
      model,
      data,
      recipe,
      facts: { ...base, tokens: count(data.train), validTokens: count(data.valid), example },
    };
  }
  const data = splitData(tokenizer.encode(text), { valid: 0.1 });
  const example = text.slice(0, 80).replaceAll(/\s+/g, " ");
  return {
    model,
    data,
    recipe,
    facts: { ...base, tokens: data.train.length, validTokens: data.valid.length, example },
  };
}

function shuffled<T>(items: readonly T[], seed: number): T[] {
  const list = [...items];
  const draw = random(foldIn(randomKey(seed), "split"));
  for (let i = list.length - 1; i > 0; i--) {
    const j = draw.below(i + 1);
    [list[i], list[j]] = [list[j]!, list[i]!];
  }
  return list;
}

/** Names and the like are short lines, most of them different. */
export function kindOf(text: string): "lines" | "stream" {
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== "");
  const mean = text.length / Math.max(1, lines.length);
  return lines.length >= 10 && mean < 32 && new Set(lines).size > lines.length / 2 ? "lines" : "stream";
}
