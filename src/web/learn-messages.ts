// What the page and the worker that learns word vectors say to each other.
import type { ErrorDetails } from "../base/errors.ts";
import type { FastTextModel } from "../embeddings/formats/fasttext-bin.ts";
import type { TrainingOptions } from "../embeddings/training/options.ts";
import type { TrainingProgress } from "../embeddings/training/trainer.ts";
import type { WordVectorsOptions } from "../embeddings/vectors.ts";

export interface LearnSettings extends TrainingOptions {
  /** Words seen less often are left out; default 5. */
  minCount?: number;
  /** Keep at most this many words. */
  maxWords?: number;
  /** Lower case, and letters and digits only: for text that is not cut into words yet. */
  plain?: boolean;
  /** Joins words that often stand together, so many times; default 0. */
  phrases?: number;
  /** Default: one for each core where the page is cross-origin isolated, else one. */
  threads?: number;
  /** Same seed, same vectors, whatever the threads. Default: true with one thread. */
  deterministic?: boolean;
}

export type Report =
  | { stage: "reading"; tokens: number }
  /** `invalidUtf8` counts the words of the text that were not UTF-8. */
  | ({ stage: "learning"; vocabulary: number; tokens: number; invalidUtf8: number } & TrainingProgress);

export type ToWorker =
  | { kind: "start"; source: Blob | ReadableStream<Uint8Array> | readonly Blob[]; settings: LearnSettings }
  | { kind: "stop" };

export type FromWorker =
  | { kind: "report"; report: Report }
  | { kind: "end"; report: Report; plain?: WordVectorsOptions; fastText?: FastTextModel }
  | { kind: "error"; details: ErrorDetails };
