// ROUGE over a corpus, as Google's rouge-score computes it without a stemmer (Lin, "ROUGE: a package for automatic
// evaluation of summaries", 2004): what summaries are compared by.
import { fail } from "../base/index.ts";

export interface RougeScore {
  /** F-score of the words in common, 0 to 100, the mean over the texts. */
  readonly rouge1: number;
  /** The same for pairs of neighbors. */
  readonly rouge2: number;
  /** The same for the longest common subsequence of words. */
  readonly rougeL: number;
}

/** As rouge-score cuts: lower case, and nothing but Latin letters and digits. Other scripts need a `tokenize` of their own. */
const latinWords = (text: string): string[] => text.toLowerCase().match(/[a-z0-9]+/g) ?? [];

/**
 * ROUGE-1, ROUGE-2 and ROUGE-L. Of several references each score takes the one that it is best by.
 *
 * @param hypotheses one text a sentence
 * @param references one text a sentence, or several
 */
export function rouge(
  hypotheses: readonly string[],
  references: readonly (string | readonly string[])[],
  { tokenize = latinWords }: { tokenize?: (text: string) => readonly string[] } = {},
): RougeScore {
  if (hypotheses.length !== references.length)
    fail({ where: "rouge", expected: `${hypotheses.length} references`, received: String(references.length) });
  const sums = [0, 0, 0];
  for (const [i, hypothesis] of hypotheses.entries()) {
    const said = tokenize(hypothesis);
    const wanted = [references[i]!].flat().map(tokenize);
    for (const [k, common] of measures.entries())
      sums[k]! += wanted.reduce((best, words) => Math.max(best, fScore(common(said, words))), 0);
  }
  const [rouge1, rouge2, rougeL] = sums.map((sum) => (100 * sum) / Math.max(1, hypotheses.length)) as [
    number,
    number,
    number,
  ];
  return { rouge1, rouge2, rougeL };
}

/** How many are common to both, and how many each has. */
type Overlap = readonly [common: number, said: number, wanted: number];

const fScore = ([common, said, wanted]: Overlap): number => (common === 0 ? 0 : (2 * common) / (said + wanted));

const measures: readonly ((said: readonly string[], wanted: readonly string[]) => Overlap)[] = [
  (said, wanted) => ngramOverlap(said, wanted, 1),
  (said, wanted) => ngramOverlap(said, wanted, 2),
  (said, wanted) => [longestCommon(said, wanted), said.length, wanted.length],
];

function ngramOverlap(said: readonly string[], wanted: readonly string[], n: number): Overlap {
  const left = new Map<string, number>();
  const gramsOf = (words: readonly string[]) =>
    Array.from({ length: Math.max(0, words.length - n + 1) }, (_, i) => words.slice(i, i + n).join(" "));
  const asked = gramsOf(wanted);
  for (const gram of asked) left.set(gram, (left.get(gram) ?? 0) + 1);
  let common = 0;
  const given = gramsOf(said);
  for (const gram of given) {
    const count = left.get(gram) ?? 0;
    if (count === 0) continue;
    left.set(gram, count - 1);
    common++;
  }
  return [common, given.length, asked.length];
}

function longestCommon(a: readonly string[], b: readonly string[]): number {
  let row = new Int32Array(b.length + 1);
  for (const word of a) {
    const next = new Int32Array(b.length + 1);
    for (let j = 1; j <= b.length; j++) next[j] = word === b[j - 1] ? row[j - 1]! + 1 : Math.max(row[j]!, next[j - 1]!);
    row = next;
  }
  return row[b.length]!;
}
