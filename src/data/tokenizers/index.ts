export { type BpeEncodeOptions, type BpeTokenizer, type BpeTokenizerOptions, bpeTokenizer } from "./bpe.ts";
export { type CharTokenizerOptions, type CharUnit, charTokenizer } from "./char.ts";
export { fitTokenizer, isSubword, pairTokenizers, type TokenKind, tokenKinds } from "./fit.ts";
export { tokenizerFromJSON } from "./from-json.ts";
export { encodeLines } from "./lines.ts";
export { recognizeTokenized, type Tokenized } from "./recognize-tokenized.ts";
export { type WordSplit, wordSplits } from "./split-words.ts";
export { type TextTable, textTable } from "./text-table.ts";
export {
  countUnknown,
  type EncodeOptions,
  learnFrom,
  type SpecialName,
  type Tokenizer,
  type TokenizerJson,
  type TokenizerLearner,
} from "./tokenizer.ts";
export { type UnitOptions, type Units, unitsOf } from "./units.ts";
export { type WordCounter, type WordTokenizerOptions, wordTokenizer } from "./word.ts";
