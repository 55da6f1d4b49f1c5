// Scores of classifiers, all from the confusion matrix.
import { checkNumber, fail } from "../base/index.ts";

export interface ClassScore {
  precision: number;
  recall: number;
  f1: number;
  /** Rows whose true class this is. */
  support: number;
}

export interface ClassReport {
  accuracy: number;
  /** Mean of the classes' F1: a rare class counts as much as a common one. Classes that occur nowhere do not count. */
  macroF1: number;
  /** Mean of the classes' F1, weighted by support. */
  weightedF1: number;
  /** By class id. */
  classes: ClassScore[];
  /** `[true class][predicted class]` -> rows. */
  confusion: number[][];
}

/** Counts `[true class][predicted class]`. @throws UnrolledError where a class lies outside 0 .. classes-1 */
export function confusionMatrix(truth: ArrayLike<number>, predicted: ArrayLike<number>, classes: number): number[][] {
  const where = "confusionMatrix";
  checkNumber(`${where}: classes`, classes, { min: 1, integer: true });
  if (truth.length !== predicted.length) {
    fail({ where, expected: `${truth.length} predictions`, received: String(predicted.length) });
  }
  const matrix = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
  for (let i = 0; i < truth.length; i++) {
    const row = matrix[truth[i]!];
    const column = predicted[i]!;
    if (row?.[column] === undefined) {
      fail({ where, expected: `classes from 0 to ${classes - 1}`, received: `${truth[i]} and ${column} at row ${i}` });
    }
    row[column]!++;
  }
  return matrix;
}

/** Accuracy, macro and weighted F1, and each class alone, as scikit-learn's report has them (0 where undefined). */
export function classReport(truth: ArrayLike<number>, predicted: ArrayLike<number>, classes: number): ClassReport {
  const confusion = confusionMatrix(truth, predicted, classes);
  let right = 0;
  const scores = confusion.map((row, k): ClassScore & { seen: boolean } => {
    const support = sum(row);
    const answers = sum(confusion.map((other) => other[k]!));
    const hit = row[k]!;
    right += hit;
    const precision = answers ? hit / answers : 0;
    const recall = support ? hit / support : 0;
    const f1 = hit ? (2 * precision * recall) / (precision + recall) : 0;
    return { precision, recall, f1, support, seen: support + answers > 0 };
  });
  const seen = scores.filter((score) => score.seen);
  const rows = truth.length;
  return {
    accuracy: rows ? right / rows : 0,
    macroF1: seen.length ? sum(seen.map(({ f1 }) => f1)) / seen.length : 0,
    weightedF1: rows ? sum(scores.map(({ f1, support }) => f1 * support)) / rows : 0,
    classes: scores.map(({ seen: _, ...score }) => score),
    confusion,
  };
}

/**
 * Weights that make rare classes count as much as common ones: rows / (classes * rows of the class), so that the mean
 * over rows is 1. A class without rows gets 1.
 *
 * @example
 * ```ts
 * const weights = classWeights(rows.map(({ label }) => labels.indexOf(label)), labels.length);
 * ```
 */
export function classWeights(labels: ArrayLike<number>, classes: number): Float32Array {
  const counts = new Float64Array(classes);
  for (let i = 0; i < labels.length; i++) counts[labels[i]!]!++;
  return classWeightsOf(counts);
}

/** The same from how many rows each class has. */
export function classWeightsOf(counts: ArrayLike<number>): Float32Array {
  const all = Array.from(counts);
  const present = all.filter((n) => n > 0).length;
  const rows = sum(all);
  return Float32Array.from(all, (n) => (n ? rows / (present * n) : 1));
}

const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);
