export { type BeamOptions, beamSearch, type Hypothesis, type LengthRule, lengthRule, lengthRuleOf } from "./beam.ts";
export { type ChainScores, logPartition, type Marginals, marginals, pathScore, tagMarginals } from "./crf.ts";
export {
  exclude,
  type Filter,
  type Logits,
  minP,
  repetitionPenalty,
  softmax,
  temperature,
  topK,
  topP,
} from "./filters.ts";
export { greedy, probabilities, sample, sampleEach } from "./sample.ts";
export { viterbi } from "./viterbi.ts";
