export type {
  Backend,
  BackendStats,
  CompletionEnd,
  CompletionPart,
  CompletionPiece,
  CompletionRequest,
  PredictOptions,
  ServedModel,
  TokenLogprob,
} from "./backend.ts";
export { type ContinuousBatch, continuousBatch, type Item, type Writer } from "./continuous.ts";
export { type ModelServer, modelServer, type ServeOptions } from "./handler.ts";
export { type LocalOptions, localBackend, type Served } from "./local.ts";
export { answerOn, type Port, receivedError, remoteBackend, type SentError, sentError } from "./remote.ts";
