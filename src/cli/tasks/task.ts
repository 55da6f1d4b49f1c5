// What a task brings to the command line. The flows of `train`, `predict`, `evaluate` and `inspect` stand on this interface
// and name no task.
import type { Recognized } from "../../data/index.ts";
import type { Trainable } from "../../index.ts";
import type { InspectedSequence, InspectOptions } from "../../inspect/index.ts";
import type { Model, Recipe, TaskName } from "../../tasks/index.ts";
import type { Flags } from "../flags.ts";
import type { Host } from "../host.ts";
import type { Output } from "../output.ts";

/** What a command is given besides its data. */
export interface Context {
  readonly host: Host;
  readonly show: Output;
  readonly threads?: number;
  readonly signal?: AbortSignal;
}

export interface TrainContext<V> extends Context {
  readonly files: readonly string[];
  /** What the first file is; absent for a synthetic problem. */
  readonly recognized?: Recognized;
  /** What was given, on this command line or on that which the run began with. */
  readonly flags: V;
  readonly seed: number;
  /** SHA-256 of the training and validation files; absent for a synthetic problem. */
  readonly fingerprint?: string;
}

/** The data as the network will read it, and what there is to say about it. */
export interface Prepared<Data> {
  readonly train: Data;
  readonly valid: Data | undefined;
  /** What the report at the end measures, where that is not all of `valid`. */
  readonly report?: Data;
  /** Test data that comes with the training data: the end of a series, further samples of a synthetic problem. */
  readonly test?: Data;
  /** Training sequences in an epoch; of a stream, its windows. Undefined where there is no epoch. */
  readonly rows?: number;
  /** What `tokens` counts: "tokens", "target tokens", "time steps". */
  readonly unit: string;
  /** Lines for people: `train.tsv: 150,000 rows ...`. */
  readonly data: readonly string[];
  /** The architecture for people: `embedding 128, bidirectional lstm 128`. */
  readonly model: string;
  /** Further lines of the header, by name. */
  readonly facts?: Readonly<Record<string, string>>;
  /** Counts and names for programs: rows, tokens, validRows, labels. */
  readonly json: Readonly<Record<string, unknown>>;
}

/** A measured part of the data. */
export interface Report {
  /** For programs: rows, tokens and measures. */
  readonly json: Readonly<Record<string, unknown>>;
  /** The measures in a line for people; follows the name of the part. */
  readonly line: string;
  /** Everything below that line. */
  show?(show: Output): void;
}

export interface Prediction {
  readonly json: Readonly<Record<string, unknown>>;
  /** For people, cleaned; may be colored. */
  readonly text: string;
}

export interface LookOptions extends InspectOptions {
  /** The first row, from 1. */
  readonly row: number;
  readonly rows: number;
}

/**
 * A task's part of the command line.
 *
 * @typeParam M its models
 * @typeParam Data what `train` and `report` take
 * @typeParam Opened data that has been read, before there is a model
 * @typeParam V values of its flags
 */
export interface TaskCommand<M extends Model = Model, Data = unknown, Opened = unknown, V = Record<string, unknown>> {
  readonly name: TaskName;
  /** Every flag that it reads, besides those that all tasks share. */
  readonly flags: Flags;
  /** The recipe of typical data, whose values the help shows as defaults. */
  readonly defaults: Recipe;
  open(context: TrainContext<V>): Promise<Opened>;
  /** @param chosen the recipe's fields that flags set; the rest follows from the data */
  build(opened: Opened, context: TrainContext<V>, chosen: Partial<Recipe>): Promise<{ model: M; recipe: Recipe }>;
  prepare(model: M, opened: Opened, context: TrainContext<V>): Promise<Prepared<Data>>;
  /** A few words from the model as it is, shown at each validation. */
  sample?(model: M, context: Context): Promise<string>;
  /** Reads held-out data for a model: of `--test`, of `evaluate`. */
  heldOut?(model: M, files: readonly string[], context: Context & { flags?: Partial<V> }): Promise<Data>;
  report(model: M, data: Data, context: Context): Promise<Report>;
  /** Settles on validation data what is not trained, in about `seconds` or not at all. The parameters are the ones to keep. */
  settle?(model: M, valid: Data, context: Context, seconds: number): Promise<void>;
  /** Whether its loss is a squared error rather than a cross-entropy. */
  squared?(model: M): boolean;
  /** Mean loss of guessing at random, where that shows a run that diverged. */
  guess?(model: M): number;
  /** Something to say at the end of a training, after the reports. */
  after?(model: M, prepared: Prepared<Data>, context: Context): Promise<void>;
  /** Commands to try next, without `npx unrolled`. */
  next(model: M, out: string, prepared: Prepared<Data>): readonly (readonly string[])[];
  /** Answers for texts and files in their order. */
  predict?(
    model: M,
    inputs: readonly string[],
    context: Context & { with?: readonly string[] },
  ): AsyncIterable<Prediction>;
  /** What `inspect` follows gradients through. `input` is the name of a file or a text; "" of a synthetic problem. */
  look?(model: M, input: string, options: LookOptions, context: Context): Promise<InspectedSequence[]>;
}

/** A command as the flows hold it: methods are bivariant, so that each task keeps its own types. */
export type AnyTask = TaskCommand<Model & Trainable<unknown>>;
