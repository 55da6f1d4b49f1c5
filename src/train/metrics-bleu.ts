// BLEU and chrF over a corpus, as sacreBLEU computes them (Post, "A call for clarity in reporting BLEU scores", 2018).
import { fail } from "../base/index.ts";

/** How text is cut before n-grams are counted. `13a` is the one that papers report; `none` cuts at white space. */
export type BleuTokenizer = "13a" | "char" | "none";

export interface BleuOptions {
  /** Default `13a`. */
  tokenizer?: BleuTokenizer;
  /** Default false. */
  lowercase?: boolean;
}

export interface BleuScore {
  /** 0 to 100. */
  score: number;
  /** Precision of 1- to 4-grams, 0 to 100, smoothed. */
  precisions: number[];
  brevityPenalty: number;
  hypothesisLength: number;
  referenceLength: number;
  /** What has to be said beside a score for it to mean something. */
  signature: string;
}

/** The sacreBLEU whose scores these equal. */
const version = "2.6.0";
const orders = 4;
/** Python's idea of white space, which is not JavaScript's. */
const space = /[\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+/;

/**
 * BLEU-4 of a corpus (Papineni et al. 2002), with exponential smoothing and without effective order.
 *
 * @param hypotheses one text a sentence
 * @param references one text a sentence, or several
 */
export function bleu(
  hypotheses: readonly string[],
  references: readonly (string | readonly string[])[],
  { tokenizer = "13a", lowercase = false }: BleuOptions = {},
): BleuScore {
  checkPairs("bleu", hypotheses, references);
  const cut = (text: string) => tokenize(lowercase ? text.toLowerCase() : text, tokenizer);
  const correct = new Array<number>(orders).fill(0);
  const total = new Array<number>(orders).fill(0);
  let hypothesisLength = 0;
  let referenceLength = 0;
  let nrefs = 1;
  hypotheses.forEach((hypothesis, i) => {
    const words = cut(hypothesis);
    const given = references[i]!;
    const others = (typeof given === "string" ? [given] : given).map(cut);
    nrefs = Math.max(nrefs, others.length);
    hypothesisLength += words.length;
    referenceLength += closestLength(words.length, others);
    const most = new Map<string, number>();
    for (const other of others) {
      for (const [gram, n] of ngrams(other)) most.set(gram, Math.max(n, most.get(gram) ?? 0));
    }
    for (const [gram, n] of ngrams(words)) {
      const order = gram.split(" ").length - 1;
      total[order]! += n;
      correct[order]! += Math.min(n, most.get(gram) ?? 0); // clipped: a word said twice counts once
    }
  });

  const brevityPenalty =
    hypothesisLength >= referenceLength
      ? 1
      : hypothesisLength > 0
        ? Math.exp(1 - referenceLength / hypothesisLength)
        : 0;
  const precisions = new Array<number>(orders).fill(0);
  const signature = [
    `nrefs:${nrefs}`,
    `case:${lowercase ? "lc" : "mixed"}`,
    "eff:no",
    `tok:${tokenizer}`,
    "smooth:exp",
    "impl:unrolled",
    `version:${version}`,
  ].join("|");
  const result = { score: 0, precisions, brevityPenalty, hypothesisLength, referenceLength, signature };
  if (!correct.some(Boolean)) return result;
  let halving = 1;
  for (let n = 0; n < orders && total[n]! > 0; n++) {
    if (correct[n] === 0) halving *= 2; // an order without a match counts as 1/2, 1/4, ... of one
    precisions[n] = (100 * (correct[n] || 1 / halving)) / total[n]!;
  }
  if (precisions.every((p) => p > 0)) {
    result.score = brevityPenalty * Math.exp(precisions.reduce((sum, p) => sum + Math.log(p), 0) / orders);
  }
  return result;
}

/** One line, as sacreBLEU prints it. */
export function describeBleu({ score, precisions, ...rest }: BleuScore): string {
  const { brevityPenalty, hypothesisLength, referenceLength, signature } = rest;
  const parts = precisions.map((p) => p.toFixed(1)).join("/");
  const ratio = (referenceLength ? hypothesisLength / referenceLength : 0).toFixed(3);
  return `BLEU|${signature} = ${score.toFixed(2)} ${parts} (BP = ${brevityPenalty.toFixed(3)} ratio = ${ratio} hyp_len = ${hypothesisLength} ref_len = ${referenceLength})`;
}

/**
 * chrF2 of a corpus (Popović 2015): F-score of character 1- to 6-grams, recall counted twice, white space left out;
 * steadier than BLEU for Korean, Finnish and other languages of long words.
 *
 * @returns 0 to 100
 */
export function chrF(hypotheses: readonly string[], references: readonly string[]): number {
  checkPairs("chrF", hypotheses, references);
  const highest = 6;
  const beta2 = 4;
  const said = new Float64Array(highest);
  const wanted = new Float64Array(highest);
  const matched = new Float64Array(highest);
  hypotheses.forEach((hypothesis, i) => {
    const a = [...hypothesis.split(space).join("")];
    const b = [...references[i]!.split(space).join("")];
    for (let n = 1; n <= highest; n++) {
      const reference = countGrams(b, n, "");
      if (reference.size > 0) said[n - 1]! += Math.max(0, a.length - n + 1); // as sacreBLEU: too short a reference asks nothing
      wanted[n - 1]! += Math.max(0, b.length - n + 1);
      for (const [gram, count] of countGrams(a, n, "")) matched[n - 1]! += Math.min(count, reference.get(gram) ?? 0);
    }
  });
  let precision = 0;
  let recall = 0;
  let used = 0;
  for (let n = 0; n < highest; n++) {
    if (said[n] === 0 || wanted[n] === 0) continue;
    precision += matched[n]! / said[n]!;
    recall += matched[n]! / wanted[n]!;
    used++;
  }
  if (precision + recall === 0) return 0;
  return (100 * (1 + beta2) * (precision / used) * (recall / used)) / ((beta2 * precision + recall) / used);
}

/**
 * The tokenizer of mteval-v13a: XML entities undone, signs apart from words, full stops and commas apart unless within
 * a number, a dash after a digit apart.
 */
export function tokenize13a(text: string): string[] {
  let line = text.replaceAll("<skipped>", "").replaceAll("-\n", "").replaceAll("\n", " ");
  if (line.includes("&")) {
    line = line.replaceAll("&quot;", '"').replaceAll("&amp;", "&").replaceAll("&lt;", "<").replaceAll("&gt;", ">");
  }
  return ` ${line} `
    .replace(/([{-~[-` -&(-+:-@/])/g, " $1 ")
    .replace(/([^0-9])([.,])/gu, "$1 $2 ")
    .replace(/([.,])([^0-9])/gu, " $1 $2")
    .replace(/([0-9])(-)/g, "$1 $2 ")
    .split(space)
    .filter(Boolean);
}

function tokenize(text: string, tokenizer: BleuTokenizer): string[] {
  if (tokenizer === "13a") return tokenize13a(text);
  if (tokenizer === "char") return [...text.split(space).join("")];
  return text.split(space).filter(Boolean);
}

/** Counts all n-grams up to `orders`, words joined by single spaces. */
function ngrams(words: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (let n = 1; n <= orders; n++) for (const [gram, count] of countGrams(words, n, " ")) counts.set(gram, count);
  return counts;
}

export function countGrams(items: readonly string[], n: number, glue: string): Map<string, number> {
  const counts = new Map<string, number>();
  for (let i = 0; i + n <= items.length; i++) {
    const gram = items.slice(i, i + n).join(glue);
    counts.set(gram, (counts.get(gram) ?? 0) + 1);
  }
  return counts;
}

/** The reference length nearest to the hypothesis'; the shorter of two as near. */
function closestLength(length: number, references: readonly (readonly string[])[]): number {
  let best = references[0]?.length ?? 0;
  for (const { length: other } of references) {
    const nearer = Math.abs(other - length) - Math.abs(best - length);
    if (nearer < 0 || (nearer === 0 && other < best)) best = other;
  }
  return best;
}

export function checkPairs(where: string, hypotheses: readonly unknown[], references: readonly unknown[]): void {
  if (hypotheses.length === references.length) return;
  fail({ where, expected: `${hypotheses.length} references`, received: String(references.length) });
}
