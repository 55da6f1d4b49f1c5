// word2vec.c's arithmetic, one thread, bit for bit: its generator and the order of its draws, its float32 sums, its table
// of the sigmoid. Slow and plain: what the fast kernel is held against. Mikolov et al., "Distributed representations of
// words and phrases and their compositionality", 2013; names in comments are those of its source.

import { huffmanPaths } from "../../src/embeddings/training/huffman.ts";

export interface Word2vecOptions {
  text: string;
  dim: number;
  window: number;
  minCount: number;
  /** 0: all words stay. */
  sample: number;
  epochs: number;
  alpha: number;
  cbow: boolean;
  /** Negative samples; 0: none. */
  negatives: number;
  hierarchical: boolean;
}

export interface Word2vecModel {
  /** `</s>`, the end of a line, is the first. */
  words: string[];
  counts: Float64Array;
  /** [words, dim]: syn0. */
  inputs: Float32Array;
  /** [words, dim]: syn1neg, and syn1 where the softmax is hierarchical. */
  outputs: Float32Array;
}

const f32 = Math.fround;
const maxExp = 6;
const sentenceLimit = 1000;
const tableSize = 1e8;

/** What a step takes from outside, so that the laws of the kernel may take it from elsewhere. */
export interface PairStep {
  dim: number;
  inputs: Float32Array;
  outputs: Float32Array;
  alpha: number;
  /** sigma(f), or undefined where the target is left out. */
  sigmoid(f: number): number | undefined;
}

/**
 * One hidden row against some targets, one after the other; returns the hidden row's gradient (neu1e), which is over the
 * targets as each was when its turn came.
 */
export function against(step: PairStep, hidden: Float32Array, targets: readonly { row: number; label: number }[]) {
  const { dim, outputs, alpha } = step;
  const gradient = new Float32Array(dim);
  for (const { row, label } of targets) {
    const target = outputs.subarray(row * dim, (row + 1) * dim);
    let f = 0;
    for (let c = 0; c < dim; c++) f = f32(f + f32(hidden[c]! * target[c]!));
    const y = step.sigmoid(f);
    if (y === undefined) continue;
    const g = f32(f32(label - y) * alpha);
    for (let c = 0; c < dim; c++) gradient[c]! += f32(g * target[c]!);
    for (let c = 0; c < dim; c++) target[c]! += f32(g * hidden[c]!);
  }
  return gradient;
}

/** One position: its word is predicted by each of the `context` (skip-gram) or by their mean (CBOW). */
export function position(
  step: PairStep,
  context: readonly number[],
  cbow: boolean,
  targets: () => { row: number; label: number }[],
) {
  const { dim, inputs } = step;
  const rows = context.map((word) => inputs.subarray(word * dim, (word + 1) * dim));
  const add = (to: Float32Array, from: Float32Array) => {
    for (let c = 0; c < dim; c++) to[c]! += from[c]!;
  };
  if (!cbow) {
    for (const row of rows) add(row, against(step, row, targets()));
  } else if (rows.length > 0) {
    const hidden = new Float32Array(dim);
    for (const row of rows) add(hidden, row);
    for (let c = 0; c < dim; c++) hidden[c]! /= rows.length;
    const gradient = against(step, hidden, targets());
    for (const row of rows) add(row, gradient);
  }
}

/** Trains as `word2vec -threads 1` does, with the repair of its issue 47: without it only the first epoch is read. */
export function word2vec(options: Word2vecOptions): Word2vecModel {
  const { dim, window, negatives, hierarchical, cbow, epochs } = options;
  const tokens = tokenize(options.text);
  const { words, counts } = vocabulary(tokens, options.minCount);
  const size = words.length;
  const rowOf = new Map(words.map((word, row) => [word, row]));
  const trainWords = counts.reduce((sum, n) => sum + n, 0);

  let state = 1n; // next_random
  const draw = () => {
    state = (state * 25214903917n + 11n) & 0xffffffffffffffffn;
    return state;
  };
  const uniform = () => Number(draw() & 0xffffn) / 65536;
  const inputs = Float32Array.from({ length: size * dim }, () => (uniform() - 0.5) / dim);
  state = 0n; // the first thread's number
  const negative = new Float32Array(size * dim);
  const nodes = new Float32Array(size * dim);

  const sigmoids = sigmoidTable();
  const looked = (f: number) => sigmoids[Math.trunc(f32(f32(f + maxExp) * 83))]!; // 83: EXP_TABLE_SIZE / MAX_EXP / 2
  const alpha0 = f32(options.alpha);
  let alpha = alpha0;
  const table = unigramTable(counts);
  const paths = huffmanPaths(counts);
  const path = words.map((_, w) =>
    [...paths.nodes.subarray(paths.starts[w], paths.starts[w + 1])].map((n) => ({ row: n >> 1, label: n & 1 })),
  );
  const threshold = f32(f32(options.sample) * f32(trainWords));
  const stays = counts.map((n) => f32(((Math.sqrt(f32(n / threshold)) + 1) * threshold) / n));

  function* sampled(word: number) {
    yield { row: word, label: 1 };
    for (let d = 0; d < negatives; d++) {
      const random = draw();
      const row = table(Number((random >> 16n) % BigInt(tableSize))) || Number(random % BigInt(size - 1)) + 1;
      if (row !== word) yield { row, label: 0 };
    }
  }
  function learn(sentence: readonly number[], at: number) {
    const word = sentence[at]!;
    const shrink = Number(draw() % BigInt(window)); // b
    const context: number[] = [];
    for (let a = shrink; a < window * 2 + 1 - shrink; a++) {
      const c = at - window + a;
      if (a !== window && c >= 0 && c < sentence.length) context.push(sentence[c]!);
    }
    const common = { dim, inputs, alpha };
    if (hierarchical) {
      const sigmoid = (f: number) => (f <= -maxExp || f >= maxExp ? undefined : looked(f));
      position({ ...common, outputs: nodes, sigmoid }, context, cbow, () => path[word]!);
    } else {
      const sigmoid = (f: number) => (f > maxExp ? 1 : f < -maxExp ? 0 : looked(f));
      position({ ...common, outputs: negative, sigmoid }, context, cbow, () => [...sampled(word)]);
    }
  }

  let before = 0; // words of the epochs and stretches that are done (word_count_actual)
  for (let epoch = 0; epoch < epochs; epoch++) {
    let count = 0;
    let last = 0;
    let sentence: number[] = [];
    const pace = () => {
      if (count - last <= 10000) return;
      before += count - last;
      last = count;
      alpha = f32(alpha0 * f32(1 - f32(before / f32(epochs * trainWords + 1))));
      if (alpha < alpha0 * 0.0001) alpha = f32(alpha0 * 0.0001);
    };
    const end = () => {
      // a sentence of which nothing stayed still draws the window of a position that has no neighbors
      for (let at = 0; at < Math.max(1, sentence.length); at++) {
        if (at > 0) pace();
        learn(sentence, at);
      }
      sentence = [];
      pace(); // the next sentence's first position does not see what that sentence counts
    };
    for (const token of tokens) {
      const word = rowOf.get(token);
      if (word === undefined) continue;
      count++;
      if (word === 0) {
        end();
        continue;
      }
      if (options.sample > 0 && stays[word]! < uniform()) continue;
      sentence.push(word);
      if (sentence.length === sentenceLimit) end();
    }
    before += count - last; // a sentence that the file's end cut off is dropped
  }
  return { words, counts, inputs, outputs: hierarchical ? nodes : negative };
}

/** Words and ends of lines; a word that the file's end cuts off is dropped. */
function tokenize(text: string): string[] {
  const lines = text.replaceAll("\r", "").split("\n");
  return lines.flatMap((line, i) => {
    const words = line.split(/[ \t]+/);
    const last = i === lines.length - 1;
    return last ? words.slice(0, -1).filter(Boolean) : [...words.filter(Boolean), "</s>"];
  });
}

function vocabulary(tokens: readonly string[], minCount: number) {
  const count = new Map([["</s>", 0]]);
  for (const token of tokens) count.set(token, (count.get(token) ?? 0) + 1);
  const [ends, ...others] = [...count];
  const kept = [ends!, ...others.filter(([, n]) => n >= minCount).sort((a, b) => b[1] - a[1])];
  return { words: kept.map(([word]) => word), counts: Float64Array.from(kept, ([, n]) => n) };
}

function sigmoidTable(): Float32Array {
  return Float32Array.from({ length: 1000 }, (_, i) => {
    const e = f32(Math.exp(f32(f32(f32(f32(i / 1000) * 2) - 1) * maxExp)));
    return e / f32(e + 1);
  });
}

/** What stands at a place of InitUnigramTable's 10^8 places, from the last place of each word. */
function unigramTable(counts: Float64Array): (place: number) => number {
  const powers = counts.map((n) => n ** 0.75);
  const total = powers.reduce((sum, p) => sum + p, 0);
  const ends: number[] = [];
  let share = 0;
  for (const power of powers) {
    share += power / total;
    let end = Math.floor(share * tableSize) - 1;
    while (!(end / tableSize > share)) end++;
    ends.push(Math.max(end, (ends.at(-1) ?? -1) + 1));
  }
  return (place) => {
    let low = 0;
    let high = counts.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (place <= ends[middle]!) high = middle;
      else low = middle + 1;
    }
    return low;
  };
}
