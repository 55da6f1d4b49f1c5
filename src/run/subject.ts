// What a run trains: a model, its data, and what there is to show of them. One file a kind of data makes one.
import type { Model, Recipe, TaskName } from "../tasks/index.ts";
import type { Trainable } from "../train/index.ts";

/** What decides a run: the task's own recipe, and the seed. The same recipe, seed and file give the same network. */
export type RunRecipe = Recipe & {
  readonly seed: number;
  /** Of a language model: `lines` are sequences of their own, such as names; `stream` is one long text. */
  readonly kind?: "lines" | "stream";
  readonly embeddingSize?: number;
  /** Of a language model: the cell's equations, in place of `cell`. */
  readonly equations?: string;
  /** Of a language model: the standard network, in place of a recurrent one. */
  readonly standard?: boolean;
  /** What the network reads: characters, words, subwords. */
  readonly tokens?: string;
  readonly [field: string]: unknown;
};

export interface DataFactsShown {
  readonly file: string;
  /** What the file was recognized as, in a sentence. */
  readonly recognized: string;
  readonly rows: number;
  readonly validRows: number;
  readonly tokens: number;
  readonly validTokens: number;
  readonly vocabulary: number;
  /** What `tokens` counts. */
  readonly unit: string;
}

/** Something to ask the model, and what is right, where that is known. */
export interface Example {
  readonly input: string;
  readonly expected?: string;
}

export interface Subject {
  readonly task: TaskName;
  readonly model: Model & Trainable<unknown>;
  readonly train: unknown;
  readonly valid: unknown;
  readonly recipe: RunRecipe;
  readonly facts: DataFactsShown;
  /** Held out from training. */
  readonly examples: readonly Example[];
  /** Of a forecaster: the series, which is what it forecasts from. */
  readonly series?: unknown;
}

export interface SubjectOptions {
  readonly chosen: Partial<RunRecipe>;
  readonly seed: number;
  /** Sizes that train in a page within a minute, instead of the command line's. */
  readonly light: boolean;
}

/** Fields that the person set, without the seed: what a task's recipe takes. */
export const chosenOf = ({
  seed: _,
  kind: __,
  equations: ___,
  standard: ____,
  ...chosen
}: Partial<RunRecipe>): Partial<Recipe> => chosen;

/** Tokens that a page trains on within a minute or so, at the speed of WebAssembly on one thread. */
const lightTokens = 1_200_000;

/**
 * Sizes for a page: at most so many units, and as many passes over the data as take about a minute. What was chosen stays.
 *
 * @param rowTokens tokens of an epoch
 */
export function lighten(chosen: Partial<Recipe>, usual: Recipe, rowTokens: number, rows: number): Partial<Recipe> {
  const small = (field: string, most: number) => {
    const value = (usual as unknown as Record<string, unknown>)[field];
    return typeof value === "number" && value > most ? { [field]: most } : {};
  };
  const budget = chosen.steps ?? chosen.epochs ?? chosen.minutes;
  const batch = chosen.batchSize ?? usual.batchSize;
  const passes = lightTokens / Math.max(1, rowTokens);
  const epochs = usual.epochs === undefined ? passes : Math.min(usual.epochs, passes);
  return {
    ...small("numLayers", 1),
    ...small("hiddenSize", 64),
    ...small("decoderSize", 96),
    ...small("embeddingSize", 48),
    ...(budget === undefined ? { steps: Math.max(20, Math.round((epochs * rows) / batch)) } : {}),
    ...chosen,
  };
}
