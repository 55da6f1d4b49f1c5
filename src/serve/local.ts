// Models in this thread as a backend.
import { fail } from "../base/index.ts";
import type { WordVectors } from "../embeddings/index.ts";
import { engineOf } from "../engine/default.ts";
import type { Engine } from "../engine/index.ts";
import { encode, type Generator, type LanguageModel, type Model, predict, taskOf, weightsOf } from "../tasks/index.ts";
import type { Backend, BackendStats, CompletionPart, PredictOptions, ServedModel } from "./backend.ts";
import { type ContinuousBatch, type ContinuousOptions, continuousBatch, type Item } from "./continuous.ts";
import { readInputs, writeResult } from "./inputs.ts";
import { pieceWriter, type WrittenPiece } from "./piece-writer.ts";
import { type BatchQueue, batchQueue } from "./queue.ts";
import { streamOf } from "./stream-of.ts";
import { meanVector, stateVector } from "./text-vectors.ts";
import { textWriter } from "./text-writer.ts";

/** Models by the names that requests use: trained models and word vectors. */
export type Served = Readonly<Record<string, Model | WordVectors>>;

export interface LocalOptions {
  /** The entry point's own engine by default. */
  readonly engine?: Engine;
  /** Threads per operator; the engine's choice by default. */
  readonly threads?: number;
  /** Texts that a language model writes at the same time; 16 by default. */
  readonly slots?: number;
}

interface Running {
  readonly model: Model | WordVectors;
  readonly about: ServedModel;
  readonly batch?: ContinuousBatch<Item>;
  readonly queue?: BatchQueue<unknown, unknown>;
  /** Vectors of texts, where the model reads texts. */
  readonly vectors?: BatchQueue<unknown, Float32Array>;
}

/** Compiles the models and answers in this thread. */
export async function localBackend(models: Served, options: LocalOptions = {}): Promise<Backend> {
  const engine = engineOf("serve", options.engine);
  const running = new Map<string, Running>();
  for (const [name, model] of Object.entries(models))
    running.set(name, await start(name, model, { ...options, engine }));
  const find = (name: string) =>
    running.get(name) ?? fail({ where: "model", expected: [...running.keys()].join(" or "), received: name });
  const batches = () => [...running.values()].flatMap(({ batch }) => batch ?? []);
  const queues = () => [...running.values()].flatMap(({ queue, vectors }) => [queue ?? [], vectors ?? []].flat());
  let written = 0;

  return {
    models: [...running.values()].map(({ about }) => about),
    complete(name, request, signal) {
      const { model, batch } = find(name);
      if (!batch || !("task" in model) || model.task !== "language-model")
        return fail({ where: "model", expected: "a language model", received: name });
      return streamOf<CompletionPart>(async (emit) => {
        const writer = textWriter(model, request, (part) => {
          if ("end" in part) written += part.completionTokens;
          emit(part);
        });
        await batch.write(writer, signal);
      });
    },
    async predict(name, inputs, given, signal) {
      const { model, batch, queue } = find(name);
      if (!("task" in model)) return fail({ where: "model", expected: "a trained model", received: name });
      const read = readInputs(model, inputs);
      if (batch && model.task === "generator") return compose(model, batch, read as never, given, signal);
      if (!queue) return fail({ where: "model", expected: "a model that predicts", received: name });
      return queue.run(read, given, signal);
    },
    async embed(name, texts, signal) {
      const { model, batch, vectors } = find(name);
      if (!("task" in model)) return texts.map((text) => meanVector(model, text));
      if (vectors) return vectors.run(readInputs(model, texts), {}, signal);
      if (!batch || model.task !== "language-model")
        return fail({ where: "model", expected: "word vectors or a model that reads texts", received: name });
      return Promise.all(texts.map((text) => stateVector(model, batch, text, signal)));
    },
    async stats() {
      const steps = batches().map(({ stats }) => stats);
      const other = queues().map(({ stats }) => stats);
      const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);
      const added = (all: readonly (readonly number[])[]) =>
        all.reduce<number[]>(
          (a, b) => Array.from({ length: Math.max(a.length, b.length) }, (_, i) => (a[i] ?? 0) + (b[i] ?? 0)),
          [],
        );
      return {
        waiting: sum([...steps, ...other].map(({ waiting }) => waiting)),
        running: sum(steps.map((one) => one.running)),
        stepRows: added(steps.map(({ stepRows }) => stepRows)),
        stepSeconds: sum(steps.map(({ stepSeconds }) => stepSeconds)),
        tokensRead: sum(steps.map(({ tokensRead }) => tokensRead)),
        tokensWritten: written,
        batchInputs: added(other.map(({ batchInputs }) => batchInputs)),
        batchSeconds: sum(other.map(({ batchSeconds }) => batchSeconds)),
      } satisfies BackendStats;
    },
    async close() {
      await Promise.all([...batches().map((batch) => batch.release()), ...queues().map((queue) => queue.close())]);
    },
  };
}

async function start(name: string, model: Model | WordVectors, options: ContinuousOptions): Promise<Running> {
  if (!("task" in model)) return { model, about: { name, task: "embeddings", parameters: model.matrix.length } };
  const about: ServedModel = {
    name,
    task: model.task,
    parameters: model.parameters.length + model.frozen.length,
    ...(model.task === "generator" ? { asks: model.config.fields } : {}),
    ...(model.task === "forecaster"
      ? { asks: { series: model.config.inputs.map((one) => one.name) }, length: model.config.length }
      : {}),
  };
  if (model.task === "language-model" || model.task === "generator")
    return { model, about, batch: await continuous(model, options) };
  const queue = batchQueue<unknown, unknown>(async (inputs, given) => {
    const results: unknown[] = [];
    const run = { ...given, engine: options.engine, threads: options.threads };
    for await (const one of predict(model, inputs as never, run as never)) results.push(writeResult(model, one));
    return results;
  });
  if (
    !("encoder" in taskOf(model)) ||
    model.task === "forecaster" ||
    ("features" in model.config && model.config.features)
  )
    return { model, about, queue };
  const vectors = batchQueue<unknown, Float32Array>(async (texts) => {
    const found: Float32Array[] = [];
    const run = { engine: options.engine, threads: options.threads };
    for await (const { vector } of encode(model as never, texts as never, run)) found.push(vector);
    return found;
  });
  return { model, about, queue, vectors };
}

function continuous(model: LanguageModel | Generator, options: ContinuousOptions): Promise<ContinuousBatch<Item>> {
  const graph = Object.values(taskOf(model).graphs(model as never))[0]!;
  const item = model.task === "language-model" ? "ids" : "value";
  return continuousBatch({ graph, constants: weightsOf(model), item }, options);
}

function compose(
  model: Generator,
  batch: ContinuousBatch<Item>,
  inputs: readonly { labels?: Readonly<Record<string, string>> }[],
  { temperature = 1, maxTokens = 200, seed = 42 }: PredictOptions,
  signal: AbortSignal,
): Promise<WrittenPiece[]> {
  return Promise.all(
    inputs.map(async ({ labels = {} }, i) => {
      let piece: WrittenPiece | undefined;
      const request = { labels, temperature, maxTokens, seed: seed + i };
      await batch.write(
        pieceWriter(model, request, (done) => {
          piece = done;
        }),
        signal,
      );
      return piece!;
    }),
  );
}
