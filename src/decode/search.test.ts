import { describe, expect, it } from "vitest";
import { foldIn, random, randomKey } from "../base/index.ts";
import { type BeamOptions, beamSearch } from "./beam.ts";
import { greedy } from "./sample.ts";
import { viterbi } from "./viterbi.ts";

const V = 6;
const eos = 0;
/** A model whose logits depend on the whole history: its state is that history, one a row. */
type Histories = readonly (readonly number[])[];
const rowLogits = (history: readonly number[]): Float32Array => {
  const r = random(foldIn(randomKey(9), ...history));
  return Float32Array.from({ length: V }, () => 1.5 * r.normal());
};
const model: Pick<BeamOptions<Histories>, "step" | "select" | "eos"> = {
  eos,
  step(tokens, state) {
    const histories = state.map((history, i) => [...history, tokens[i]!]);
    const logits = new Float32Array(tokens.length * V);
    for (const [i, history] of histories.entries()) logits.set(rowLogits(history), i * V);
    return Promise.resolve({ logits, state: histories });
  },
  select: (state, rows) => Array.from(rows, (row) => state[row]!),
};
const search = (first: number[], options: Partial<BeamOptions<Histories>> = {}) =>
  beamSearch({ ...model, state: first.map((token) => [100 + token]), start: first, maxLength: 8, ...options });
const logProbability = (history: number[], token: number): number => {
  const row = rowLogits(history);
  return row[token]! - Math.log(row.reduce((sum, x) => sum + Math.exp(x), 0));
};

describe("beam search", () => {
  it("beam 1 = greedy", async () => {
    for (let first = 1; first < 30; first++) {
      const tokens: number[] = [];
      let finished = false;
      while (tokens.length < 8 && !finished) {
        const token = greedy(rowLogits([100 + first, first, ...tokens]));
        if (token === eos) finished = true;
        else tokens.push(token);
      }
      const [found] = await search([first], { beamSize: 1 });
      expect(found![0]!.tokens).toEqual(tokens);
      expect(found![0]!.finished).toBe(finished);
    }
  });
  it("unlikely early ends do not end a search that is sure of a longer one", async () => {
    // Twelve times a token that is all but certain, then the end: of three other tokens one is `eos`.
    const length = 12;
    const sure: Pick<BeamOptions<number>, "step" | "select"> = {
      step(tokens, written) {
        const right = written < length ? 2 : eos;
        const row = Float32Array.from({ length: 4 }, (_, token) => (token === right ? 8 : token === eos ? 2 : 0));
        const logits = new Float32Array(tokens.length * 4);
        for (let i = 0; i < tokens.length; i++) logits.set(row, i * 4);
        return { logits, state: written + 1 };
      },
      select: (written) => written,
    };
    for (const beamSize of [1, 2, 5]) {
      const [found] = await beamSearch({ ...sure, state: 0, start: [1], eos, maxLength: 60, beamSize });
      expect(found![0]).toMatchObject({ tokens: new Array(length).fill(2), finished: true });
    }
  });
  it("a batch = its sentences one by one, whatever their lengths", async () => {
    const firsts = [1, 2, 3, 4, 5, 6, 7, 8];
    const limits = [1, 8, 3, 8, 2, 8, 8, 5];
    const options = { beamSize: 3, nBest: 3 };
    const together = await search(firsts, { ...options, maxLength: limits });
    for (const [i, first] of firsts.entries())
      expect(together[i]).toEqual((await search([first], { ...options, maxLength: limits[i]! }))[0]);
  });
  it("a beam wider than the tree = the best of all sequences, for every length rule", async () => {
    const rules = [
      [0, 0],
      [0.6, 0],
      [1.5, 0],
      [0, 0.3],
      [0, 2],
      [0.5, 1],
      [2, 1],
      [3, 0.5],
    ] as const;
    for (const [lengthPenalty, lengthReward] of rules) {
      const all: { tokens: number[]; score: number }[] = [];
      const walk = (tokens: number[], sum: number) => {
        const history = [103, 3, ...tokens];
        const divisor = ((5 + tokens.length + 1) / 6) ** lengthPenalty;
        const reward = lengthReward * (tokens.length + 1);
        all.push({ tokens, score: (sum + logProbability(history, eos) + reward) / divisor });
        if (tokens.length < 3) for (let t = 1; t < V; t++) walk([...tokens, t], sum + logProbability(history, t));
      };
      walk([], 0);
      all.sort((a, b) => b.score - a.score);
      const [found] = await search([3], { beamSize: V ** 4, nBest: 5, maxLength: 4, lengthPenalty, lengthReward });
      expect(found!.map(({ tokens }) => tokens)).toEqual(all.slice(0, 5).map(({ tokens }) => tokens));
      for (const [i, { score }] of found!.entries()) expect(score).toBeCloseTo(all[i]!.score, 5);
    }
  });
  it("keeps a hypothesis that ended, though better-looking ones go on and are cut", async () => {
    // The start token 9 may end at once; tokens 1 and 2 go on for ever.
    const [found] = await beamSearch<null>({
      eos,
      start: [9],
      state: null,
      step: (tokens) => ({
        logits: Float32Array.from(
          [...tokens].flatMap((token) => (token === 9 ? [0.4, 0.35, 0.25] : [1e-9, 0.6, 0.4])),
          Math.log,
        ),
        state: null,
      }),
      select: () => null,
      beamSize: 2,
      nBest: 2,
      maxLength: 5,
    });
    expect(found!.map(({ tokens, finished }) => [tokens, finished])).toEqual([
      [[], true],
      [[1, 1, 1, 1, 1], false],
    ]);
    expect(found![0]!.logProbability).toBeCloseTo(Math.log(0.4), 6);
  });
  it("says what is absurd, and stops when asked", async () => {
    await expect(search([1], { beamSize: 0 })).rejects.toThrow(
      "beamSearch(beamSize): expected a whole number at least 1, got 0",
    );
    await expect(search([1], { nBest: 9, beamSize: 3 })).rejects.toThrow("beamSearch(nBest)");
    await expect(search([1], { eos: 77 })).rejects.toThrow("eos (77) a token");
    await expect(search([1], { signal: AbortSignal.abort() })).rejects.toThrow("abort");
  });
});

describe("viterbi", () => {
  it("= brute force over all paths", () => {
    for (let seed = 0; seed < 30; seed++) {
      const r = random(seed);
      const K = 1 + r.below(4);
      const T = 1 + r.below(5);
      const draw = (n: number) => Float64Array.from({ length: n }, () => (r.uniform() < 0.1 ? -Infinity : r.normal()));
      const [emissions, transitions, start, end] = [
        draw(T * K).map((x) => Math.max(x, -9)),
        draw(K * K),
        draw(K),
        draw(K),
      ];
      let best = { score: -Infinity, tags: [] as number[] };
      for (let code = 0; code < K ** T; code++) {
        const tags = Array.from({ length: T }, (_, t) => Math.floor(code / K ** (T - 1 - t)) % K);
        let score = start[tags[0]!]! + end[tags[T - 1]!]!;
        for (const [t, k] of tags.entries())
          score += emissions[t * K + k]! + (t > 0 ? transitions[tags[t - 1]! * K + k]! : 0);
        if (score > best.score) best = { score, tags };
      }
      const found = viterbi({ emissions, transitions, start, end });
      if (best.score === -Infinity) expect(found.score).toBe(-Infinity);
      else {
        expect(found.tags).toEqual(best.tags);
        expect(found.score).toBeCloseTo(best.score, 10);
      }
    }
  });
  it("checks shapes, and takes an empty sentence", () => {
    expect(viterbi({ emissions: [], transitions: [0, 0, 0, 0] })).toEqual({ tags: [], score: 0 });
    expect(() => viterbi({ emissions: [1, 2, 3], transitions: [0, 0, 0, 0] })).toThrow(
      "viterbi: expected transitions [K, K] and emissions [T, K], got 4 and 3 numbers",
    );
  });
});
