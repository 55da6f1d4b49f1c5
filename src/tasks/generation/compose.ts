// Writing: a label and perhaps a beginning go in, a sequence comes out, step by step.
import { checkNumber, foldIn, type Random, random, randomKey } from "../../base/index.ts";
import { keyCount, lowestKey, type Score, type Steps, scoreOfSteps } from "../../data/index.ts";
import { type Filter, sample, temperature as temperatureFilter } from "../../decode/index.ts";
import type { Engine, Value } from "../../engine/index.ts";
import type { Parameters } from "../../nn/index.ts";
import { type Dim, input, type State, type Tensor } from "../../tensor/index.ts";
import { compileSteps, recurrentGraph, type Stepper } from "../stepper.ts";
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
  { count = 1, labels, start, ...options }: ComposeOptions = {},
): AsyncGenerator<Composition, void, void> {
  checkNumber("compose(count)", count, { min: 1, integer: true });
  yield* composeAll(model, new Array<Request>(count).fill({ labels, start }), options);
}

/** A piece for each request, with one compiled model; draws depend on the seed and the request's place. */
async function* composeAll(
  model: Generator,
  requests: readonly Request[],
  options: Omit<ComposeOptions, "count" | "labels" | "start">,
): AsyncGenerator<Composition, void, void> {
  const { temperature = 1, filters = [], maxTokens = 200, seed = 42, signal } = options;
  checkNumber("compose(maxTokens)", maxTokens, { min: 1, integer: true });
  checkNumber("compose(temperature)", temperature, { min: 0 });
  const { content } = model;
  const { fields } = model.config;
  for (const { labels = {} } of requests)
    for (const name of Object.keys(labels))
      labelId(Object.hasOwn(fields, name) ? fields : { [name]: [] }, name, labels[name]);
  if (requests.length === 0) return;
  const stepper = await compile(model, options.engine, options.threads);
  try {
    for (const [index, { labels: wanted = {}, start }] of requests.entries()) {
      if (signal?.aborted) return;
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

/** Each key is drawn on its own, with the probability that the model gives it. */
async function writeFrames(
  stepper: PieceStepper,
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

/** What the model has written, as its first input: an id or a frame for each row and step. */
function written(model: Generator, name: string, B: Dim, T: Dim): Tensor {
  const size = contentSize(model.content);
  return model.content.type === "frames" ? input(name, [B, T, size]) : input(name, [B, T], { dtype: "int" });
}

const labelInputs = (model: Generator, B: Dim): Record<string, Tensor> =>
  Object.fromEntries(
    Object.keys(model.config.fields).map((name) => [name, input(`label.${name}`, [B], { dtype: "int" })]),
  );

/** Reads what was written, and the labels that were asked for. */
type PieceStepper = Omit<Stepper<Int32Array | Float32Array>, "reset"> & {
  /** Forgets what was written; the label ids of each field. */
  begin(labels: readonly number[]): Promise<void>;
};

async function compile(model: Generator, engine: Engine | undefined, threads?: number): Promise<PieceStepper> {
  const frames = model.content.type === "frames";
  const apply = (parameters: Parameters, state: State) =>
    model.apply(parameters, written(model, "value", 1, 1), labelInputs(model, 1), { state });
  const { read, reset, release } = await compileSteps(model, apply, { engine, threads, where: "compose" });
  let asked: Record<string, Value> = {};
  return {
    release,
    async begin(labels) {
      await reset();
      asked = Object.fromEntries(
        Object.keys(model.config.fields).map((name, i): [string, Value] => [
          `label.${name}`,
          { dtype: "int", shape: [1], data: Int32Array.of(labels[i]!) },
        ]),
      );
    },
    read: (data) =>
      read({
        ...asked,
        value: frames ? { dtype: "float", shape: [1, 1, data.length], data } : { dtype: "int", shape: [1, 1], data },
      }),
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
  yield* composeAll(model, [...requests], options);
}

/**
 * Graph of a generator: what was written (`value`: ids [B, T] or frames [B, T, 88]), labels [B] and states -> logits
 * [B, T, V] and the states after them.
 */
export const generatorGraph = (model: Generator): InferenceGraph =>
  recurrentGraph(model, (parameters, state) =>
    model.apply(parameters, written(model, "value", "B", "T"), labelInputs(model, "B"), { state }),
  );
