// ROUGE over a corpus, as Google's rouge-score computes it without a stemmer (Lin, "ROUGE: a package for automatic
// evaluation of summaries", 2004).
import { checkPairs, countGrams } from "./metrics-bleu.ts";

export interface RougeScore {
  /** F-score of the words in common, 0 to 100, the mean over the texts. */
  readonly rouge1: number;
  /** The same for pairs of neighbors. */
  readonly rouge2: number;
  /** The same for the longest common subsequence of words. */
  readonly rougeL: number;
}

/** As rouge-score does: lower case, Latin letters and digits only. Pass `tokenize` for other scripts. */
const latinWords = (text: string): string[] => text.toLowerCase().match(/[a-z0-9]+/g) ?? [];

/**
 * ROUGE-1, ROUGE-2 and ROUGE-L. With several references, each score uses the one that gives the highest value.
 *
 * @param hypotheses the summaries to score
 * @param references one text for each, or several
 */
export function rouge(
  hypotheses: readonly string[],
  references: readonly (string | readonly string[])[],
  { tokenize = latinWords }: { tokenize?: (text: string) => readonly string[] } = {},
): RougeScore {
  checkPairs("rouge", hypotheses, references);
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
  const asked = countGrams(wanted, n, " ");
  let common = 0;
  for (const [gram, count] of countGrams(said, n, " ")) common += Math.min(count, asked.get(gram) ?? 0);
  return [common, Math.max(0, said.length - n + 1), Math.max(0, wanted.length - n + 1)];
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
