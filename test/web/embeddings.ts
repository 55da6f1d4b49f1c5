// Word vectors in a real browser: learned in a module worker with the built kernels, loaded from every format, asked.
import { gzipSync } from "node:zlib";
import { beforeAll, describe, expect, it } from "vitest";
import { random } from "../../src/base/random.ts";
import {
  embeddingTrainer,
  readCorpus,
  type WordVectors,
  writeTextVectors,
  writeWord2vecBinary,
} from "../../src/embeddings/index.ts";
import { vectorsToSafetensors } from "../../src/interop/index.ts";
import { build } from "../built.ts";
import { type Browser, chromium, sharedChromium, withoutChromium } from "./chromium.ts";

const draw = random(3);
const topics = ["apple pear plum grape melon cherry", "red blue green white black brown"].map((t) => t.split(" "));
const text = Array.from({ length: 500 }, () => {
  const topic = topics[draw.below(2)]!;
  return Array.from({ length: 8 }, () => topic[draw.below(6)]!).join(" ");
}).join("\n");
const settings = { dim: 10, window: 3, epochs: 4, sample: 0, seed: 7, minCount: 1 };

describe.skipIf(!chromium)(`word vectors in Chromium${withoutChromium}`, () => {
  let browser: Browser;
  let here: WordVectors;
  beforeAll(async () => {
    build();
    browser = await sharedChromium();
    const corpus = await readCorpus([new TextEncoder().encode(text)], { minCount: 1 });
    const trainer = embeddingTrainer({ corpus, ...settings });
    for await (const _ of trainer.run());
    here = trainer.vectors();
  });

  const learn = (options: object, after = "") => `
    const { learnVectors } = await import("unrolled/web/index.js");
    const seen = [];
    let vectors;
    for await (const { vectors: learned, ...report } of learnVectors(new Blob([${JSON.stringify(text)}]), ${JSON.stringify({ ...settings, ...options })})) {
      seen.push(report);
      vectors = learned;
    }
    const near = vectors.nearest("apple", { count: 5 });
    ${after}
    return { isolated: crossOriginIsolated, last: seen.at(-1), words: vectors.words, matrix: [...vectors.matrix], near };`;
  interface Learned {
    isolated: boolean;
    last: { stage: string; tokens: number; done: boolean; vocabulary: number };
    words: string[];
    matrix: number[];
    near: { word: string; score: number }[];
  }

  it("are learned to the same bits as in Node, on an ordinary page", async () => {
    const there = await browser.run<Learned>(learn({}));
    expect(there.isolated).toBe(false);
    expect(there.last).toMatchObject({ stage: "training", tokens: 500 * 8 * 4, done: true, vocabulary: 12 });
    expect(there.words).toEqual(here.words);
    expect(there.matrix).toEqual([...here.matrix]);
    expect(there.near).toEqual(here.nearest("apple", { count: 5 }));
    expect(there.near.map(({ word }) => word).sort()).toEqual(["cherry", "grape", "melon", "pear", "plum"]);
  });
  it("are learned by threads that share memory, on a page that is isolated", async () => {
    const exact = await browser.run<Learned>(learn({ threads: 2, deterministic: true }), { isolated: true });
    expect(exact.isolated).toBe(true);
    expect(exact.matrix).toEqual([...here.matrix]);
    const loose = await browser.run<Learned>(learn({ threads: 2, epochs: 12 }), { isolated: true });
    expect(loose.last).toMatchObject({ done: true, tokens: 500 * 8 * 12 });
    expect(loose.near.map(({ word }) => word).sort()).toEqual(["cherry", "grape", "melon", "pear", "plum"]);
  });
  it("have subwords there too, stop when told, and say what is wrong", async () => {
    const subwords = learn(
      { subwords: { bucket: 500 } },
      `near.length = 0; near.push({ word: "apples", score: vectors.similarity("apples", "apple") });`,
    );
    expect((await browser.run<Learned>(subwords)).near[0]!.score).toBeGreaterThan(0.5);
    const said = await browser.run<{ stopped: object; wrong: string }>(`
      const { learnVectors } = await import("unrolled/web/index.js");
      const blob = new Blob([${JSON.stringify(text)}]);
      const stop = new AbortController();
      let stopped;
      for await (const { vectors, ...report } of learnVectors(blob, { dim: 100, minCount: 1, sample: 0, epochs: 5000, signal: stop.signal })) {
        if (report.stage === "training") stop.abort();
        stopped = { done: report.done, size: vectors?.size };
      }
      const all = async (reports) => { for await (const report of reports); };
      const wrong = await all(learnVectors(new Blob(["a a"]))).catch((error) => error.message);
      return { stopped, wrong };`);
    expect(said.stopped).toEqual({ done: false, size: 12 });
    expect(said.wrong).toMatch(/^corpus: expected at least two words that occur 5 times or more, got 0 of 1/);
  });
  it("are loaded from blobs and streams of every format, packed or not, and asked", async () => {
    const bytes = (chunks: Iterable<Uint8Array>) => Buffer.concat([...chunks]);
    const files = {
      text: bytes(writeTextVectors(here)),
      glove: bytes(writeTextVectors(here, { header: false })),
      "word2vec-binary": bytes(writeWord2vecBinary(here)),
      safetensors: Buffer.from(vectorsToSafetensors(here)),
    };
    const packed = Object.entries(files).flatMap(([format, plain]) => [
      [format, plain.toString("base64")],
      [format, gzipSync(plain).toString("base64")],
    ]);
    const read = await browser.run<{ format: string; wanted: string; answer: unknown; matrix: number[] }[]>(`
      const { loadVectors } = await import("unrolled/web/index.js");
      const read = [];
      for (const [wanted, base64] of ${JSON.stringify(packed)}) {
        const response = await fetch("data:application/octet-stream;base64," + base64);
        const blob = await response.blob();
        for (const source of [blob, blob.stream(), new Response(blob)]) {
          const { vectors, format } = await loadVectors(source);
          read.push({ wanted, format, matrix: [...vectors.matrix], answer: vectors.analogy({ a: "red", b: "blue", c: "pear", count: 2 }) });
        }
      }
      return read;`);
    expect(read).toHaveLength(24);
    for (const { format, wanted, matrix, answer } of read) {
      expect(format).toBe(wanted);
      expect(matrix).toEqual([...here.matrix]);
      expect(answer).toEqual(here.analogy({ a: "red", b: "blue", c: "pear", count: 2 }));
    }
  });
});
