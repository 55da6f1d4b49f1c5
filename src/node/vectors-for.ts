// Word vectors from a file for the words of a text: which are kept, which are missing, what is refused.
import { fail } from "../base/index.ts";
import { wordTokenizer } from "../data/index.ts";
import type { VectorWarning, WordVectors } from "../embeddings/index.ts";
import { type VectorCoverage, vectorCoverage, wordFinder } from "../nn/index.ts";
import { formatWhole } from "../terminal/index.ts";
import { loadVectors } from "./vector-files.ts";

/** Rows of the file that are kept besides the words of the text: the most frequent ones, as files are sorted. */
const mostWords = 50_000;

export interface VectorsFor {
  readonly file: string;
  /** Whose words, if there are several kinds: "the source". */
  readonly of?: string;
  /** `all`: also the file's 50,000 most frequent words. `training`: the words of the text only. */
  readonly vocabulary: "all" | "training";
  /**
   * A word with capitals whose vector has none: `vectors` lowercases all texts if the whole file is lowercase; `task`: the
   * task looks up the lowercase word itself; `never` (default): the word gets a row of its own.
   */
  readonly fold?: "vectors" | "task" | "never";
}

export interface FoundVectors {
  readonly vectors: WordVectors;
  /** Words to add to the task's vocabulary: of the text, however rare, and of the file. */
  readonly known: readonly string[];
  /** Texts are to be lowercased. */
  readonly lowercase: boolean;
  readonly coverage: VectorCoverage;
  readonly warnings: readonly VectorWarning[];
}

/** @throws UnrolledError if no word of the text has a vector */
export async function vectorsFor(
  counts: ReadonlyMap<string, number>,
  { file, of, vocabulary, fold = "never" }: VectorsFor,
): Promise<FoundVectors> {
  const most = vocabulary === "all" ? mostWords : 0;
  const folded = new Set([...counts.keys()].map((word) => word.toLowerCase()));
  let [rows, capitals] = [0, 0];
  const keep = (word: string, row: number) => {
    const lower = word.toLowerCase();
    rows++;
    if (lower !== word) capitals++;
    return row < most || counts.has(word) || folded.has(lower);
  };
  const { vectors, warnings } = await loadVectors(file, { keep });
  const coverage = vectorCoverage(vectors, counts);
  const { exact, folded: cased, subwords } = coverage.words;
  if (exact + cased + subwords === 0)
    fail({
      where: file,
      expected: `vectors of the ${formatWhole(counts.size)} words${of ? ` of ${of}` : ""}, such as ${some(mostFrequent(counts))}`,
      received:
        vectors.size > 0 ? `vectors of other words, such as ${some(vectors.words)}` : "vectors of other words only",
      hint: "is it another language, or another tokenization?",
      code: "data",
    });
  // A few odd words with capitals do not count.
  const lowercase = fold === "vectors" && capitals * 1000 <= rows;
  const find = wordFinder(vectors);
  const own = [...counts.keys()].filter((word) => {
    const { match } = find(word);
    return match === "subwords" || (match === "folded" && fold === "never");
  });
  return { vectors, known: [...new Set([...vectors.words, ...own])], lowercase, coverage, warnings };
}

/** The words of texts and how often each occurs, as a word tokenizer cuts them. */
export function countWords(texts: Iterable<string>): Map<string, number> {
  const { tokens, counts, specials } = wordTokenizer.fit(texts).vocabulary;
  return new Map(tokens.flatMap((word, id) => (id < specials.length ? [] : [[word, counts[id]!]])));
}

const mostFrequent = (counts: ReadonlyMap<string, number>): string[] =>
  [...counts].sort((a, b) => b[1] - a[1]).map(([word]) => word);

const some = (words: readonly string[]): string =>
  words
    .slice(0, 3)
    .map((word) => JSON.stringify(word))
    .join(", ");
