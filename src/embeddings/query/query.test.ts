// Questions to word vectors, each against plain loops.
import { describe, expect, it } from "vitest";
import { random } from "../../base/random.ts";
import { cosine, wordVectors } from "../vectors.ts";
import { unit } from "./analogy.ts";
import { biasDirection, equalize, neutralize } from "./debias.ts";
import { evaluateAnalogies, evaluateSimilarity, ranks } from "./evaluate.ts";
import { plainSearcher, searcher } from "./search.ts";

const size = 900;
const dim = 37;
const draw = random(5);
const matrix = Float32Array.from({ length: size * dim }, () => draw.normal());
for (let i = 0; i < dim; i++) {
  matrix[3 * dim + i] = 0; // a word without direction
  matrix[8 * dim + i] = matrix[7 * dim + i]! * 2; // two words of one direction
}
matrix[5 * dim] = 1000; // one number that dwarfs the rest of its row
const words = Array.from({ length: size }, (_, i) => `w${i}`);
const vectors = wordVectors({ words, matrix, dim });
const row = (i: number) => matrix.subarray(i * dim, (i + 1) * dim);

/** All words by a score, best first, without the named ones. */
function sorted(score: (r: number) => number, without: readonly string[]) {
  return words
    .map((word, r) => ({ word, score: score(r) }))
    .filter(({ word }) => word !== "w3" && !without.includes(word))
    .sort((a, b) => b.score - a.score);
}

describe("nearest", () => {
  it("is the full sort, exactly, for every query", () => {
    for (const q of [0, 5, 7, 100, 899]) {
      const found = vectors.nearest(`w${q}`, { count: 20 });
      const all = sorted((r) => cosine(row(r), row(q)), [`w${q}`]).slice(0, 20);
      expect(found.map((n) => n.word)).toEqual(all.map((n) => n.word));
      for (const [i, n] of found.entries()) expect(n.score).toBeCloseTo(all[i]!.score, 6);
    }
  });
  it("answers a vector, leaves out what it is told to, and looks no further than it is told to", () => {
    expect(vectors.nearest(row(7), { count: 2 }).map((n) => n.word)).toEqual(["w7", "w8"]);
    expect(vectors.nearest("w7", { count: 1, exclude: ["w8"] })[0]!.word).not.toBe("w8");
    expect(vectors.nearest("w899", { count: size, restrict: 10 })).toHaveLength(9);
    expect(vectors.nearest("w0", { count: 2 * size })).toHaveLength(size - 2); // not itself, not the zero row
  });
  it("bounds every cosine, and agrees with the search without WebAssembly", () => {
    const fast = searcher(matrix, size, dim);
    const plain = plainSearcher(matrix, size, dim);
    for (const q of [5, 11]) {
      const { center, width } = fast.bounds(row(q), size);
      for (let r = 0; r < size; r++) {
        expect(Math.abs(center[r]! - cosine(row(r), row(q)))).toBeLessThanOrEqual(width[r]!);
        if (r !== 5 && q !== 5) expect(width[r]!).toBeLessThan(0.02);
      }
      expect(fast.nearest(row(q), 15, new Set([q]), size)).toEqual(plain.nearest(row(q), 15, new Set([q]), size));
    }
  });
  it("fails by name on an unknown word and on a vector of another size", () => {
    expect(() => vectors.nearest("W1")).toThrow(
      /expected a word of the vocabulary \(900 words\), got "W1"\n {2}hint: try "w1"/,
    );
    expect(() => vectors.nearest(new Float32Array(3))).toThrow(/expected a vector of 37, got 3/);
  });
});

it("E · o_j is e_j", () => {
  expect(vectors.product(vectors.oneHot("w42"))).toEqual(row(42).slice());
  const half = vectors.oneHot("w1").map((x, r) => (r === 2 ? 0.5 : x));
  expect(vectors.product(half)[9]).toBeCloseTo(matrix[dim + 9]! + matrix[2 * dim + 9]! / 2, 5);
});

describe("analogy", () => {
  const [a, b, c] = ["w10", "w20", "w30"];
  const cos = (r: number, w: string) => cosine(row(r), vectors.vector(w));
  it("3CosAdd adds cosines", () => {
    const all = sorted((r) => cos(r, b) - cos(r, a) + cos(r, c), [a, b, c]);
    expect(vectors.analogy({ a, b, c, count: 8 }).map((n) => n.word)).toEqual(all.slice(0, 8).map((n) => n.word));
  });
  it("3CosMul multiplies them", () => {
    const p = (r: number, w: string) => (1 + cos(r, w)) / 2;
    const all = sorted((r) => (p(r, b) * p(r, c)) / (p(r, a) + 1e-6), [a, b, c]).slice(0, 8);
    const found = vectors.analogy({ a, b, c, method: "3CosMul", count: 8 });
    expect(found.map((n) => n.word)).toEqual(all.map((n) => n.word));
    for (const [i, n] of found.entries()) expect(n.score).toBeCloseTo(all[i]!.score, 5);
  });
  it("finds the odd one out", () => {
    const small = wordVectors({
      words: ["breakfast", "lunch", "dinner", "cereal"],
      matrix: Float32Array.of(1, 0.1, 1, 0, 1, -0.1, 0.1, 1),
      dim: 2,
    });
    expect(small.oddOneOut(["breakfast", "lunch", "dinner", "cereal"]).word).toBe("cereal");
    expect(() => small.oddOneOut(["lunch", "dinner"])).toThrow(/at least three words/);
  });
});

describe("evaluate", () => {
  const places = wordVectors({
    words: ["Rome", "italy", "Oslo", "norway", "ROME", "bern", "swiss"],
    matrix: Float32Array.of(
      ...[1, 0, 1, 0], // one axis for each land, one for capitals, one for countries
      ...[1, 0, 0, 1],
      ...[0, 1, 1, 0],
      ...[0, 1, 0, 1],
      ...[0, 0, -1, -1],
      ...[0.3, 0.3, 1, 0],
      ...[-1, -1, 0, 0],
    ),
    dim: 4,
  });
  it("counts right answers section by section, folds case, and leaves out unknown words", () => {
    const text =
      ": capital\nrome ITALY oslo norway\nItaly rome norway Oslo\nrome italy paris france\n\n: gram1\nRome italy bern swiss\n";
    const { sections, total, semantic, syntactic } = evaluateAnalogies(places, text);
    expect(sections.map((s) => [s.name, s.correct, s.asked, s.outOfVocabulary])).toEqual([
      ["capital", 2, 2, 1],
      ["gram1", 0, 1, 0],
    ]);
    expect([total.correct, total.asked, semantic.correct, syntactic.asked]).toEqual([2, 3, 2, 1]);
    expect(total.accuracy).toBeCloseTo(2 / 3);
    expect(evaluateAnalogies(places, text, { foldCase: false }).total.asked).toBe(1);
    expect(evaluateAnalogies(places, text, { restrict: 4 }).sections[1]!.outOfVocabulary).toBe(1);
    expect(evaluateAnalogies(places, text, { unknownIsWrong: true }).total.asked).toBe(4);
  });
  it("names the line of a question of another shape", () => {
    expect(() => evaluateAnalogies(places, ": x\na b c\n", { where: "q.txt" })).toThrow(
      /^q\.txt:2: expected four words/,
    );
    expect(() => evaluateAnalogies(places, "a b c d\n")).toThrow(/:1: expected a section/);
  });
  it("ranks with ties at their mean, and correlates", () => {
    expect(ranks([10, 30, 20, 20])).toEqual([1, 4, 2.5, 2.5]);
    const line = wordVectors({
      words: ["a", "b", "c", "d"],
      matrix: Float32Array.of(1, 0, 1, 0.1, 1, 1, 0, 1),
      dim: 2,
    });
    const report = evaluateSimilarity(line, "# score\nA b 9\na\tc\t5\na d 1\na zebra 4\n");
    expect(report).toMatchObject({ pairs: 4, outOfVocabulary: 1, share: 0.25 });
    expect(report.spearman).toBeCloseTo(1, 12);
    expect(evaluateSimilarity(line, "a b 1\na c 5\na d 9\n").spearman).toBeCloseTo(-1, 12);
    const simlex = "word1\tword2\tPOS\tSimLex999\tconc\na\tb\tN\t9\t1\na\tc\tV\t5\t2\na\td\tA\t1\t3\n";
    expect(evaluateSimilarity(line, simlex)).toMatchObject({ pairs: 3, outOfVocabulary: 0 });
    expect(evaluateSimilarity(line, simlex).spearman).toBeCloseTo(1, 12);
    expect(evaluateSimilarity(line, "Word 1,Word 2,Human (mean)\na,b,9\na,c,5\na,d,1\n").pairs).toBe(3);
    expect(() => evaluateSimilarity(line, "a b 1\na c x\n")).toThrow(/pairs:2: expected two words and a score/);
    expect(() => evaluateSimilarity(line, "a b\n")).toThrow(/pairs:1: expected two words and a score/);
  });
});

describe("bias", () => {
  const g = biasDirection(vectors, [
    ["w1", "w2"],
    ["w4", "w6"],
  ]);
  const dot = (x: Float32Array, y: Float32Array) => x.reduce((s, v, i) => s + v * y[i]!, 0);
  it("neutralize leaves nothing along g and everything across it", () => {
    const e = row(50);
    const n = neutralize(e, g);
    expect(Math.abs(dot(n, g))).toBeLessThan(1e-5);
    const across = neutralize(vectors.vector("w60"), g);
    expect(dot(n, across)).toBeCloseTo(dot(e, across), 4);
  });
  it("equalize leaves a pair at equal distance from all that is neutral, at unit length", () => {
    const [u, v] = equalize(row(70), row(71), g);
    const neutral = neutralize(row(50), g);
    expect(dot(u, neutral)).toBeCloseTo(dot(v, neutral), 5);
    expect(dot(u, g)).toBeCloseTo(-dot(v, g), 5);
    expect(dot(u, u)).toBeCloseTo(1, 5);
    expect(cosine(unit(row(70)), u)).toBeGreaterThan(0);
  });
});
