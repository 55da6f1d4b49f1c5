// How much of the validation data an evaluation during the run scores: as much as its share of the run allows.
import { checkNumber } from "../base/index.ts";

/** Cost of scoring a token over that of training on it: a forward pass without the backward pass and the update. */
export const scoringCost = 1 / 3;
/** An evaluation scores at least this many tokens, about a second's worth. */
const fewestTokens = 20_000;
/** And no more than this many, which tell checkpoints apart: where training samples the softmax, scoring a token costs more. */
const mostTokens = 300_000;

/**
 * The share of the validation data that keeps evaluations within `evaluationShare` of the run's time.
 *
 * @param trained tokens that the run trains on
 * @param tokens tokens of the validation data
 */
export function watchedShare(
  evaluationShare: number,
  { trained, evaluations, tokens }: { trained: number; evaluations: number; tokens: number },
): number {
  if (checkNumber("train(evaluationShare)", evaluationShare, { above: 0, max: 1 }) === 1) return 1;
  const most = (evaluationShare * trained) / (Math.max(1, evaluations) * scoringCost);
  return Math.min(1, Math.min(mostTokens, Math.max(fewestTokens, most)) / tokens);
}
