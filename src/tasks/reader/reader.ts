// What classifier and regressor share: a network over texts or steps of numbers, their rows as batches, their predictor.

import { checkNumber, fail } from "../../base/index.ts";
import { neighborsKind, withNeighbors } from "../../data/batches/neighbor-tokens.ts";
import { evaluationRows, rereadRows, trainingRows } from "../../data/batches/rows.ts";
import {
  encodeRows,
  isStreamed,
  type LabeledData,
  type LabeledText,
  type RowsOrList,
  spreadRows,
  type Tokenizer,
} from "../../data/index.ts";
import {
  defaultMaxLength,
  type FeatureScale,
  type LabeledSteps,
  type NumberSteps,
  type Reading,
  type Reads,
  readInput,
  readingFeeds,
  rereader,
} from "../../data/readings.ts";
import type { Value } from "../../engine/index.ts";
import type { Saved } from "../../networks/config.ts";
import {
  type Applied,
  type ApplyReader,
  type NetworkConfig,
  type NetworkOptions,
  readerNetwork,
} from "../../networks/many-to-one.ts";
import { graphOf, rowsOf, type Weights } from "../../networks/model.ts";
import {
  checkTokenPrediction,
  predictionWeight,
  type TokenPredictionOptions,
} from "../../networks/token-prediction.ts";
import { type Loss, type Parameters, parameterInputs } from "../../nn/index.ts";
import { transpose } from "../../tensor/index.ts";
import type { Batch, EvaluationBatchOptions, Trainable, TrainingBatches } from "../../train/index.ts";
import { compileBulk } from "../bulk.ts";
import { encoderPredictor } from "../encode.ts";
import { batchPredictor } from "../predictor.ts";
import type { CompileWith, Encoded, Predictor, RunOptions } from "../task.ts";

export interface ReaderOptions extends NetworkOptions {
  /** Cuts texts into tokens. A reader has a tokenizer or `features`. */
  tokenizer?: Tokenizer;
  /** Mean and deviation of each number of a step (`stepScales`), for steps of numbers in place of texts. */
  features?: readonly FeatureScale[];
  /**
   * With a `bpe` tokenizer, the share of merges left out while training, so that a word is cut differently in each epoch
   * (Provilkov et al., 2020, use 0.1); 0 by default.
   */
  subwordDropout?: number;
  /**
   * Share of the tokens that are read as the unknown one while training, so that a text is not recognized by one word and
   * the unknown token means something; 0 by default.
   */
  wordDropout?: number;
  /**
   * A second training loss: the encoder also learns to predict the tokens of the texts. Each direction predicts the token that it
   * will read next (Rei, 2017). Off unless given; the classifier's recipe turns it on for many texts. Refused with `feedForward`,
   * steps of numbers, and a stack of bidirectional layers.
   */
  tokenPrediction?: TokenPredictionOptions;
  /** Most tokens or steps read of a row; 1,000 by default, so that one very long text does not fill the memory. */
  maxLength?: number;
  /** Seed for parameter initialization. */
  seed?: number;
}

/** What is saved of a reader beside its parameters and its tokenizer. */
export type ReaderConfig = NetworkConfig &
  Required<Saved<Pick<ReaderOptions, "subwordDropout" | "wordDropout" | "maxLength">>> &
  Pick<ReaderOptions, "features" | "tokenPrediction">;

/** Texts or steps of numbers, each with its label. */
export type ReaderData = LabeledData | { readonly rows: RowsOrList<LabeledSteps>; readonly source?: string };
export type ReaderRow = (LabeledText & { labels?: readonly string[] }) | LabeledSteps;
export type ReaderInput = string | NumberSteps;

/** A model that reads a text, or steps of numbers, and gives one vector. */
export interface ReaderModel extends Trainable<ReaderData> {
  readonly config: ReaderConfig;
  /** Absent where steps of numbers are read. */
  readonly tokenizer?: Tokenizer;
  /** Steps that each row is cut or padded to, for the feed-forward baseline. */
  readonly window: number | undefined;
  /** Symbolic: ids [B, T] or numbers [B, T, D], and lengths [B] -> outputs [B, K]. */
  apply(parameters: Parameters, options?: ApplyReader): Applied;
}

export const inputOf = (row: ReaderRow): ReaderInput => ("text" in row ? row.text : row.steps);

/** What reads a model's inputs. */
export const readsOf = ({ tokenizer, config: { features, maxLength } }: Pick<ReaderModel, "tokenizer" | "config">) =>
  ({ tokenizer, features, maxLength }) as Reads;

/** The `[where]` of a row, for messages. */
export const placeOf = (source = "data", { line }: ReaderRow): string =>
  line === undefined ? source : `${source}:${line}`;

interface Targets {
  /** Numbers to predict from a row: one, or `width`. @throws UnrolledError at a label that cannot be learned */
  target(row: ReaderRow, source: string | undefined): number | ArrayLike<number>;
  dtype: "int" | "float";
  /** Numbers of a target, where it is a list. */
  width?: number;
}

interface Row extends Reading {
  readonly target: number | ArrayLike<number>;
  /** Its text, where it is cut differently in each epoch. */
  readonly text?: string;
}

const lengthOf = ({ length }: Row) => length;

/** The parts of a reader but for its loss. */
export function reader(where: string, outputSize: number, options: ReaderOptions, { target, dtype, width }: Targets) {
  const { tokenizer, features, maxLength = defaultMaxLength, seed = 1337 } = options;
  const { subwordDropout = 0, wordDropout = 0 } = options;
  if ((tokenizer === undefined) === (features === undefined))
    fail({ where, expected: "a tokenizer, or features", received: tokenizer ? "both" : "neither" });
  checkNumber(`${where}(maxLength)`, maxLength, { min: 1, integer: true });
  checkNumber(`${where}(subwordDropout)`, subwordDropout, { min: 0, below: 1 });
  if (subwordDropout > 0 && tokenizer?.kind !== "bpe")
    fail({
      where: `${where}(subwordDropout)`,
      expected: "a bpe tokenizer",
      received: String(tokenizer?.kind ?? "none"),
    });
  checkNumber(`${where}(wordDropout)`, wordDropout, { min: 0, below: 1 });
  if (wordDropout > 0 && tokenizer?.special.unk === undefined)
    fail({ where: `${where}(wordDropout)`, expected: "a tokenizer with an unknown token", received: "one without" });
  const predicting = checkTokenPrediction(where, options.tokenPrediction);
  const network = readerNetwork(where, tokenizer?.vocabulary.tokens ?? features!.length, outputSize, options, seed, {
    predictTokens: predicting !== undefined,
  });
  const { window, weights, apply, prediction } = network;
  const reads = { tokenizer, features, maxLength } as Reads;
  const config: ReaderConfig = {
    ...network.config,
    ...(features ? { features: features.map(({ mean, deviation }) => ({ mean, deviation })) } : {}),
    subwordDropout,
    wordDropout,
    ...(predicting ? { tokenPrediction: predicting } : {}),
    maxLength,
  };
  const encoder =
    (source: string | undefined) =>
    (row: ReaderRow): Row => ({
      target: target(row, source),
      ...readInput(inputOf(row), reads),
      ...(subwordDropout > 0 && "text" in row ? { text: row.text } : {}),
    });
  const batchOf = (rows: readonly Row[]): Batch => {
    const flat = rows.flatMap((row) => (typeof row.target === "number" ? [row.target] : Array.from(row.target)));
    const shape = width === undefined ? [rows.length] : [rows.length, width];
    const data = dtype === "int" ? Int32Array.from(flat) : Float32Array.from(flat);
    return {
      feeds: { ...readingFeeds(rows, features?.length, window), targets: { dtype, shape, data } as Value },
      rows: rows.length,
      // The loss counts rows, but speed is counted in tokens.
      tokens: rows.reduce((sum, { length }) => sum + length, 0),
    };
  };
  function labeled({ rows: given, source }: ReaderData, order: { batchSize: number; seed: number }): TrainingBatches {
    const rows = given as RowsOrList<ReaderRow>;
    const encode = encoder(source);
    const reread = rereader(reads, { subwordDropout, wordDropout, seed: order.seed });
    if (!reread) return trainingRows("rows", encodeRows(rows, encode, lengthOf), batchOf, order);
    const kept = isStreamed(rows) ? undefined : rows.map(encode);
    const rowsOf = (epoch: number) => {
      const again = (row: Row, place: number): Row => ({ ...row, ...reread(row, row.text ?? "", place, epoch) });
      return kept
        ? encodeRows(kept, again, lengthOf)
        : encodeRows(rows, (row, place) => again(encode(row), place), lengthOf);
    };
    return rereadRows("rows", rowsOf, batchOf, order);
  }
  return {
    ...weights,
    ...(tokenizer ? { tokenizer } : {}),
    config,
    window,
    apply,
    /** With the second loss, where the batches have what it is computed from. */
    joined(kind: string, loss: Loss, all: Parameters, { states }: Applied): Loss {
      return kind === neighborsKind ? prediction!.join(loss, all, states!) : loss;
    },
    batches(data: ReaderData, order: { batchSize: number; seed: number }) {
      const found = labeled(data, order);
      if (!prediction) return found;
      return withNeighbors(found, {
        counts: tokenizer!.vocabulary.counts,
        both: prediction.both,
        weightAt: predictionWeight(predicting!),
        seed: order.seed,
        ids: "inputs",
        lengths: "lengths",
        counted: "rows",
      });
    },
    evaluationBatches({ rows, source }: ReaderData, { batchSize = 64, share }: EvaluationBatchOptions) {
      const some = spreadRows(rows as RowsOrList<ReaderRow>, share);
      return evaluationRows("rows", encodeRows(some, encoder(source), lengthOf), batchOf, { batchSize });
    },
  };
}

/** The symbolic network of a model, without dropout. */
export const appliedOf = (model: Weights & Pick<ReaderModel, "apply">): Applied =>
  model.apply(parameterInputs(model.specs));

/** Compiles the encoder of a reader: its states, and the pooled vector. */
export function readerEncoder(model: ReaderModel, compileWith?: CompileWith): Promise<Predictor<ReaderInput, Encoded>> {
  const { states, pooled } = appliedOf(model);
  if (!states) fail({ where: "encode", expected: "an encoder with states", received: "feedForward" });
  const reads = readsOf(model);
  const parts = {
    outputs: { states: transpose(states!, [1, 0, 2]), vector: pooled },
    read: (input: ReaderInput) => readInput(input, reads),
    feeds: (rows: readonly Reading[]) => readingFeeds(rows, reads.features?.length, model.window),
  };
  return encoderPredictor(model, parts, compileWith);
}

/** Answers from a row's results. */
export async function readerPredictor<Output, Options extends RunOptions>(
  model: ReaderModel,
  outputs: Parameters,
  take: (results: Readonly<Record<string, Float32Array>>, row: Reading, options: Options) => Output,
  compileWith?: CompileWith,
): Promise<Predictor<ReaderInput, Output, Options>> {
  const session = await compileBulk(model, graphOf(outputs), compileWith);
  const reads = readsOf(model);
  return batchPredictor<ReaderInput, Reading, Output, Options>({
    read: (input) => readInput(input, reads),
    lengthOf: ({ length }) => length,
    answer: async (rows, options) =>
      rowsOf(await session.run(readingFeeds(rows, reads.features?.length, model.window)), rows.length).map(
        (results, b) => take(results, rows[b]!, options as Options),
      ),
    release: () => session.release(),
  });
}
