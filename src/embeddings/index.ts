export { type ByteChunks, type ByteReader, byteReader } from "./formats/byte-reader.ts";
export {
  type FastTextArgs,
  type FastTextModel,
  fastTextSubwords,
  fastTextVectors,
  readFastText,
  writeFastText,
} from "./formats/fasttext-bin.ts";
export {
  type LoadedVectors,
  type ReadVectorsOptions,
  readTextVectors,
  type WriteTextOptions,
  writeTextVectors,
} from "./formats/text.ts";
export { describeWarning, type VectorWarning, type VectorWarningKind } from "./formats/warnings.ts";
export { readWord2vecBinary, writeWord2vecBinary } from "./formats/word2vec-binary.ts";
export * from "./picture/index.ts";
export * from "./projection/index.ts";
export { biasDirection, equalize, neutralize } from "./query/debias.ts";
export {
  type AnalogyReport,
  type AnalogySection,
  type EvaluateAnalogiesOptions,
  type EvaluateSimilarityOptions,
  evaluateAnalogies,
  evaluateSimilarity,
  type SimilarityReport,
} from "./query/evaluate.ts";
export { nearestToSum } from "./query/sum.ts";
export { ngramBuckets, type SubwordOptions } from "./subwords.ts";
export { type Corpus, type ReadCorpusOptions, readCorpus } from "./training/corpus.ts";
export {
  type GloveOptions,
  type GloveSettings,
  type GloveState,
  type GloveTrainer,
  gloveTrainer,
} from "./training/glove.ts";
export type { TrainingOptions, TrainingSettings } from "./training/options.ts";
export { joinPhrases, type PhraseOptions } from "./training/phrases.ts";
export { plainWords } from "./training/plain-words.ts";
export type { CorpusMark } from "./training/resume.ts";
export { memorySpool, type Spool } from "./training/spool.ts";
export { type SubModelOptions, subModelTrainer } from "./training/sub-models.ts";
export { type TextCorpusOptions, textCorpus } from "./training/text-corpus.ts";
export {
  embeddingTrainer,
  type RunOptions,
  type Trainer,
  type TrainerOptions,
  type TrainingProgress,
  type TrainingState,
} from "./training/trainer.ts";
export type { HostWorker, SpawnWorker } from "./training/workers.ts";
export {
  cosine,
  type NearestOptions,
  type Neighbor,
  type Subwords,
  type WordVectors,
  type WordVectorsOptions,
  wordVectors,
} from "./vectors.ts";
export type { AnalogyQuery, OddOneOut } from "./word-vectors.ts";
