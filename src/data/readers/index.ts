export { type ConllOptions, readConll, writeConll } from "./conll.ts";
export { type ConlluOptions, readConllu } from "./conllu.ts";
export { type LabelledData, type LabelledOptions, type LabelledText, readLabelled } from "./labelled.ts";
export { describeWarning, linesOf, type ReadOptions, type ReadWarning, warningLog } from "./lines.ts";
export { isPairHeader, type PairData, type PairOptions, readPairs, readParallel, type TextPair } from "./pairs.ts";
export { type DataFormat, type DataKind, type Recognised, recognise } from "./recognise.ts";
export { readScan } from "./scan.ts";
export {
  isNumber,
  type Normalisation,
  normalisation,
  readSeries,
  type SeriesData,
  type SeriesOptions,
} from "./series.ts";
export {
  characterRanges,
  type OffsetUnit,
  offsetMap,
  readTaggedJsonl,
  type TaggedJsonlOptions,
  type TextSpan,
  tagSpansToTextSpans,
  textSpansToTagSpans,
  wordRanges,
} from "./spans.ts";
export {
  columnOf,
  type JsonRow,
  readCsv,
  readJsonl,
  readTsv,
  type Table,
  type TableOptions,
  type TableRow,
} from "./tables.ts";
export { alignTokens, joinTokens, type Range, type TaggedData, type TaggedSentence } from "./tagged.ts";
