// word2vec.c's arithmetic is reproduced bit for bit, and the fast kernel learns what that arithmetic learns.

import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { type Corpus, readCorpus } from "../../src/embeddings/training/corpus.ts";
import { huffmanPaths } from "../../src/embeddings/training/huffman.ts";
import { embeddingTrainer, type TrainerOptions } from "../../src/embeddings/training/trainer.ts";
import { worst } from "../fixture.ts";
import { position, type Word2vecOptions, word2vec } from "./word2vec.ts";

interface Word2vecFixture {
  lines: string[];
  count: number;
  rest: string;
  cases: { name: string; options: Omit<Word2vecOptions, "text">; words: string[]; vectors: string }[];
}
const { lines, count, rest, cases } = JSON.parse(
  readFileSync(new URL("../fixtures/word2vec.json", import.meta.url), "utf8"),
) as Word2vecFixture;
const line = (k: number) => lines[(k * k + Math.floor(k / lines.length)) % lines.length]!;
const text = Array.from({ length: count }, (_, k) => line(k) + (k >= 400 && k < 1000 ? " " : "\n")).join("") + rest;

describe("word2vec.c", () => {
  it.each(cases)("$name: the same bytes", ({ options, words, vectors }) => {
    const model = word2vec({ text, ...options });
    expect(model.words).toEqual(words);
    const bytes = Uint8Array.from(Buffer.from(vectors, "base64"));
    expect([...model.inputs]).toEqual([...new Float32Array(bytes.buffer)]);
  });
});

const sigmoid = (f: number) => 1 / (1 + Math.exp(-f));
const read = (lines: string[]) => readCorpus([new TextEncoder().encode(`${lines.join("\n")}\n`)], { minCount: 1 });

/** The fast kernel's matrices after a run from `inputs` and `outputs`. */
async function learned(options: TrainerOptions, start: { inputs: Float32Array; outputs: Float32Array }) {
  const state = embeddingTrainer(options).state();
  const trainer = embeddingTrainer({ ...options, resume: { ...state, ...start } });
  for await (const _ of trainer.run());
  return trainer.state();
}
const wave = (length: number, scale: number) => Float32Array.from({ length }, (_, i) => scale * Math.sin(i * i + 1));

describe("the fast kernel", () => {
  // A window of 1 is never shrunk, nothing is left out, and a block holds the whole text: no draw is left but the
  // negatives, and with two words and one negative not even those.
  const dim = 8;
  const fixed = { dim, window: 1, sample: 0, epochs: 3, learningRate: 0.2, negatives: 1 };
  const many = ["a b c d a", "e b a", "d", "c a b a e f c", "f a", "b d c a f"];
  const two = ["a b", "a a b a b b", "b a a"];
  const runs: [string, string[], Partial<TrainerOptions>][] = [
    ["skip-gram, hierarchical softmax", many, { loss: "hierarchical-softmax" }],
    ["CBOW, hierarchical softmax", many, { loss: "hierarchical-softmax", model: "cbow" }],
    ["skip-gram, negative sampling", two, {}],
    ["CBOW, negative sampling", two, { model: "cbow" }],
    ["fastText's skip-gram", many, { loss: "hierarchical-softmax", subwords: { minn: 6, maxn: 6 } }],
  ];
  it.each(runs)("%s: whole epochs are word2vec.c's, but for its table of the sigmoid", async (_, lines, options) => {
    const corpus = await read(lines);
    const size = corpus.words.length;
    const [inputs, outputs] = [wave(size * dim, 0.4), wave(size * dim, 0.7)];
    const fast = await learned({ corpus, ...fixed, ...options }, { inputs, outputs });
    const cbow = options.model === "cbow";
    const paths = huffmanPaths(corpus.counts);
    for (let epoch = 0; epoch < fixed.epochs; epoch++) {
      const alpha = Math.fround(fixed.learningRate * (1 - epoch / fixed.epochs));
      for (const sentence of lines.map((words) => words.split(" ").map((word) => corpus.words.indexOf(word)))) {
        for (const [at, word] of sentence.entries()) {
          const near = [at - 1, at + 1].flatMap((c) => sentence[c] ?? []);
          // fastText turns skip-gram round: the word predicts its neighbors
          for (const [target, context] of options.subwords
            ? near.map((c) => [c, [word]] as const)
            : [[word, near] as const]) {
            const nodes = [...paths.nodes.subarray(paths.starts[target], paths.starts[target + 1])];
            const targets = options.loss
              ? nodes.map((node) => ({ row: node >> 1, label: node & 1 }))
              : [target, 1 - target].map((row, other) => ({ row, label: 1 - other }));
            position({ dim, inputs, outputs, alpha, sigmoid }, context, cbow, () => targets);
          }
        }
      }
    }
    expect(worst(fast.inputs, inputs)).toBeLessThan(2e-6);
    expect(worst(fast.outputs, outputs)).toBeLessThan(2e-6);
    expect(worst(inputs, wave(size * dim, 0.4))).toBeGreaterThan(0.1);
  });

  it("draws negatives by count^0.75, never the word itself, and each pushes as the equation says", async () => {
    // the only sentence is "a b"; its first pair is b against a: targets are rows of 0.5 on a diagonal, so that what
    // the input gains tells how often each was drawn
    const corpus: Corpus = await read(["a b", ..."c c c c c c c c c d d d d e e e f f a".split(" ")]);
    const size = corpus.words.length;
    const [a, b] = [corpus.words.indexOf("a"), corpus.words.indexOf("b")];
    const inputs = wave(size * dim, 0.5);
    const learningRate = 1e-3; // so small that a row drawn twice is as good as unchanged in between
    const outputs = Float32Array.from({ length: size * dim }, (_, i) => (Math.floor(i / dim) === i % dim ? 0.5 : 0));
    const seeds = 150;
    const drawn = new Float64Array(size);
    for (let seed = 0; seed < seeds; seed++) {
      const options = { corpus, ...fixed, epochs: 1, learningRate, negatives: 5, seed };
      const after = await learned(options, { inputs, outputs });
      let sum = 0;
      for (let v = 0; v < size; v++) {
        const x = inputs[b * dim + v]!;
        const unit = learningRate * 0.5 * ((v === a ? 1 : 0) - sigmoid(0.5 * x));
        const times = (after.inputs[b * dim + v]! - x) / unit;
        expect(Math.abs(times - Math.round(times))).toBeLessThan(0.02);
        if (v === a) expect(Math.round(times)).toBe(1);
        else sum += times;
        drawn[v]! += Math.round(times);
      }
      expect(Math.round(sum)).toBe(5);
    }
    const weights = corpus.counts.map((n, v) => (v === a ? 0 : n ** 0.75));
    const total = weights.reduce((x, y) => x + y, 0);
    for (let v = 0; v < size; v++) {
      if (v === a) continue;
      const mean = 5 * seeds * (weights[v]! / total);
      expect(Math.abs(drawn[v]! - mean)).toBeLessThan(3.5 * Math.sqrt(mean));
    }
  });
});
