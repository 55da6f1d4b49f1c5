export {
  budgetOf,
  type Compared,
  type CompareOptions,
  type Contest,
  type Contestant,
  type ContestOptions,
  compare,
  contestant,
  type Measured,
} from "./contest.ts";
export { forecasterContest, languageContest, taggerContest, toyContest } from "./steps.ts";
export { type TextContestOptions, textContest } from "./texts.ts";
