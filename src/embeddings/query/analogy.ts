// "a is to b as c is to ...": 3CosAdd (Mikolov et al., 2013) and 3CosMul (Levy and Goldberg, 2014); the odd one out.

import { checkNumber, fail } from "../../base/errors.ts";
import type { AnalogyQuery, Neighbor, OddOneOut, WordVectors } from "../word-vectors.ts";
import { best, lengthOf } from "./search.ts";

/** The vector over its own length, in float32. */
export function unit(vector: Float32Array): Float32Array {
  const length = lengthOf(vector);
  return length > 0 ? vector.map((x) => x / length) : vector.slice();
}

export function analogyOver(vectors: WordVectors, query: AnalogyQuery): Neighbor[] {
  const { a, b, c, method = "3CosAdd", count = 10, restrict = vectors.size } = query;
  checkNumber("analogy: count", count, { min: 1, integer: true });
  const over = Math.min(vectors.size, checkNumber("analogy: restrict", restrict, { min: 1, integer: true }));
  const [ua, ub, uc] = [a, b, c].map((word) => unit(vectors.vector(word))) as [
    Float32Array,
    Float32Array,
    Float32Array,
  ];
  if (method === "3CosAdd") {
    // argmax cos(x, b - a + c), over unit vectors
    const target = ub.map((x, i) => x - ua[i]! + uc[i]!);
    return vectors.nearest(target, { count, exclude: [a, b, c], restrict: over });
  }
  if (method !== "3CosMul") {
    fail({ where: "analogy: method", expected: '"3CosAdd" or "3CosMul"', received: JSON.stringify(method) });
  }
  // argmax cos(x, b) cos(x, c) / (cos(x, a) + e), every cosine moved to [0, 1]
  const search = vectors.search();
  const skip = new Set([a, b, c].map((word) => vectors.indexOf(word)));
  const shifted = (x: number) => Math.max(0, (1 + x) / 2);
  const value = (x: number, y: number, z: number) => (shifted(y) * shifted(z)) / (shifted(x) + 1e-6);
  const bound = (v: Float32Array) => {
    const { center, width } = search.bounds(v, over);
    return { center: center.slice(0, over), width: width.slice(0, over) };
  };
  const [A, B, C] = [bound(ua), bound(ub), bound(uc)];
  // No answer below the best certain values can be among the first `count`.
  const lows = new Float64Array(over);
  for (let r = 0; r < over; r++) {
    lows[r] = skip.has(r) || search.lengths[r] === 0 ? -1 : lowest(r);
  }
  function lowest(r: number): number {
    return value(A.center[r]! + A.width[r]!, B.center[r]! - B.width[r]!, C.center[r]! - C.width[r]!);
  }
  const floor = lows.slice().sort()[Math.max(0, over - count)]!;
  const hits = [];
  for (let r = 0; r < over; r++) {
    if (lows[r] === -1) continue;
    const high = value(A.center[r]! - A.width[r]!, B.center[r]! + B.width[r]!, C.center[r]! + C.width[r]!);
    if (high < floor) continue;
    const score = value(search.cosine(r, ua, 1), search.cosine(r, ub, 1), search.cosine(r, uc, 1));
    hits.push({ row: r, score });
  }
  return best(hits, count).map(({ row, score }) => ({ word: vectors.words[row]!, score }));
}

export function oddOneOutOver(vectors: WordVectors, words: readonly string[]): OddOneOut {
  if (words.length < 3) {
    fail({ where: "oddOneOut", expected: "at least three words", received: String(words.length) });
  }
  const units = words.map((word) => unit(vectors.vector(word)));
  const mean = new Float32Array(vectors.dim);
  for (const u of units) for (let i = 0; i < mean.length; i++) mean[i]! += u[i]! / units.length;
  const m = unit(mean);
  const scores = words
    .map((word, w) => ({ word, score: units[w]!.reduce((sum, x, i) => sum + x * m[i]!, 0) }))
    .sort((x, y) => x.score - y.score);
  return { word: scores[0]!.word, scores };
}
