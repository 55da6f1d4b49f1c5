// Intrinsic evaluation of word vectors, scored as in gensim: analogies section by section, and rank correlation
// with human judgments of similarity.

import { fail } from "../../base/errors.ts";
import type { WordVectors } from "../vectors.ts";

export interface AnalogySection {
  name: string;
  correct: number;
  /** Questions whose four words are in the vocabulary. */
  asked: number;
  /** Questions skipped because of an unknown word. */
  outOfVocabulary: number;
  /** correct / asked; NaN if no question was asked. */
  accuracy: number;
}

export interface AnalogyReport {
  sections: AnalogySection[];
  total: AnalogySection;
  /** Sections whose name does not begin with "gram" (or "syn"), and those that do, as questions-words.txt names them. */
  semantic: AnalogySection;
  syntactic: AnalogySection;
}

export interface EvaluateAnalogiesOptions {
  /** Consider only this many rows from the top (the most frequent words). Default: 300,000, as in gensim. */
  restrict?: number;
  /** Ignore case; of words that differ only in case the most frequent one counts. Default: true. */
  foldCase?: boolean;
  method?: "3CosAdd" | "3CosMul";
  /** Count questions with unknown words as wrong. Default: false. */
  unknownIsWrong?: boolean;
  where?: string;
}

/**
 * Scores vectors on a file of analogies: lines `a b c d` in sections that start with `: name`. An answer is correct if the
 * best word other than a, b and c is d.
 *
 * @throws UnrolledError with file and line if a line has another form
 */
export function evaluateAnalogies(
  vectors: WordVectors,
  text: string,
  options: EvaluateAnalogiesOptions = {},
): AnalogyReport {
  const { restrict = 300_000, foldCase = true, method, unknownIsWrong = false, where = "questions" } = options;
  const fold = (word: string) => (foldCase ? word.toUpperCase() : word);
  const over = Math.min(restrict, vectors.size);
  const known = new Map<string, number>();
  for (let r = over - 1; r >= 0; r--) known.set(fold(vectors.words[r]!), r); // the most frequent wins
  const sections: AnalogySection[] = [];
  const lines = text.split("\n");
  for (let l = 0; l < lines.length; l++) {
    const line = lines[l]!.trim();
    if (!line) continue;
    if (line.startsWith(":")) {
      sections.push(section(line.slice(1).trim()));
      continue;
    }
    const words = line.split(/\s+/).map(fold);
    const now = sections.at(-1);
    if (!now || words.length !== 4) {
      fail({
        where: `${where}:${l + 1}`,
        expected: now ? "four words" : "a section `: name` first",
        received: JSON.stringify(line),
        code: "data",
      });
    }
    const rows = words.map((word) => known.get(word));
    if (rows.includes(undefined)) {
      now.outOfVocabulary++;
      if (unknownIsWrong) now.asked++;
      continue;
    }
    now.asked++;
    const [a, b, c] = rows.map((r) => vectors.words[r!]!) as [string, string, string];
    // With case folded, other spellings of a, b and c are no answers either: look on until a word that is none of them.
    for (let count = foldCase ? 4 : 1; ; count *= 4) {
      const found = vectors.analogy({ a, b, c, method, count, restrict: over });
      const answer = found.find(({ word }) => {
        const folded = fold(word);
        return known.get(folded) !== undefined && !words.slice(0, 3).includes(folded);
      });
      if (!answer && found.length === count && count < over) continue;
      if (answer && fold(answer.word) === words[3]) now.correct++;
      break;
    }
  }
  for (const s of sections) s.accuracy = s.correct / s.asked;
  const syntactic = (s: AnalogySection) => /^(gram|syn)/.test(s.name);
  return {
    sections,
    total: sum("total", sections),
    semantic: sum(
      "semantic",
      sections.filter((s) => !syntactic(s)),
    ),
    syntactic: sum("syntactic", sections.filter(syntactic)),
  };
}

function section(name: string): AnalogySection {
  return { name, correct: 0, asked: 0, outOfVocabulary: 0, accuracy: Number.NaN };
}

function sum(name: string, parts: AnalogySection[]): AnalogySection {
  const all = section(name);
  for (const part of parts) {
    all.correct += part.correct;
    all.asked += part.asked;
    all.outOfVocabulary += part.outOfVocabulary;
  }
  all.accuracy = all.correct / all.asked;
  return all;
}

export interface SimilarityReport {
  /** Rank correlation of cosines with the given scores, ties at their mean rank. */
  spearman: number;
  pearson: number;
  pairs: number;
  /** Pairs with an unknown word: left out, or (with `unknownIsZero`) given the cosine 0. */
  outOfVocabulary: number;
  /** outOfVocabulary / number of pairs. */
  share: number;
}

export interface EvaluateSimilarityOptions {
  restrict?: number;
  foldCase?: boolean;
  unknownIsZero?: boolean;
  where?: string;
}

/**
 * Correlates cosines with human ratings: lines `word word score` (tabs, commas or spaces; `#` starts a comment). A header line
 * is skipped, and the score is the first number after the words: SimLex-999 has a part of speech before it.
 */
export function evaluateSimilarity(
  vectors: WordVectors,
  text: string,
  options: EvaluateSimilarityOptions = {},
): SimilarityReport {
  const { restrict = 300_000, foldCase = true, unknownIsZero = false, where = "pairs" } = options;
  const known = new Map<string, string>();
  const fold = (word: string) => (foldCase ? word.toUpperCase() : word);
  for (let r = Math.min(restrict, vectors.size) - 1; r >= 0; r--) {
    known.set(fold(vectors.words[r]!), vectors.words[r]!);
  }
  const given: number[] = [];
  const ours: number[] = [];
  let outOfVocabulary = 0;
  let pairs = 0;
  let first = true;
  let column = 2; // of the score
  const lines = text.split("\n");
  for (let l = 0; l < lines.length; l++) {
    const line = lines[l]!.trim();
    if (!line || line.startsWith("#")) continue;
    const separator = [/\t+/, /[,;]\s*/, /\s+/].find((one) => one.test(line)) ?? /\s+/;
    const fields = line.split(separator);
    const number = fields.findIndex((field, i) => i >= 2 && field !== "" && !Number.isNaN(Number(field)));
    if (pairs === 0 && number >= 0) column = number;
    const header = first && fields.length >= 3 && number < 0;
    first = false;
    if (header) continue;
    const score = Number(fields[column] || Number.NaN);
    if (Number.isNaN(score)) {
      fail({
        where: `${where}:${l + 1}`,
        expected: "two words and a score",
        received: JSON.stringify(line),
        code: "data",
      });
    }
    pairs++;
    // A word outside the vocabulary may still have a vector from its subwords.
    const [a, b] = [fields[0]!, fields[1]!].map((word) => {
      const spelled = known.get(fold(word));
      return spelled ?? (vectors.subwords?.vector(word) ? word : undefined);
    });
    if (a === undefined || b === undefined) {
      outOfVocabulary++;
      if (!unknownIsZero) continue;
    }
    given.push(score);
    ours.push(a === undefined || b === undefined ? 0 : vectors.similarity(a, b));
  }
  return {
    spearman: pearson(ranks(given), ranks(ours)),
    pearson: pearson(given, ours),
    pairs,
    outOfVocabulary,
    share: outOfVocabulary / pairs,
  };
}

/** Ranks from 1; equal values share the mean of their ranks. */
export function ranks(values: readonly number[]): number[] {
  const order = values.map((_, i) => i).sort((i, j) => values[i]! - values[j]!);
  const out = new Array<number>(values.length);
  for (let from = 0; from < order.length; ) {
    let to = from + 1;
    while (to < order.length && values[order[to]!] === values[order[from]!]) to++;
    for (let k = from; k < to; k++) out[order[k]!] = (from + to + 1) / 2;
    from = to;
  }
  return out;
}

export function pearson(x: readonly number[], y: readonly number[]): number {
  const mean = (v: readonly number[]) => v.reduce((s, a) => s + a, 0) / v.length;
  const mx = mean(x);
  const my = mean(y);
  let xy = 0;
  let xx = 0;
  let yy = 0;
  for (let i = 0; i < x.length; i++) {
    xy += (x[i]! - mx) * (y[i]! - my);
    xx += (x[i]! - mx) ** 2;
    yy += (y[i]! - my) ** 2;
  }
  return xy / Math.sqrt(xx * yy);
}
