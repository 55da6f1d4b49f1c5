// Scores where a row may have several labels.
import type { ClassReport, ClassScore } from "./index.ts";

/** Accuracy is the share of rows whose labels are exactly those predicted; `confusion` is empty with several labels a row. */
export interface ClassifierReport extends ClassReport {
  /** With `multiLabel`: F1 of all decisions together. */
  microF1?: number;
}

/** Scores predicted sets of labels against true ones, both as ids, as scikit-learn's report has them (0 where undefined). */
export function labelReport(
  truth: readonly (readonly number[])[],
  predicted: readonly (readonly number[])[],
  K: number,
): ClassifierReport {
  const [support, answers, hits] = Array.from({ length: 3 }, () => new Float64Array(K)) as [
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  let exact = 0;
  for (const [row, labels] of truth.entries()) {
    const [wanted, found] = [new Set(labels), new Set(predicted[row]!)];
    for (const k of wanted) support[k]!++;
    for (const k of found) answers[k]!++;
    for (const k of wanted) if (found.has(k)) hits[k]!++;
    if (wanted.size === found.size && [...wanted].every((k) => found.has(k))) exact++;
  }
  const ratio = (a: number, b: number) => (b > 0 ? a / b : 0);
  const score = (hit: number, answered: number, have: number): ClassScore => ({
    precision: ratio(hit, answered),
    recall: ratio(hit, have),
    f1: ratio(2 * hit, answered + have),
    support: have,
  });
  const total = (values: Float64Array) => values.reduce((a, b) => a + b, 0);
  const classes = Array.from(support, (have, k) => score(hits[k]!, answers[k]!, have));
  const seen = classes.filter((_, k) => support[k]! + answers[k]! > 0);
  return {
    accuracy: ratio(exact, truth.length),
    microF1: score(total(hits), total(answers), total(support)).f1,
    weightedF1: ratio(
      classes.reduce((sum, { f1, support: have }) => sum + f1 * have, 0),
      total(support),
    ),
    macroF1: ratio(
      seen.reduce((sum, { f1 }) => sum + f1, 0),
      seen.length,
    ),
    classes,
    confusion: [],
  };
}
