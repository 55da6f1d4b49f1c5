export { type ConllOptions, conllReader, readConll, writeConll } from "./conll.ts";
export { type ConlluOptions, conlluReader, readConllu } from "./conllu.ts";
export type { Column, DataFormat, DataKind, FormatOptions, Recognized } from "./format.ts";
export { formats, kindNames, type RowReaders, readWhole, recognize, rowReader, type WholeData } from "./formats.ts";
export {
  type LabeledData,
  type LabeledOptions,
  type LabeledText,
  labeledReader,
  readLabeled,
} from "./labeled.ts";
export { describeWarning, linesOf, type ReadOptions, type ReadWarning, warningLog } from "./lines.ts";
export { isPairHeader } from "./pair-header.ts";
export {
  emptySide,
  jsonPairReader,
  type PairData,
  type PairOptions,
  pairData,
  readPairs,
  readParallel,
  type TextPair,
  tablePairReader,
} from "./pairs.ts";
export type { RowReader } from "./reader.ts";
export { readScan, scanReader } from "./scan.ts";
export {
  characterRanges,
  type OffsetUnit,
  offsetMap,
  readTaggedJsonl,
  type TaggedJsonlOptions,
  type TextSpan,
  taggedJsonlReader,
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
  tableRows,
} from "./tables.ts";
export {
  alignTokens,
  joinTokens,
  type Range,
  type TaggedData,
  type TaggedReader,
  type TaggedSentence,
} from "./tagged.ts";
export { isList, labelOf, type TextRow } from "./text.ts";
