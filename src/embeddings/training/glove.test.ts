// Co-occurrence, GloVe and phrases against plain counting.
import { describe, expect, it } from "vitest";
import { random } from "../../base/random.ts";
import { spawnThread } from "../../node/embedding-worker.ts";
import { countCooccurrences } from "./cooccurrence.ts";
import { readCorpus } from "./corpus.ts";
import { gloveTrainer } from "./glove.ts";
import { pairTable } from "./pair-table.ts";
import { joinPhrases, rowsOf } from "./phrases.ts";
import { memorySpool } from "./spool.ts";

const draw = random(4);
const lines = Array.from({ length: 150 }, () => {
  const topic = draw.below(2);
  return Array.from({ length: 1 + draw.below(9) }, () => `w${topic * 6 + draw.below(6)}`).join(" ");
});
const bytes = (text: string) => new TextEncoder().encode(text);
const corpus = () => readCorpus([bytes(lines.join("\n"))], { minCount: 1 });

it("the pair table sums, grows, sorts and prunes", () => {
  const table = pairTable(1000, 5000);
  const plain = new Map<number, number>();
  for (let i = 0; i < 9000; i++) {
    const [a, b] = [draw.below(100), draw.below(50)];
    table.add(a, b, 0.5);
    plain.set(a * 1000 + b, (plain.get(a * 1000 + b) ?? 0) + 0.5);
  }
  const { keys, sums } = table.sorted();
  expect([...keys].map((key, i) => [key, sums[i]])).toEqual([...plain].sort(([a], [b]) => a - b));
  table.prune(1);
  expect(table.size).toBe([...plain.values()].filter((sum) => sum > 1).length);
  expect(table.get(99, 999)).toBe(0);
});

describe("GloVe", () => {
  it("counts by 1 / distance, symmetrically, the same when it must spill", async () => {
    const text = await corpus();
    const plain = new Map<string, number>();
    for (const line of lines) {
      const rows = line.split(" ").map((word) => text.words.indexOf(word));
      rows.forEach((a, i) => {
        rows.forEach((b, j) => {
          const distance = Math.abs(i - j);
          if (distance > 0 && distance <= 4) plain.set(`${a} ${b}`, (plain.get(`${a} ${b}`) ?? 0) + 1 / distance);
        });
      });
    }
    for (const maxPairs of [10_000, 20]) {
      const counted = await countCooccurrences(text, {
        window: 4,
        maxPairs,
        makeSpool: memorySpool,
        random: random(1),
      });
      expect(counted.parts.length > 1).toBe(maxPairs === 20);
      const found = new Map<string, number>();
      for (const part of counted.parts) {
        const records = new Int32Array(part.length);
        part.read(0, records);
        const floats = new Float32Array(records.buffer);
        for (let r = 0; r < records.length; r += 3) found.set(`${records[r]} ${records[r + 1]}`, floats[r + 2]!);
      }
      expect(counted.pairs).toBe(plain.size);
      expect(found.size).toBe(plain.size);
      for (const [pair, sum] of plain) expect(found.get(pair)).toBeCloseTo(sum, 4);
    }
  });
  const run = async (options: Partial<Parameters<typeof gloveTrainer>[0]> = {}) => {
    const trainer = gloveTrainer({ corpus: await corpus(), dim: 10, window: 4, epochs: 30, ...options });
    const losses: number[] = [];
    for await (const { loss, stage } of trainer.run({ every: 0.001 })) if (stage === "training") losses.push(loss);
    return { vectors: trainer.vectors(), losses };
  };
  it("words of a topic come together, and products come near the logarithms", async () => {
    const { vectors, losses } = await run();
    const near = vectors
      .nearest("w0", { count: 5 })
      .map(({ word }) => word)
      .sort();
    expect(near).toEqual(["w1", "w2", "w3", "w4", "w5"]);
    expect(losses.at(-1)).toBeLessThan(0.05);
  });
  it("stopped anywhere and resumed is as run through, bit for bit", async () => {
    for (const maxPairs of [10_000, 50]) {
      const options = { corpus: await corpus(), dim: 6, window: 4, epochs: 9, maxPairs };
      const whole = gloveTrainer(options);
      for await (const _ of whole.run());
      const first = gloveTrainer(options);
      for await (const { settled, tokens, totalTokens } of first.run({ settleEvery: 0, every: 0 })) {
        if (settled && tokens > totalTokens / 3) break;
      }
      const { matrices, ...rest } = first.stateView();
      const resume = { ...rest, matrices: matrices.slice() };
      expect(resume.done).toBeGreaterThan(0);
      const second = gloveTrainer({ ...options, resume });
      expect(second.vectors().matrix).not.toEqual(whole.vectors().matrix);
      let last = { tokens: 0, totalTokens: 1 };
      for await (last of second.run());
      expect(last.tokens).toBe(last.totalTokens);
      expect(second.vectors().matrix).toEqual(whole.vectors().matrix);
      expect(() => gloveTrainer({ ...options, xMax: 3, resume })).toThrow(/resume: expected xMax as before, 10, got 3/);
    }
  });
  it("is the same with threads and with parts dealt alike, and learns without an order too", async () => {
    const { matrix } = (await run()).vectors;
    expect((await run({ threads: 2, deterministic: true, spawn: spawnThread })).vectors.matrix).toEqual(matrix);
    const loose = await run({ threads: 2, spawn: spawnThread, maxPairs: 20 });
    expect(loose.vectors.similarity("w0", "w1")).toBeGreaterThan(loose.vectors.similarity("w0", "w7"));
  });
});

it("phrases join what stands together more often than chance, from left to right", async () => {
  const filler = Array.from({ length: 400 }, () => `x${draw.below(40)}`);
  const text = filler.map((word, i) => (i % 10 === 0 ? `${word} new york` : word)).join(" ");
  const plain = await readCorpus([bytes(`${text} york new york city\nnew\nyork new`)], { minCount: 1 });
  const joined = joinPhrases(plain, { threshold: 5, minCount: 2 });
  const row = joined.words.indexOf("new_york");
  expect(joined.counts[row]).toBe(41);
  expect(joined.words).toContain("york"); // twice on its own
  expect(joined.words).not.toContain("city"); // less often than minCount
  const rows = [...rowsOf(joined)].flatMap((part) => [...part]);
  expect(rows.filter((r) => r === row)).toHaveLength(41);
  expect(rows.filter((r) => r === -1)).toHaveLength(3); // lines stay lines
  expect(joined.known).toBe(rows.filter((r) => r >= 0).length);
  expect([...joined.counts]).toEqual([...joined.counts].sort((a, b) => b - a));
});
