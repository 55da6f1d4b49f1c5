export {
  type AdditiveOptions,
  type Attention,
  type AttentionBlock,
  type AttentionConfig,
  additive,
  attend,
  attentionFromConfig,
  type MultiplicativeOptions,
  multiplicative,
} from "./attention.ts";
export {
  type Cell,
  type CellConfig,
  type CellMask,
  type CellOptions,
  type CellSizes,
  cell,
  type LectureNames,
  type OnnxOperator,
  type ParameterDeclaration,
} from "./cell.ts";
export * from "./cells/built-in.ts";
export {
  type CrfScores,
  crf,
  crfLogPartition,
  crfLoss,
  crfPathScore,
  independent,
  placesWithin,
  type TagDecoder,
  type TagDecoderBlock,
  tagDecoderFromConfig,
} from "./crf.ts";
export { type FreezeOptions, freeze, unfreeze } from "./freeze.ts";
export { blocks, chrono, fill, given, glorot, type Initializer, normal, orthogonal, uniform } from "./init.ts";
export {
  type Applied,
  type ApplyOptions,
  type Block,
  dropoutMasks,
  type Layer,
  type LayerConfig,
  type Masks,
  timeless,
} from "./layer.ts";
export { type LayerFromConfigOptions, layerFromConfig } from "./layer-from-config.ts";
export { bidirectional } from "./layers/bidirectional.ts";
export { type DenseActivation, type DenseOptions, dense } from "./layers/dense.ts";
export { type DropoutOptions, dropout } from "./layers/dropout.ts";
export { type EmbeddingOptions, embedding } from "./layers/embedding.ts";
export { layerNorm } from "./layers/layer-norm.ts";
export { type LearnedRowsOptions, withLearnedRows } from "./layers/learned-rows.ts";
export { type OutputPenalty, type RecurrentOptions, recurrent, recurrentLayer } from "./layers/recurrent.ts";
export { preNorm, residual } from "./layers/residual.ts";
export { type StackedOptions, stacked } from "./layers/stacked.ts";
export {
  binaryCrossEntropy,
  type CrossEntropyOptions,
  crossEntropyLoss,
  focalLoss,
  type Loss,
  type LossFunction,
  lossFromConfig,
  meanSquaredError,
  type SequenceLossOptions,
  sequenceCrossEntropy,
  type TrainingLoss,
  trainingLoss,
} from "./losses.ts";
export {
  collect,
  initialize,
  type ParameterSpec,
  type Parameters,
  type ParameterTree,
  parameter,
  parameterInputs,
  parameterLayouts,
  type TrainingLength,
  under,
} from "./parameters.ts";
export { type Pooling, type PoolingBlock, pooling, poolings } from "./pooling.ts";
export { pretrained } from "./pretrained.ts";
export type { LayerKind } from "./saved-config.ts";
export {
  type FoundWord,
  type VectorCoverage,
  vectorCoverage,
  type WordMatch,
  type WordTable,
  wordFinder,
  wordRows,
} from "./word-rows.ts";
