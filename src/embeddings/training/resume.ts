// What must be the same to resume a training.

import { fail } from "../../base/errors.ts";
import type { Corpus } from "./corpus.ts";

/** Identifies a corpus: sizes, and a hash of its words in order. */
export interface CorpusMark {
  words: number;
  known: number;
  length: number;
  hash: number;
}

export function corpusMark({ words, known, spool, hash }: Corpus): CorpusMark {
  return { words: words.length, known, length: spool.length, hash };
}

/** Throws if a setting or the corpus differs from the start of the training. */
export function checkResume(
  before: Readonly<Record<string, unknown>>,
  now: Readonly<Record<string, unknown>>,
  oldCorpus: CorpusMark,
  corpus: CorpusMark,
): void {
  const text = (value: unknown) => JSON.stringify(value) ?? "none";
  const differs = Object.keys(now).find((name) => text(now[name]) !== text(before[name]));
  if (differs) {
    fail({
      where: "train: resume",
      expected: `${differs} as before, ${text(before[differs])}`,
      received: text(now[differs]),
    });
  }
  if ((Object.keys(corpus) as (keyof CorpusMark)[]).some((key) => corpus[key] !== oldCorpus[key])) {
    fail({
      where: "train: resume",
      problem: "the corpus differs from the start of the training",
      hint: "pass the same files in the same order, or train without --resume",
      code: "data",
    });
  }
}
