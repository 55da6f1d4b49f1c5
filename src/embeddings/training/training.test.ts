// Training word vectors: laws of the corpus reader, the tables and the kernel, and that it learns what is there.
import { describe, expect, it } from "vitest";
import { loopback } from "../../../test/mpi/loopback.ts";
import { random } from "../../base/random.ts";
import { spawnThread } from "../../node/embedding-worker.ts";
import { type Corpus, readCorpus } from "./corpus.ts";
import { huffmanPaths } from "./huffman.ts";
import { type SubModelOptions, subModelTrainer } from "./sub-models.ts";
import { aliasTable, keepThresholds } from "./tables.ts";
import { embeddingTrainer, type Trainer, type TrainerOptions, type TrainingState } from "./trainer.ts";
import type { SpawnWorker } from "./workers.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

/** Sentences of one of two topics; words of a topic stand only beside words of it. */
function twoTopics(lines: number): string {
  const draw = random(3);
  const topics = ["apple pear plum grape melon cherry", "red blue green white black brown"].map((t) => t.split(" "));
  return Array.from({ length: lines }, () => {
    const topic = topics[draw.below(2)]!;
    return Array.from({ length: 8 }, () => topic[draw.below(6)]!).join(" ");
  }).join("\n");
}

async function learn(trainer: Trainer) {
  let last: { loss: number; tokens: number; done: boolean } | undefined;
  for await (const progress of trainer.run()) last = progress;
  return last!;
}

describe("corpus", () => {
  const text = "b a\tb  c\r\na b\u00a0x \n\nb 한국 c\n c a";
  it("counts words and lines, most frequent first, whatever the chunks", async () => {
    for (const size of [1, 2, 5, 1000]) {
      const all = bytes(text);
      const chunks = Array.from({ length: Math.ceil(all.length / size) }, (_, i) =>
        all.slice(i * size, (i + 1) * size),
      );
      const corpus = await readCorpus(chunks, { minCount: 2 });
      expect(corpus.words).toEqual(["b", "a", "c"]);
      expect([...corpus.counts]).toEqual([3, 3, 3]);
      expect(corpus).toMatchObject({ tokens: 11, known: 9, lines: 5, distinct: 5, invalidUtf8: 0 });
      const ids = new Int32Array(100);
      const n = corpus.spool.read(0, ids);
      const rows = [...ids.subarray(0, n)].map((id) => (id < 0 ? "/" : (corpus.words[corpus.rowOf[id]!] ?? "?")));
      expect(rows.join("")).toBe("babc/a?//b?c/ca/");
    }
  });
  it("forgets the rarest where there are too many distinct words, and keeps counting the rest", async () => {
    const lines = Array.from({ length: 3000 }, (_, i) => `the rare${i} of rare${i}x the\n`);
    const small = await readCorpus([bytes(lines.join(""))], { minCount: 5, maxDistinct: 1000 });
    expect(small.words).toEqual(["the", "of"]);
    expect([...small.counts]).toEqual([6000, 3000]);
    const ids = new Int32Array(30000);
    const n = small.spool.read(0, ids);
    const rows = [...ids.subarray(0, n)].map((id) => (id < 0 ? -2 : small.rowOf[id]!));
    expect(rows.filter((r) => r === 0)).toHaveLength(6000);
    expect(rows.slice(-6)).toEqual([0, -1, 1, -1, 0, -2]);
  });
  it("takes a word longer than its buffer, and counts broken bytes", async () => {
    const long = await readCorpus([bytes(`${"x".repeat(600_000)} a b a b`)], { minCount: 1 });
    expect(long.words.map((word) => word.length)).toEqual([262144, 1, 1, 75712]);
    const broken = await readCorpus([new Uint8Array([0xff, 32, 0x61, 32, 0x61, 32, 0xfe])], { minCount: 1 });
    expect(broken.words).toEqual(["\ufffd", "a"]);
    expect([...broken.counts]).toEqual([2, 2]);
    expect(broken.invalidUtf8).toBe(2);
    const rare = await readCorpus([bytes("\ufffd b b b b b c c c c c "), new Uint8Array([0xc3, 0x28])]);
    expect(rare).toMatchObject({ words: ["b", "c"], invalidUtf8: 1 }); // a rare one counts; U+FFFD itself is UTF-8
  });
  it("says what is wrong with an empty corpus and with one word", async () => {
    await expect(readCorpus([bytes(" \n\n")], { where: "a.txt" })).rejects.toThrow(
      /^a\.txt: expected a corpus with words/,
    );
    await expect(readCorpus([bytes("a a a a a a b")])).rejects.toThrow(
      /at least two words that occur 5 times or more, got 1 of 2 distinct words\n {2}hint: lower minCount \(now 5\)/,
    );
  });
});

describe("tables", () => {
  const counts = Float64Array.of(1000, 400, 50, 7, 7, 1);
  it("the alias table has the distribution counts^0.75", () => {
    const table = aliasTable(counts, 0.75);
    const share = new Float64Array(6);
    for (let i = 0; i < 6; i++) {
      const p = table[i * 2]! / 2 ** 32;
      share[i]! += p / 6;
      share[table[i * 2 + 1]!]! += (1 - p) / 6;
    }
    const total = counts.reduce((s, c) => s + c ** 0.75, 0);
    for (let i = 0; i < 6; i++) expect(share[i]).toBeCloseTo(counts[i]! ** 0.75 / total, 8);
  });
  it("subsampling keeps sqrt(t/f) + t/f", () => {
    const keep = keepThresholds(counts, 0.01);
    const f = 1000 / 1465;
    expect(keep[0]! / 2 ** 32).toBeCloseTo(Math.sqrt(0.01 / f) + 0.01 / f, 8);
    expect(keep[5]).toBe(0xffffffff);
    expect([...keepThresholds(counts, 0)]).toEqual(new Array(6).fill(0xffffffff));
  });
  it("Huffman's paths are the shortest code: lengths of optimal sum, no path a prefix of another", () => {
    const { starts, nodes } = huffmanPaths(counts);
    const path = (w: number) => [...nodes.subarray(starts[w], starts[w + 1])];
    const lengths = Array.from({ length: 6 }, (_, w) => path(w).length);
    expect(lengths).toEqual([1, 2, 3, 4, 5, 5]);
    const codes = Array.from({ length: 6 }, (_, w) =>
      path(w)
        .map((n) => n & 1)
        .join(""),
    );
    for (const a of codes) for (const b of codes) if (a !== b) expect(b.startsWith(a)).toBe(false);
    for (let w = 0; w < 6; w++) expect(path(w)[0]! >> 1).toBe(4); // all start at the root, the last of 5 inner nodes
  });
});

describe("trainer", () => {
  const corpus = async (lines = 400): Promise<Corpus> => readCorpus([bytes(twoTopics(lines))], { minCount: 1 });
  const small = { dim: 10, window: 3, epochs: 4, sample: 0, learningRate: 0.05, seed: 1 } as const;
  const variants: Record<string, Partial<TrainerOptions>> = {
    "skip-gram, negative sampling": {},
    "skip-gram, hierarchical softmax": { loss: "hierarchical-softmax" },
    "cbow, negative sampling": { model: "cbow" },
    "cbow, hierarchical softmax": { model: "cbow", loss: "hierarchical-softmax" },
    "skip-gram with subwords": { subwords: { bucket: 1000 } },
    "cbow with subwords, softmax": { model: "cbow", loss: "hierarchical-softmax", subwords: { bucket: 1000 } },
    "odd sizes": { dim: 7, negatives: 4, window: 2 },
  };
  for (const [name, options] of Object.entries(variants)) {
    it(`${name}: words of a topic come together, and the loss falls`, async () => {
      const trainer = embeddingTrainer({ corpus: await corpus(), ...small, epochs: 10, ...options });
      const first = trainer.vectors().matrix.slice();
      const { loss, done, tokens } = await learn(trainer);
      expect(done).toBe(true);
      expect(tokens).toBe(400 * 8 * 10);
      const vectors = trainer.vectors();
      expect(vectors.matrix).not.toEqual(first);
      const fruit = ["apple", "pear", "plum", "grape", "melon", "cherry"];
      for (const word of fruit) {
        const near = vectors.nearest(word, { count: 5 }).map((n) => n.word);
        expect(near.filter((n) => fruit.includes(n)).length).toBeGreaterThanOrEqual(5);
      }
      expect(loss).toBeLessThan(0.66);
    });
  }
  it("the same seed gives the same bytes, with threads and without; another seed gives others", async () => {
    const run = async (options: Partial<TrainerOptions>) => {
      const trainer = embeddingTrainer({ corpus: await corpus(), ...small, ...options });
      await learn(trainer);
      return trainer.vectors().matrix;
    };
    const one = await run({});
    expect(await run({ threads: 3, deterministic: true, spawn: spawnThread })).toEqual(one);
    expect(await run({ seed: 2 })).not.toEqual(one);
  });
  it("threads that share the matrices learn the same task", async () => {
    const trainer = embeddingTrainer({ corpus: await corpus(), ...small, epochs: 10, threads: 2, spawn: spawnThread });
    const { tokens } = await learn(trainer);
    expect(tokens).toBe(400 * 8 * 10);
    expect(trainer.vectors().similarity("apple", "pear")).toBeGreaterThan(trainer.vectors().similarity("apple", "red"));
  });
  it("stopped anywhere and resumed is as run through, bit for bit", async () => {
    const whole = embeddingTrainer({ corpus: await corpus(), ...small });
    await learn(whole);
    const first = embeddingTrainer({ corpus: await corpus(), ...small });
    const stop = new AbortController();
    for await (const progress of first.run({ signal: stop.signal, every: 0 })) if (progress.tokens > 3000) stop.abort();
    const state = first.state();
    expect(state.words).toBeGreaterThan(3000);
    expect(state.words).toBeLessThan(400 * 8 * 4);
    const second = embeddingTrainer({ corpus: await corpus(), ...small, resume: state });
    await learn(second);
    expect(second.vectors().matrix).toEqual(whole.vectors().matrix);
    const other = await corpus();
    expect(() => embeddingTrainer({ corpus: other, ...small, dim: 11, resume: state })).toThrow(/resume: expected dim/);
    const longer = await corpus(3000);
    const swapped = await readCorpus([bytes(twoTopics(400).split("\n").reverse().join("\n"))], { minCount: 1 });
    expect(swapped.counts).toEqual(other.counts); // the same words in another order
    expect(() => embeddingTrainer({ corpus: swapped, ...small, resume: state })).toThrow(
      /the corpus differs from the start/,
    );
    expect(() => embeddingTrainer({ corpus: longer, ...small, resume: state })).toThrow(
      /the corpus differs from the start/,
    );
  });
  it("a state taken at any pause goes on to the same bytes, with threads too", async () => {
    const options = { ...small, epochs: 8, deterministic: true, threads: 2, spawn: spawnThread };
    const whole = embeddingTrainer({ corpus: await corpus(2000), ...options });
    const states: TrainingState[] = [];
    for await (const { settled, done } of whole.run({ settleEvery: 0.002 })) {
      if (settled && !done) states.push(whole.state());
    }
    expect(states.length).toBeGreaterThan(2);
    for (const resume of [states[0]!, states.at(-1)!]) {
      const second = embeddingTrainer({ corpus: await corpus(2000), ...options, resume });
      await learn(second);
      expect(second.vectors().matrix).toEqual(whole.vectors().matrix);
    }
  });
  it("one step of the kernel is the equation", async () => {
    // two words, one sentence "a b": window 1, hierarchical softmax: one inner node, no random choice is left
    const pair = await readCorpus([bytes("a b\n")], { minCount: 1 });
    const options = { ...small, corpus: pair, dim: 5, window: 1, epochs: 1, loss: "hierarchical-softmax" } as const;
    const trainer = embeddingTrainer(options);
    const x = trainer.state().inputs.slice();
    const out = new Float64Array(8);
    const rate = 0.05;
    await learn(trainer);
    const sigma = (z: number) => 1 / (1 + Math.exp(-z));
    const { starts, nodes } = huffmanPaths(pair.counts);
    for (const [word, context] of [
      [0, 1],
      [1, 0],
    ] as const) {
      const label = nodes[starts[word]!]! & 1;
      const row = [0, 1, 2, 3, 4].map((i) => x[context * 8 + i]!);
      const g = rate * (label - sigma(row.reduce((s, v, i) => s + v * out[i]!, 0)));
      for (let i = 0; i < 5; i++) {
        x[context * 8 + i]! += g * out[i]!;
        out[i]! += g * row[i]!;
      }
    }
    const state = trainer.state();
    for (let i = 0; i < 16; i++) expect(state.inputs[i]).toBeCloseTo(x[i]!, 6);
    for (let i = 0; i < 5; i++) expect(state.outputs[i]).toBeCloseTo(out[i]!, 6);
    expect(state.outputs[0]).not.toBe(0);
  });
  it("refuses options out of range by name", async () => {
    const c = await corpus(10);
    expect(() => embeddingTrainer({ corpus: c, dim: 0 })).toThrow(/^train: dim: expected a whole number at least 1/);
    expect(() => embeddingTrainer({ corpus: c, negatives: 99 })).toThrow(/^train: negatives/);
    expect(() => embeddingTrainer({ corpus: c, subwords: { minn: 7 } })).toThrow(
      /minn: expected at most maxn \(6\), got 7/,
    );
    expect(() => embeddingTrainer({ corpus: c, dim: 4096, subwords: { bucket: 1000 } })).not.toThrow();
  });
});

describe("sub-models", () => {
  const text = bytes(twoTopics(400));
  const run = async (options: Partial<SubModelOptions> = {}, stopAfter = Infinity) => {
    const corpus = await readCorpus([text], { minCount: 1 });
    const common = { dim: 10, window: 3, epochs: 10, sample: 0, learningRate: 0.05, seed: 1, subModels: 4 };
    const trainer = subModelTrainer({ corpus, ...common, syncEvery: 200, ...options });
    const stop = new AbortController();
    let words = 0;
    for await (const at of trainer.run({ every: 0, signal: stop.signal })) {
      words = at.tokens;
      if (words > stopAfter) stop.abort();
    }
    return { words, trainer };
  };
  const state = async (...args: Parameters<typeof run>) => (await run(...args)).trainer.state();
  const onRanks = (size: number, options: Partial<SubModelOptions> = {}) =>
    Promise.all(loopback(size).map((ranks) => state({ ...options, ranks })));

  it("learn the task, all of the text in each epoch", async () => {
    const { words, trainer } = await run();
    expect(words).toBe(400 * 8 * 10);
    expect(trainer.vectors().similarity("apple", "pear")).toBeGreaterThan(trainer.vectors().similarity("apple", "red"));
  });
  it.each<[string, Partial<SubModelOptions>]>([
    ["words", {}],
    ["subwords", { subwords: { bucket: 1000 } }],
  ])("give the same bytes on 1, 2 and 4 ranks, and on threads: %s", async (_, options) => {
    const alone = await state(options);
    expect(await state({ ...options, spawn: spawnThread })).toEqual(alone);
    for (const size of [2, 4]) for (const found of await onRanks(size, options)) expect(found).toEqual(alone);
    expect((await state({ ...options, subModels: 2 })).inputs).not.toEqual(alone.inputs);
  });
  it("stopped and resumed on other ranks are as run through, bit for bit", async () => {
    const whole = await state();
    const resume = await state({}, 8000);
    expect(resume.words).toBeGreaterThan(8000);
    expect(resume.words).toBeLessThan(whole.words);
    for (const found of await onRanks(2, { resume })) expect(found).toEqual(whole);
    await expect(state({ resume, subModels: 2 })).rejects.toThrow(/resume: expected subModels as before, 4, got 2/);
  });
  it("end with the error of a thread that fails, and leave no promise that rejects unheard", async () => {
    const failing: SpawnWorker = () => {
      let failed = (_: unknown) => {};
      let messages = 0; // the module, then blocks
      return {
        post: () => void (++messages === 3 && setTimeout(() => failed(new Error("thread lost")))),
        onMessage() {},
        onError: (handler) => (failed = handler),
        close() {},
      };
    };
    const unheard: unknown[] = [];
    const hear = (error: unknown) => unheard.push(error);
    process.on("unhandledRejection", hear);
    await expect(run({ spawn: failing, syncEvery: 2000 })).rejects.toThrow("thread lost");
    await new Promise((done) => setTimeout(done, 10));
    process.off("unhandledRejection", hear);
    expect(unheard).toEqual([]);
  });
  it("are a power of two that the ranks divide", async () => {
    await expect(state({ subModels: 3 })).rejects.toThrow("subModels: expected a power of two, got 3");
    await expect(onRanks(4, { subModels: 2 })).rejects.toThrow(
      "expected a power of two, at least 4, the number of ranks, got 2",
    );
  });
});
