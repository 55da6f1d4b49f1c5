export { type EvaluationBatch, type EvaluationOptions, evaluationBatches } from "./evaluation.ts";
export type { RankOptions } from "./ranks.ts";
export {
  type BatchCursor,
  type Batches,
  type BucketOptions,
  bucketBatches,
  type IndexBatch,
  nextTokenPairs,
  padded,
  type SequenceBatch,
  sequenceBatches,
} from "./sequences.ts";
export {
  type StreamBatch,
  type StreamBatches,
  type StreamCursor,
  type StreamOptions,
  streamBatches,
} from "./stream.ts";
