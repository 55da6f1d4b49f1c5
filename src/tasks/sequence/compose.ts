// Writing: a label and perhaps a beginning go in, a sequence comes out, step by step.
import { checkNumber, foldIn, type Random, random, randomKey } from "../../base/index.ts";
import { drawLabels, labelId } from "../../data/batches/pieces.ts";
import { keyCount, type Score, type Steps, scoreOfSteps, stepsOfRoll } from "../../data/index.ts";
import { contentSize, ends, type Piece, pieceIds, pieceRoll } from "../../data/pieces.ts";
import { type Filter, sampleEach, temperature as temperatureFilter } from "../../decode/index.ts";
import { floats, ints } from "../../engine/values.ts";
import type { Parameters } from "../../nn/index.ts";
import { type Dim, input, type State, type Tensor } from "../../tensor/index.ts";
import { predictorOf, predictWith } from "../predictor.ts";
import type { CompileWith, InferenceGraph, Predictor, RunOptions } from "../task.ts";
import { drawTokens } from "./generate.ts";
import type { Generator } from "./generator.ts";
import { compileSteps, recurrentGraph } from "./stepper.ts";

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

/** What a piece is to be: labels for some of the model's fields, and what it begins with. */
export type Request = Pick<ComposeOptions, "labels" | "start">;
type RequestOptions = Omit<ComposeOptions, "count" | "labels" | "start">;

/** Writes pieces, one after the other. The same seed gives the same pieces. */
export async function* compose(
  model: Generator,
  { count = 1, labels, start, ...options }: ComposeOptions = {},
): AsyncGenerator<Composition, void, void> {
  checkNumber("compose(count)", count, { min: 1, integer: true });
  yield* predictPieces(model, new Array<Request>(count).fill({ labels, start }), options);
}

/** Compiles a generator: a piece for each request; draws depend on the seed and the request's place. */
export async function generatorPredictor(
  model: Generator,
  compileWith?: CompileWith,
): Promise<Predictor<Request, Composition, RequestOptions>> {
  const { content } = model;
  const { fields } = model.config;
  const apply = (parameters: Parameters, state: State) =>
    model.apply(parameters, written(model, "value", 1, 1), labelInputs(model, 1), { state });
  const steps = await compileSteps(model, apply, compileWith);

  return predictorOf<Request, Composition, RequestOptions>(async function* (inputs, options) {
    const { temperature = 1, filters = [], maxTokens = 200, seed = 42, signal } = options;
    checkNumber("compose(maxTokens)", maxTokens, { min: 1, integer: true });
    checkNumber("compose(temperature)", temperature, { min: 0 });
    const requests = [...inputs];
    for (const { labels = {} } of requests)
      for (const name of Object.keys(labels))
        labelId(Object.hasOwn(fields, name) ? fields : { [name]: [] }, name, labels[name]);
    for (const [index, { labels: wanted = {}, start }] of requests.entries()) {
      if (signal?.aborted) return;
      const draws = random(foldIn(randomKey(seed), "compose", index));
      const labels = drawLabels(fields, wanted, draws);
      const asked = Object.fromEntries(
        Object.keys(fields).map((name) => [
          `label.${name}`,
          ints(Int32Array.of(labelId(fields, name, labels[name])), 1),
        ]),
      );
      const step = steps.begin();
      if (content.type === "frames") {
        const read = (frame: Float32Array) => step({ ...asked, value: floats(frame, 1, 1, frame.length) });
        const frames = await writeFrames(read, draws, { start, temperature, maxTokens });
        yield { labels, steps: frames, music: scoreOfSteps(frames, { stepsPerQuarter: content.stepsPerQuarter }) };
        continue;
      }
      const read = (id: number) => step({ ...asked, value: ints(Int32Array.of(id), 1, 1) });
      const { bos, eos } = ends(content);
      const ids = start ? [...pieceIds(content, start).slice(1, -1)] : [];
      let logits = await read(bos);
      for (const id of ids) logits = await read(id);
      const chain = [temperatureFilter(temperature), ...filters];
      const size = contentSize(content);
      const count = Math.max(0, maxTokens - ids.length);
      for await (const _ of drawTokens(read, logits, ids, { filters: chain, draws, count, eos, size })) void _;
      if (content.type === "text") yield { labels, text: content.tokenizer.decode(ids) };
      else yield { labels, music: { ...content.coder.decode(ids), ...(labels.key ? { key: labels.key } : {}) } };
    }
  }, steps.release);
}

const predictPieces = predictWith(generatorPredictor);

/** Each key is drawn on its own, with the probability that the model gives it. */
async function writeFrames(
  read: (frame: Float32Array) => Promise<Float32Array>,
  draws: Random,
  { start, temperature, maxTokens }: { start?: Piece; temperature: number; maxTokens: number },
): Promise<Steps> {
  const steps: Steps = [];
  const given = start ? pieceRoll(start) : new Float32Array(0);
  let frame = new Float32Array(keyCount);
  while (steps.length < maxTokens) {
    const logits = await read(frame);
    const at = steps.length * keyCount;
    frame = at < given.length ? given.slice(at, at + keyCount) : sampleEach(logits, temperature, draws);
    steps.push(...stepsOfRoll(frame));
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

/**
 * Graph of a generator: what was written (`value`: ids [B, T] or frames [B, T, 88]), labels [B] and states -> logits
 * [B, T, V] and the states after them.
 */
export const generatorGraph = (model: Generator): InferenceGraph =>
  recurrentGraph(model, (parameters, state) =>
    model.apply(parameters, written(model, "value", "B", "T"), labelInputs(model, "B"), { state }),
  );
