// Reads the parity fixtures of test/fixtures (make_fixtures.py and make_cells.py there describe their layout).

import { readFileSync } from "node:fs";

/** A row-major tensor as it stands in a fixture. */
export interface FixtureTensor {
  shape: number[];
  data: number[];
}

export type FixtureTensors = Record<string, FixtureTensor>;

/** The fixtures that hold cases of a recurrent layer. */
export type RecurrentFixture =
  | "rnn-tanh"
  | "rnn-relu"
  | "gru"
  | "lstm"
  | "gru-reset-before"
  | "lstm-peepholes"
  | "gru-simplified"
  | "min-gru"
  | "min-lstm"
  | "sru"
  | "qrnn"
  | "rg-lru"
  | "rg-lru-lower-bound"
  | "lstm-mogrifier"
  | "lstm-layer-norm"
  | "lstm-zoneout";

/** One case of a recurrent layer. Batch first. */
export interface RecurrentCase {
  name: string;
  options: { inputSize: number; hiddenSize: number; cell?: string; numLayers?: number; bidirectional?: boolean };
  /** Null when every sequence is as long as the batch. */
  lengths: number[] | null;
  parameters: FixtureTensors;
  /** [B, T, I] */
  input: FixtureTensor;
  /** [layers * directions, B, H] each; [B, H] for the cells that PyTorch does not have. */
  initial: FixtureTensors;
  cotangents: { output: FixtureTensor; final: FixtureTensors };
  expected: {
    output: FixtureTensor;
    final: FixtureTensors;
    gradients: { parameters: FixtureTensors; input: FixtureTensor; initial: FixtureTensors };
  };
}

export interface LanguageModelCase {
  name: string;
  options: {
    cell: string;
    vocabSize: number;
    embeddingSize: number;
    hiddenSize: number;
    numLayers: number;
    tied: boolean;
  };
  parameters: FixtureTensors;
  tokens: FixtureTensor;
  targets: FixtureTensor;
  mask: FixtureTensor | null;
  initial: FixtureTensors;
  expected: {
    logits: FixtureTensor;
    loss: number;
    final: FixtureTensors | null;
    gradients: { parameters: FixtureTensors; initial: FixtureTensors };
  };
}

export interface OptimizerCase {
  name: string;
  options: Record<string, number | boolean | number[]>;
  /** On the first case only; the same for all. */
  start?: FixtureTensors;
  /** [50, ...shape] each; on the first case only. */
  gradients?: FixtureTensors;
  expected: { after: Record<"1" | "10" | "50", FixtureTensors> };
}

export interface TrainingCase {
  name: string;
  options: Record<string, number | string | boolean | number[] | null>;
  model: { cell: string; vocabSize: number; embeddingSize: number; hiddenSize: number };
  start: FixtureTensors;
  tokens: FixtureTensor;
  targets: FixtureTensor;
  expected: { losses: number[]; gradientNorms: number[]; after: Record<"1" | "10" | "50", FixtureTensors> };
}

export interface ClippingCase {
  name: string;
  maxNorm: number;
  gradients: FixtureTensors;
  expected: { norm: number; clipped: FixtureTensors };
}

export interface ScheduleCase {
  name: string;
  options: Record<string, number | string>;
  expected: { learningRates: number[] };
}

/** log-softmax, cross-entropy (plain, masked, smoothed, huge logits) and layer-norm: each names what it needs. */
export interface FunctionCase {
  name: string;
  input: FixtureTensor;
  cotangent?: FixtureTensor;
  targets?: FixtureTensor;
  mask?: FixtureTensor | null;
  smoothing?: number;
  weight?: FixtureTensor;
  bias?: FixtureTensor;
  epsilon?: number;
  expected: {
    gradient: FixtureTensor;
    output?: FixtureTensor;
    each?: FixtureTensor;
    loss?: number;
    weight?: FixtureTensor;
    bias?: FixtureTensor;
  };
}

export interface OnnxNodeCase {
  name: string;
  operator: "RNN" | "GRU" | "LSTM";
  opset: number;
  attributes: Record<string, number | string>;
  /** In the operator's order; an omitted one is "". */
  inputNames: string[];
  outputNames: string[];
  inputs: FixtureTensors;
  expected: FixtureTensors;
}

interface Fixtures extends Record<RecurrentFixture, RecurrentCase> {
  "language-model": LanguageModelCase;
  optimizers: OptimizerCase;
  training: TrainingCase;
  clipping: ClippingCase;
  schedules: ScheduleCase;
  functions: FunctionCase;
  "onnx-nodes": OnnxNodeCase;
}

/** The cases of one fixture file, by its name without ".json". */
export function fixture<Name extends keyof Fixtures>(name: Name): Fixtures[Name][] {
  const text = readFileSync(new URL(`./fixtures/${name}.json`, import.meta.url), "utf8");
  return (JSON.parse(text) as { cases: Fixtures[Name][] }).cases;
}

/** The largest absolute difference between two rows of numbers of one length; NaN if either holds one. */
export function worst(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (actual.length !== expected.length) throw new Error(`${actual.length} numbers, expected ${expected.length}`);
  let most = 0;
  for (let i = 0; i < expected.length; i++) {
    const difference = Math.abs(actual[i]! - expected[i]!);
    if (!(difference <= most)) most = difference;
  }
  return most;
}
