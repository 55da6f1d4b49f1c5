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
