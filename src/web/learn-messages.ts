// Messages between the page and the worker that trains word vectors.
import type { ErrorDetails } from "../base/errors.ts";
import type { FastTextModel } from "../embeddings/formats/fasttext-bin.ts";
import type { TrainingOptions } from "../embeddings/training/options.ts";
import type { TrainingProgress } from "../embeddings/training/trainer.ts";
import type { WordVectorsOptions } from "../embeddings/vectors.ts";

export interface LearnSettings extends TrainingOptions {
  /** Words with fewer occurrences are dropped. Default: 5. */
  minCount?: number;
  /** Keep at most this many words. */
  maxWords?: number;
  /** Lowercase the text and drop punctuation, for text that is not tokenized. */
  plain?: boolean;
  /** Join words that often occur together, this many times. Default: 0. */
  phrases?: number;
  /** Default: one per core if the page is cross-origin isolated, otherwise one. */
  threads?: number;
  /** Same seed, same vectors, whatever the number of threads. Default: true with one thread. */
  deterministic?: boolean;
}

export type Report =
  | { stage: "reading"; read: number }
  /** `read` counts the words of the text, `invalidUtf8` those that were not UTF-8. */
  | ({ stage: "training"; vocabulary: number; read: number; invalidUtf8: number } & TrainingProgress);

export type ToWorker =
  | { kind: "start"; source: Blob | ReadableStream<Uint8Array> | readonly Blob[]; settings: LearnSettings }
  | { kind: "stop" };

export type FromWorker =
  | { kind: "report"; report: Report }
  | { kind: "end"; report: Report; plain?: WordVectorsOptions; fastText?: FastTextModel }
  | { kind: "error"; details: ErrorDetails };
