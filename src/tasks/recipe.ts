// What a recipe is: the numbers that decide a training run, chosen by what the data is. Each task has its own; these are
// the parts they share.
import { type CellName, type Layer, layerNorm, preNorm, stacked } from "../nn/index.ts";
import { adamW, averaged, type BudgetOptions, oneCycle, type TrainOptions } from "../train/index.ts";

/** What a recipe is chosen by. Tasks read what concerns them. */
export interface DataFacts {
  /** Training rows: texts, lines, sentences, pairs, pieces. For a stream or series, its time steps. */
  readonly rows: number;
  /** Training tokens, where a task's budget depends on them. */
  readonly tokens?: number;
  /**
   * What kind of data it is, where a task distinguishes kinds: `stream` or `lines` (language model), `words` or
   * `characters` (tagger), `texts`, `commands` or `toy` (translator), `text`, `melody` or `frames` (generator), `regression` (toy).
   */
  readonly kind?: string;
  /** Different tokens (language model). */
  readonly vocabulary?: number;
  /** Length of a season in time steps, 1 where there is none (forecaster). */
  readonly season?: number;
  /**
   * Longest row in tokens: that training should read (translator), or that there is (classifier, for which any number above
   * `longestPredicted` is as good as the true one); time steps of a sample (toy).
   */
  readonly longest?: number;
}

/** How long to train: exactly one of the three is set. */
export interface Budget {
  readonly steps?: number;
  readonly epochs?: number;
  readonly minutes?: number;
}

/** The numbers that decide a run; plain JSON. */
export interface Recipe extends Budget {
  readonly cell: CellName;
  readonly hiddenSize: number;
  readonly numLayers: number;
  /** Layers above the first are residual blocks, `x + layer(layerNorm(x))`, and the top's outputs are normalized. */
  readonly preNorm?: boolean;
  /** Share of activations dropped while training. */
  readonly dropout: number;
  /** The peak of the one-cycle schedule. */
  readonly learningRate: number;
  /** Of AdamW; 0.01 where absent. */
  readonly weightDecay?: number;
  readonly batchSize: number;
  /** Validations also try an average of the weights, of which each step keeps this share; none where absent. */
  readonly averageDecay?: number;
}

/** The second loss, by which an encoder learns to predict tokens too. */
export interface PredictionRecipe {
  /** Its weight; 0: none. */
  readonly tokenPrediction: number;
  /** Passes over the data after which the weight is 0; without, it stays. */
  readonly tokenPredictionEpochs?: number;
}

/** A recipe with the second loss, whose weight falls to 0 by the end of the run if its length is known in passes. */
export function withPrediction<R extends Recipe>(recipe: R, weight: number, rows: number): R & PredictionRecipe {
  const { epochs, steps, batchSize } = recipe;
  const passes = epochs ?? (steps && (steps * batchSize) / rows);
  return {
    ...recipe,
    tokenPrediction: weight,
    ...(weight > 0 && passes !== undefined ? { tokenPredictionEpochs: passes } : {}),
  };
}

/** The option `tokenPrediction` of a model, if there is one. */
export function predictionOption({ tokenPrediction: weight, tokenPredictionEpochs: epochs }: PredictionRecipe) {
  return weight > 0 ? { tokenPrediction: { weight, ...(epochs === undefined ? {} : { epochs }) } } : {};
}

/** A recipe: what was chosen, and the usual for the rest; one budget. */
export function recipeOf<R extends Recipe>(usual: R, chosen: Partial<R> = {}): R {
  const { steps: _, epochs: __, minutes: ___, ...sizes } = { ...usual, ...given(chosen) };
  return { ...sizes, ...budgetOf(chosen, budgetOf(usual, {})) } as R;
}

/** The budget that was chosen, or the fallback. */
function budgetOf({ steps, epochs, minutes }: Budget, fallback: Budget): Budget {
  if (minutes !== undefined) return { minutes };
  if (steps !== undefined) return { steps };
  return epochs !== undefined ? { epochs } : fallback;
}

/** Passes over the data: as many as make about `target` rows, within bounds. */
export const epochsFor = (rows: number, target: number, least: number, most: number): number =>
  Math.max(least, Math.min(most, Math.round(target / Math.max(1, rows))));

/** So many layers alike. @param dropout between them */
export const deep = (layer: Layer, numLayers: number, dropout: number): Layer =>
  numLayers === 1 ? layer : stacked(new Array<Layer>(numLayers).fill(layer), { dropout });

/**
 * A stack in residual blocks, the top's outputs normalized.
 *
 * @param widths of the layers, where they differ; one that is not as wide as the one below has no residual connection
 */
export function deepPreNorm(layers: readonly Layer[], widths: readonly number[] = []): Layer {
  const [first, ...upper] = layers;
  const blocks = upper.map((layer, i) =>
    widths[i] === widths[i + 1] ? preNorm(layer) : stacked([layerNorm(), layer]),
  );
  return stacked([first!, ...blocks, layerNorm()]);
}

/** Without the names whose value is undefined. */
export function given<T extends object>(chosen: T): T {
  return Object.fromEntries(Object.entries(chosen).filter(([, value]) => value !== undefined)) as T;
}

/**
 * The options of `train` that a recipe decides: optimizer, schedule, batch size and budget.
 *
 * @example
 * ```ts
 * const recipe = tasks.tagger.recipe({ rows: sentences.length });
 * for await (const { loss } of train(model, sentences, trainOptions(recipe))) console.log(loss);
 * ```
 */
export function trainOptions(
  recipe: Recipe & { readonly bptt?: number; readonly betas?: readonly [number, number] },
): Pick<TrainOptions<never>, "optimizer" | "schedule" | "batchSize" | "bptt" | keyof BudgetOptions> {
  const { learningRate, weightDecay = 0.01, betas, batchSize, bptt, averageDecay } = recipe;
  const optimizer = adamW({ learningRate, weightDecay, ...(betas ? { betas } : {}) });
  return {
    optimizer: averageDecay === undefined ? optimizer : averaged(optimizer, { decay: averageDecay }),
    schedule: oneCycle(),
    batchSize,
    ...(bptt === undefined ? {} : { bptt }),
    ...budgetOf(recipe, {}),
  };
}
