// What must be the same for a training to go on where it stopped.

import { fail } from "../../base/errors.ts";
import type { Corpus } from "./corpus.ts";

/** Tells one corpus from another: sizes, and a hash of its words in their order. */
export interface CorpusMark {
  words: number;
  known: number;
  length: number;
  hash: number;
}

export function corpusMark({ words, known, spool, hash }: Corpus): CorpusMark {
  return { words: words.length, known, length: spool.length, hash };
}

/** Fails where a setting or the corpus is not the one that training began with. */
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
      problem: "the corpus is not the one that training began with",
      hint: "give the same files in the same order, or start anew",
      code: "data",
    });
  }
}
