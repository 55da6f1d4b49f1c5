// What `--minutes` counts besides the training itself.
import type { Recipe } from "../tasks/index.ts";

/** Milliseconds since the process began: start-up counts in a time budget. */
export const sinceStart = (): number => performance.now();

/** Share of a time budget for what a task settles after the training. */
export const settlingShare = 0.03;

/** A time budget is what start-up has left of it, without the share that is kept for later. */
export const withStart = (recipe: Recipe, later = 0): Recipe =>
  recipe.minutes === undefined
    ? recipe
    : { ...recipe, minutes: Math.max(0.001, (1 - later) * recipe.minutes - sinceStart() / 60_000) };

/** Tokens of the validation data that a time budget keeps time for: enough for a score, and the training has the rest. */
const mostValidated = 500_000;

/** Tokens of a report that a run keeps time for. @param cut whether it may score a share of its data */
export const reportedOf = (tokens: number, cut: boolean, { minutes }: Recipe): number =>
  cut && minutes !== undefined ? Math.min(mostValidated, tokens) : tokens;
