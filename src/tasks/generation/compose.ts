// Writing: a label and perhaps a beginning go in, a sequence comes out, step by step.
import { checkNumber, foldIn, type Random, random, randomKey } from "../../base/index.ts";
import { keyCount, lowestKey, type Score, type Steps, scoreOfSteps } from "../../data/index.ts";
import { type Filter, sample, temperature as temperatureFilter } from "../../decode/index.ts";
import { engineOf } from "../../engine/default.ts";
import type { Engine, Value } from "../../engine/index.ts";
import { parameterInputs } from "../../nn/index.ts";
import { input, reshape, transpose } from "../../tensor/index.ts";
import { compileModel, graphOf } from "../model.ts";
import type { InferenceGraph, RunOptions } from "../task.ts";
import { contentSize, ends, type Piece, pieceIds, pieceRoll } from "./content.ts";
import { labelId } from "./data.ts";
import type { Generator } from "./generator.ts";

export interface ComposeOptions extends Omit<RunOptions, "batchSize"> {
  /** What the piece is to be: a label for some or all of the model's fields. The others are drawn. */
  labels?: Readonly<Record<string, string>>;
  /** What it begins with: a text, a melody (one note, say), or frames. Nothing by default. */
  start?: Piece;
  /** Below 1 plays safe; 0 takes the likeliest. 1 by default, the model's own distribution. */
  temperature?: number;
  /** Further filters of the draws, for texts and melodies. */
  filters?: readonly Filter[];
  /** Maximum number of tokens, or time steps of music; 200 by default. Texts and melodies may end sooner. */
  maxTokens?: number;
  /** Pieces to write; 1 by default. */
  count?: number;
  /** Of the draws; 42 by default. */
  seed?: number;
  /** Threads per operator; 1 by default: a step of one row is too small to share. */
  threads?: number;
}

/** A piece that was written, with the labels it was asked to have. */
export interface Composition {
  readonly labels: Readonly<Record<string, string>>;
  readonly text?: string;
  /** Of a melody or of frames: to be written as ABC, MIDI, WAV, or drawn. */
  readonly music?: Score;
  readonly steps?: Steps;
}

/** Writes pieces, one after the other. The same seed gives the same pieces. */
export async function* compose(
  model: Generator,
  options: ComposeOptions = {},
): AsyncGenerator<Composition, void, void> {
  const { labels: wanted = {}, start, temperature = 1, filters = [], maxTokens = 200, count = 1, seed = 42 } = options;
  checkNumber("compose(maxTokens)", maxTokens, { min: 1, integer: true });
  checkNumber("compose(count)", count, { min: 1, integer: true });
  checkNumber("compose(temperature)", temperature, { min: 0 });
  const { content } = model;
  const { fields } = model.config;
  for (const name of Object.keys(wanted)) if (!Object.hasOwn(fields, name)) labelId({ [name]: [] }, name, wanted[name]);
  const stepper = await compile(model, engineOf("compose", options.engine), options.threads);
  try {
    for (let index = 0; index < count; index++) {
      if (options.signal?.aborted) return;
      const draws = random(foldIn(randomKey(seed), "compose", index));
      const labels = Object.fromEntries(
        Object.entries(fields).map(([name, all]) => [name, wanted[name] ?? all[draws.below(all.length)]!]),
      );
      await stepper.begin(Object.keys(fields).map((name) => labelId(fields, name, labels[name])));
      if (content.type === "frames") {
        const steps = await writeFrames(stepper, draws, { start, temperature, maxTokens });
        yield { labels, steps, music: scoreOfSteps(steps, { stepsPerQuarter: content.stepsPerQuarter }) };
        continue;
      }
      const { bos, eos } = ends(content);
      const given = start ? [...pieceIds(content, start).slice(1, -1)] : [];
      const ids = [...given];
      let logits = await stepper.read(Int32Array.of(bos));
      for (const id of given) logits = await stepper.read(Int32Array.of(id));
      const chain = [temperatureFilter(temperature), ...filters];
      while (ids.length < maxTokens) {
        const id = sample(logits, chain, draws, ids);
        if (id === eos) break;
        ids.push(id);
        logits = await stepper.read(Int32Array.of(id));
      }
      if (content.type === "text") yield { labels, text: content.tokenizer.decode(ids) };
      else yield { labels, music: { ...content.coder.decode(ids), ...(labels.key ? { key: labels.key } : {}) } };
    }
  } finally {
    await stepper.release();
  }
}

interface Stepper {
  /** Forgets what was written; the label ids of each field. */
  begin(labels: readonly number[]): Promise<void>;
  /** Reads an id or a frame; gives the logits of the next. */
  read(value: Int32Array | Float32Array): Promise<Float32Array>;
  release(): Promise<void>;
}

/** Each key is drawn on its own, with the probability that the model gives it. */
async function writeFrames(
  stepper: Stepper,
  draws: Random,
  { start, temperature, maxTokens }: { start?: Piece; temperature: number; maxTokens: number },
): Promise<Steps> {
  const steps: Steps = [];
  const given = start ? pieceRoll(start) : new Float32Array(0);
  let frame = new Float32Array(keyCount);
  while (steps.length < maxTokens) {
    const logits = await stepper.read(frame);
    const at = steps.length * keyCount;
    if (at < given.length) frame = given.slice(at, at + keyCount);
    else
      frame = logits.map((logit) => {
        const u = draws.uniform();
        return Number(temperature === 0 ? logit > 0 : u < 1 / (1 + Math.exp(-logit / temperature)));
      });
    steps.push(Array.from(frame.keys()).flatMap((key) => (frame[key] ? [key + lowestKey] : [])));
  }
  return steps;
}

async function compile(model: Generator, engine: Engine, threads = 1): Promise<Stepper> {
  const frames = model.content.type === "frames";
  const size = contentSize(model.content);
  const fields = Object.keys(model.config.fields);
  const states = Object.entries(model.state);
  const written = frames
    ? reshape(input("value", [size]), [1, 1, size])
    : reshape(input("value", [1], { dtype: "int" }), [1, 1]);
  const { logits, final } = model.apply(
    parameterInputs(model.specs),
    written,
    Object.fromEntries(fields.map((name) => [name, input(`label.${name}`, [1], { dtype: "int" })])),
    { state: Object.fromEntries(states.map(([name, shape]) => [name, input(`state.${name}`, [1, ...shape])])) },
  );
  const state = Object.fromEntries(states.map(([name]) => [`state.${name}`, { next: final[name]! }]));
  const session = await compileModel(
    model,
    { outputs: { logits: reshape(logits, [size]) }, state },
    { engine, threads },
  );
  const zeros = Object.fromEntries(
    states.map(([name, shape]): [string, Value] => [
      `state.${name}`,
      { dtype: "float", shape: [1, ...shape], data: new Float32Array(shape.reduce((a, b) => a * b, 1)) },
    ]),
  );
  let feeds: Record<string, Value> = {};
  return {
    async begin(labels) {
      await session.write(zeros);
      feeds = Object.fromEntries(
        fields.map((name, i): [string, Value] => [
          `label.${name}`,
          { dtype: "int", shape: [1], data: Int32Array.of(labels[i]!) },
        ]),
      );
    },
    async read(data) {
      feeds.value = { dtype: frames ? "float" : "int", shape: [data.length], data };
      return (await session.run(feeds)).logits!.data as Float32Array;
    },
    release: () => session.release(),
  };
}

/** What a piece is to be: labels for some of the model's fields, and what it begins with. */
export type Request = Pick<ComposeOptions, "labels" | "start">;

/** Writes a piece for each request. The same seed gives the same pieces. */
export async function* predictPieces(
  model: Generator,
  requests: Iterable<Request>,
  options: Omit<ComposeOptions, "count"> = {},
): AsyncGenerator<Composition, void, void> {
  let index = 0;
  for (const request of requests) {
    yield* compose(model, { ...options, ...request, count: 1, seed: (options.seed ?? 42) + index++ });
    if (options.signal?.aborted) return;
  }
}

/**
 * Graph of a generator: what was written (`value`: ids [B, T] or frames [B, T, 88]), labels [B] and states -> logits
 * [B, T, V] and the states after them.
 */
export function generatorGraph(model: Generator): InferenceGraph {
  const frames = model.content.type === "frames";
  const size = contentSize(model.content);
  const value = frames
    ? transpose(input("value", ["B", "T", size]), [1, 0, 2])
    : transpose(input("value", ["B", "T"], { dtype: "int" }));
  const fields = Object.keys(model.config.fields);
  const labels = Object.fromEntries(fields.map((name) => [name, input(`label.${name}`, ["B"], { dtype: "int" })]));
  const state = Object.fromEntries(
    Object.entries(model.state).map(([name, shape]) => [name, input(`state.${name}`, ["B", ...shape])]),
  );
  const { logits, final } = model.apply(parameterInputs(model.specs), value, labels, { state });
  const next = Object.fromEntries(Object.entries(final).map(([name, tensor]) => [`next.${name}`, tensor]));
  return graphOf({ logits: transpose(logits, [1, 0, 2]), ...next }, { states: model.state });
}
