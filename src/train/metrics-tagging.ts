// Scores of taggers: spans as conlleval and seqeval (its default mode) count them, and accuracy over tokens.
import { fail } from "../base/index.ts";
import { type TagSpan, tagsToSpans } from "../data/tags/schemes.ts";

/** Precision, recall and F1, all between 0 and 1, with the counts they come from. */
export interface SpanScore {
  precision: number;
  recall: number;
  f1: number;
  /** Spans in the reference. */
  gold: number;
  /** Spans predicted. */
  predicted: number;
  /** Spans with the same start, end and type in both. */
  correct: number;
}

export interface SpanReport {
  /** Over all spans together (micro): the number that papers print. */
  overall: SpanScore;
  /** By type, in alphabetical order. */
  types: Record<string, SpanScore>;
  /** Mean of the types' F1. */
  macroF1: number;
  /** Share of tokens with the right tag, `O` included. */
  tokenAccuracy: number;
}

/** Counts spans sentence by sentence: see {@link spanF1}. */
export function spanCounter() {
  const counts = new Map<string, { gold: number; predicted: number; correct: number }>();
  const countOf = (type: string) => {
    const found = counts.get(type) ?? { gold: 0, predicted: 0, correct: 0 };
    counts.set(type, found);
    return found;
  };
  return {
    add(reference: readonly TagSpan[], answer: readonly TagSpan[]): void {
      const right = new Set(reference.map(keyOf));
      for (const span of reference) countOf(span.type).gold++;
      for (const span of answer) {
        const count = countOf(span.type);
        count.predicted++;
        if (right.has(keyOf(span))) count.correct++;
      }
    },
    scores(): Pick<SpanReport, "overall" | "types"> {
      const total = { gold: 0, predicted: 0, correct: 0 };
      const types: Record<string, SpanScore> = {};
      for (const [type, count] of [...counts].sort(([a], [b]) => (a < b ? -1 : 1))) {
        types[type] = score(count);
        total.gold += count.gold;
        total.predicted += count.predicted;
        total.correct += count.correct;
      }
      return { overall: score(total), types };
    },
  };
}

/**
 * F1 of spans: one is right where start, end and type are.
 *
 * Without any span on one side its ratio is 0, as in conlleval (100 % of nothing would reward silence).
 *
 * @param gold sentences of tags, in any scheme
 * @param predicted the same number of sentences and tokens; the scheme may differ
 */
export function spanF1(gold: readonly (readonly string[])[], predicted: readonly (readonly string[])[]): SpanReport {
  checkSameShape("spanF1", gold, predicted);
  const counter = spanCounter();
  gold.forEach((tags, i) => {
    counter.add(tagsToSpans(tags), tagsToSpans(predicted[i]!));
  });
  const { overall, types } = counter.scores();
  const each = Object.values(types);
  const macroF1 = each.length ? each.reduce((sum, { f1 }) => sum + f1, 0) / each.length : 0;
  return { overall, types, macroF1, tokenAccuracy: tokenAccuracy(gold, predicted) };
}

/** Share of tokens whose tag is right; 0 where there is no token. */
export function tokenAccuracy(gold: readonly (readonly string[])[], predicted: readonly (readonly string[])[]): number {
  checkSameShape("tokenAccuracy", gold, predicted);
  let right = 0;
  let all = 0;
  gold.forEach((tags, i) => {
    tags.forEach((tag, t) => {
      all++;
      if (tag === predicted[i]![t]) right++;
    });
  });
  return all ? right / all : 0;
}

const keyOf = ({ start, end, type }: TagSpan) => `${start} ${end} ${type}`;

function score({ gold, predicted, correct }: { gold: number; predicted: number; correct: number }): SpanScore {
  const precision = predicted ? correct / predicted : 0;
  const recall = gold ? correct / gold : 0;
  const f1 = correct ? (2 * precision * recall) / (precision + recall) : 0;
  return { precision, recall, f1, gold, predicted, correct };
}

function checkSameShape(where: string, a: readonly (readonly string[])[], b: readonly (readonly string[])[]): void {
  if (a.length !== b.length) fail({ where, expected: `${a.length} sentences`, received: String(b.length) });
  const i = a.findIndex((tags, n) => tags.length !== b[n]!.length);
  if (i < 0) return;
  fail({ where, expected: `${a[i]!.length} tags in sentence ${i}`, received: String(b[i]!.length) });
}
