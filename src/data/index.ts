export * from "./batches/index.ts";
export { drawValidation, holdOutPairs, textsToLearnFrom } from "./hold-out.ts";
export * from "./music/index.ts";
export { dinosaurNames } from "./names-corpus/dinosaur-names.ts";
export { type Fields, musicPieces, type PieceData, type PieceOptions, textPieces } from "./piece-data.ts";
export * from "./readers/index.ts";
export {
  type FeatureScale,
  type LabeledSteps,
  type NumberSteps,
  type RowFacts,
  rowFacts,
  stepScales,
} from "./readings.ts";
export {
  type EncodedRows,
  encodeRows,
  inBlocks,
  isStreamed,
  type Rows,
  type RowsOrList,
  rowAt,
  selectRows,
  spreadRows,
  sumOf,
  withoutRows,
} from "./rows.ts";
export * from "./series/index.ts";
export { type Split, splitData } from "./split.ts";
export * from "./tags/index.ts";
export { type Ids, isTokenStream, type TokenStream, tokenBlocks, tokenStream } from "./token-stream.ts";
export * from "./tokenizers/index.ts";
export * from "./toys/index.ts";
export {
  compareCodePoints,
  type Vocabulary,
  type VocabularyJson,
  type VocabularyOptions,
  vocabulary,
  vocabularyFromCounts,
  vocabularyFromJSON,
} from "./vocabulary.ts";
export { type SeriesWindows, seriesWindows } from "./windows.ts";
