// Word-vector files: what is written comes back, and what is broken is named with its place.
import { describe, expect, it } from "vitest";
import { ngramBuckets } from "../subwords.ts";
import { wordVectors } from "../vectors.ts";
import { type FastTextModel, fastTextVectors, readFastText, writeFastText } from "./fasttext-bin.ts";
import { readTextVectors, writeTextVectors } from "./text.ts";
import { readWord2vecBinary, writeWord2vecBinary } from "./word2vec-binary.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

/** The same bytes in pieces of every size from 1 up, so that every boundary falls inside something. */
function* pieces(whole: Uint8Array, size: number) {
  for (let at = 0; at < whole.length; at += size) yield whole.slice(at, at + size);
}

function joined(chunks: Iterable<Uint8Array>): Uint8Array {
  const list = [...chunks];
  const out = new Uint8Array(list.reduce((n, c) => n + c.length, 0));
  let at = 0;
  for (const chunk of list) {
    out.set(chunk, at);
    at += chunk.length;
  }
  return out;
}

const values = [0.1, -2.5e-7, 3, -0, 1.17549435e-38, 3.4028235e38, 1 / 3, -123456.789, 16777217, 5e-39];
const sample = wordVectors({
  words: ["the", "한국", "naïve", "a_b", "🙂"],
  matrix: Float32Array.from({ length: 50 }, (_, i) => values[(i * 7) % 10]! * (i % 3 === 0 ? -1 : 1)),
  dim: 10,
});
const read = (text: string, options = {}) => readTextVectors([bytes(text)], { where: "v.txt", ...options });

describe("text vectors", () => {
  it("come back bit for bit, whatever the chunks, with and without a header", async () => {
    for (const header of [true, false]) {
      const file = joined(writeTextVectors(sample, { header }));
      for (const size of [1, 3, 17, file.length]) {
        const { vectors, warnings } = await readTextVectors(pieces(file, size));
        expect(vectors.words).toEqual(sample.words);
        expect(new Uint32Array(Float32Array.from(vectors.matrix).buffer)).toEqual(
          new Uint32Array(sample.matrix.buffer),
        );
        expect(warnings).toEqual([]);
      }
    }
  });
  it("reads numbers as JavaScript does", async () => {
    const numbers = "1 -1 +1 .5 5. 1e3 -2.5E-3 0.000001234567890123 123456789012345678901234 1e-30".split(" ");
    const { vectors } = await read(`1 10\nword ${numbers.join(" ")} \n`);
    expect([...vectors.vector("word")]).toEqual(numbers.map((n) => Math.fround(Number(n))));
  });
  it("takes words with spaces where there is no header, tabs, CRLF, and a last line without newline", async () => {
    const glove = await read(". . . 1 2\nat name@x.org 3 4\nb 5 6");
    expect(glove.vectors.words).toEqual([". . .", "at name@x.org", "b"]);
    expect([...glove.vectors.matrix]).toEqual([1, 2, 3, 4, 5, 6]);
    const other = await read("2 2\r\na\t1\t2\r\nb 3 4\r\n");
    expect([...other.vectors.matrix]).toEqual([1, 2, 3, 4]);
  });
  it("keeps only what is asked for", async () => {
    const file = "4 1\na 1\nb 2\nc 3\nd 4\n";
    expect((await read(file, { only: new Set(["d", "b", "x"]) })).vectors.words).toEqual(["b", "d"]);
    expect((await read(file, { limit: 2 })).vectors.words).toEqual(["a", "b"]);
  });
  it("counts what it can go on with", async () => {
    const broken = joined([bytes("5 1\na 1\na 2\nb nan\nc -inf\n"), new Uint8Array([0xff, 0x20, 0x31, 10])]);
    const { vectors, warnings } = await readTextVectors([broken], { where: "v.txt" });
    expect(vectors.words).toEqual(["a", "\ufffd"]);
    expect([...vectors.matrix]).toEqual([1, 1]);
    expect(warnings).toEqual([
      { kind: "duplicate", count: 1, first: "v.txt:3" },
      { kind: "not-finite", count: 2, first: "v.txt:4" },
      { kind: "invalid-utf8", count: 1, first: "v.txt:6" },
    ]);
  });
  it("names file and line of what is broken", async () => {
    await expect(read("")).rejects.toThrow(/^v\.txt: expected word vectors, got an empty file/);
    await expect(read("2 0\n")).rejects.toThrow(/^v\.txt:1: expected a header `rows dim`, got "2 0"/);
    await expect(read("hello world\n")).rejects.toThrow(/^v\.txt:1: expected a header/);
    await expect(read("2 3\na 1 2 3\nb 1 2\n")).rejects.toThrow(/^v\.txt:3: expected 3 numbers after the word, got 2/);
    await expect(read("2 2\na 1 2\nb 1 2 3\n")).rejects.toThrow(/^v\.txt:3: expected 2 numbers after the word, got 3/);
    await expect(read("a 1 2\nb 1 2 3\n")).rejects.toThrow(/^v\.txt:2: expected 2 numbers after the word, got 3/);
    await expect(read("2 2\na 1 2\nb 1 x\n")).rejects.toThrow(/^v\.txt:3: expected 2 numbers after the word, got "x"/);
    await expect(read("3 2\na 1 2\nb 1 2\n")).rejects.toThrow(/^v\.txt:4: expected 3 rows, .* got the end .* after 2/);
    // Refused where there is not so much memory, else at the end of the file.
    const many = read("2600000000 3\na 1 2 3\n");
    await expect(many).rejects.toThrow(
      /^v\.txt: 2600000000 rows of 3 numbers need more memory|^v\.txt:3: expected 2600000000 rows/,
    );
  });
  it("refuses to write a word that the format cannot hold", () => {
    const odd = wordVectors({ words: ["new york"], matrix: new Float32Array(1), dim: 1 });
    expect(() => joined(writeTextVectors(odd))).toThrow(/expected words without spaces or newlines, got "new york"/);
    expect(() => joined(writeWord2vecBinary(odd))).toThrow(/without spaces/);
  });
});

describe("word2vec binary", () => {
  it("comes back bit for bit, with or without newlines between rows", async () => {
    const file = joined(writeWord2vecBinary(sample));
    for (const size of [1, 7, file.length]) {
      const { vectors } = await readWord2vecBinary(pieces(file, size));
      expect(vectors.words).toEqual(sample.words);
      expect(vectors.matrix).toEqual(sample.matrix);
    }
    const bare = joined([
      bytes("2 1\na "),
      new Uint8Array([0, 0, 128, 63]),
      bytes("b "),
      new Uint8Array([0, 0, 0, 64]),
    ]);
    expect([...(await readWord2vecBinary([bare])).vectors.matrix]).toEqual([1, 2]);
  });
  it("names the byte where a file is cut short or wrong", async () => {
    const file = joined(writeWord2vecBinary(sample));
    const cut = readWord2vecBinary([file.slice(0, -7)], { where: "v.bin" });
    await expect(cut).rejects.toThrow(
      /^v\.bin \(byte \d+\): expected 40 bytes for row 5 of 5, got the end .* after 34/,
    );
    await expect(readWord2vecBinary([bytes("x y\n")])).rejects.toThrow(/expected a header `rows dim`, got "x y"/);
  });
});

describe("fastText", () => {
  const words = ["</s>", "where", "한국"];
  const model: FastTextModel = {
    args: {
      dim: 2,
      window: 5,
      epochs: 1,
      minCount: 1,
      negatives: 5,
      wordNgrams: 1,
      loss: "negative-sampling",
      model: "skipgram",
      bucket: 10,
      minn: 3,
      maxn: 6,
      lrUpdateRate: 100,
      sample: 1e-4,
    },
    words,
    counts: Float64Array.of(3, 2, 1),
    labels: [],
    labelCounts: new Float64Array(0),
    tokens: 6,
    input: Float32Array.from({ length: 26 }, (_, i) => i / 8 - 1),
    output: Float32Array.from({ length: 6 }, (_, i) => -i),
  };
  it("hashes n-grams as fastText does, beyond ASCII too", () => {
    // gensim 4.2: ft_ngram_hashes("한국", 3, 6, 2000000) and (1, 3, 1000)
    expect(ngramBuckets("where", { minn: 3, maxn: 6, bucket: 2_000_000 }).slice(0, 3)).toEqual([
      167652, 989715, 1526707,
    ]);
    expect(ngramBuckets("한국", { minn: 3, maxn: 6, bucket: 2_000_000 })).toEqual([1124397, 1658345, 1649607]);
    expect(ngramBuckets("한국", { minn: 1, maxn: 3, bucket: 1000 })).toEqual([907, 397, 129, 635, 607, 647, 587]);
  });
  it("has n-grams of Korean letters where asked: forms of a stem share them, other scripts keep theirs", async () => {
    const letters = [0x1100, 0x1161, 0x11a8, 0x1100, 0x1161, 0x11a7, 0x41]; // three of each syllable
    expect(ngramBuckets("각가A", { minn: 7, maxn: 7, bucket: 1000, jamo: true })).toEqual(
      ngramBuckets(String.fromCodePoint(...letters), { minn: 3, maxn: 5, bucket: 1000 }),
    );
    const shape = { minn: 2, maxn: 4, bucket: 2_000_000 };
    const shared = (a: string, b: string, jamo: boolean) => {
      const other = new Set(ngramBuckets(b, { ...shape, jamo }));
      return ngramBuckets(a, { ...shape, jamo }).filter((bucket) => other.has(bucket)).length;
    };
    expect(shared("갔다", "간", false)).toBe(0);
    expect(shared("갔다", "간", true)).toBeGreaterThan(0);
    expect(ngramBuckets("where", { ...shape, jamo: true })).toEqual(ngramBuckets("where", shape));
    expect(ngramBuckets("한국", { ...shape, jamo: true })).toHaveLength(6 + 6 + 5 + 4); // <, six letters, >

    const made = { ...model, args: { ...model.args, jamo: true } };
    const file = joined(writeFastText(made));
    for (const size of [5, file.length]) expect(await readFastText(pieces(file, size))).toEqual(made);
    expect(await readFastText([file.slice(0, -1)])).toEqual(model); // the mark is not whole
    expect(fastTextVectors(made).vector("국")).not.toEqual(fastTextVectors(model).vector("국"));
  });
  it("comes back whole; a word is the mean of its row and its n-grams, an unknown word of its n-grams", async () => {
    const file = joined(writeFastText(model));
    for (const size of [5, file.length]) expect(await readFastText(pieces(file, size))).toEqual(model);
    const vectors = fastTextVectors(model);
    const grams = ngramBuckets("where", model.args);
    const mean = [0, 1].map(
      (i) => [1, ...grams.map((g) => g + 3)].reduce((s, r) => s + model.input[r * 2 + i]!, 0) / 15,
    );
    expect(vectors.vector("where")[0]).toBeCloseTo(mean[0]!, 5);
    expect(vectors.vector("where")[1]).toBeCloseTo(mean[1]!, 5);
    const other = ngramBuckets("here", model.args).map((g) => model.input[(g + 3) * 2]!);
    expect(vectors.vector("here")[0]).toBeCloseTo(other.reduce((s, x) => s + x, 0) / other.length, 5);
    expect(vectors.has("here")).toBe(false);
  });
  it("names the byte where a file is cut short, and what it cannot read", async () => {
    const file = joined(writeFastText(model));
    await expect(readFastText([file.slice(0, -1)])).rejects.toThrow(/expected 24 bytes for the output matrix, got/);
    await expect(readFastText([bytes("3 2\nabc")])).rejects.toThrow(/byte 4\): expected fastText's magic number/);
    for (let cut = 0; cut < file.length; cut += 11)
      await expect(readFastText([file.slice(0, cut)])).rejects.toThrow(/byte/);
  });
});
