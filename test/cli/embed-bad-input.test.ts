// What `unrolled embed` says of files that are not as they should be: an error of one line with its place, or a warning with
// a count.
import { rmSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { afterAll, describe, expect, it } from "vitest";
import { writeSafetensors } from "../../src/interop/index.ts";
import { scratchFolder, unrolled } from "./terminal.ts";

const scratch = scratchFolder();
afterAll(() => scratch.remove());
const utf8 = (text: string) => new TextEncoder().encode(text);
const floats = (...values: number[]) => new Uint8Array(Float32Array.from(values).buffer);
const bytes = (...parts: (string | Uint8Array)[]) =>
  new Uint8Array(parts.flatMap((part) => [...(typeof part === "string" ? utf8(part) : part)]));
const matrix = (words: string[], ...values: number[]) =>
  writeSafetensors(
    { "embedding.weight": { shape: [words.length, 2], data: Float32Array.from(values) } },
    { words: JSON.stringify(words) },
  );
/** fastText's file with words, one number a vector, no pieces. */
function fastText(words: readonly (string | Uint8Array)[], values: number[]): Uint8Array {
  const ints = (...list: number[]) => new Uint8Array(Int32Array.from(list).buffer);
  const long = (n: number) => new Uint8Array(BigInt64Array.of(BigInt(n)).buffer);
  const n = words.length;
  return bytes(
    ints(793712314, 12, 1, 5, 1, 1, 5, 1, 2, 2, 0, 0, 0, 100),
    new Uint8Array(Float64Array.of(1e-4).buffer),
    ints(n, n, 0),
    long(n),
    long(-1),
    ...words.flatMap((word) => [word, Uint8Array.of(0), long(1), Uint8Array.of(0)]),
    ...[values, values.map(() => 0)].flatMap((m) => [Uint8Array.of(0), long(n), long(1), floats(...m)]),
  );
}
const rows = bytes("2 2\na ", floats(1, 2), "\nb ", floats(3, 4), "\n");

const refused: Record<string, [name: string, contents: string | Uint8Array, said: string]> = {
  "an empty file": ["a.vec", "", "expected word vectors, got an empty file"],
  "a header that promises more rows": [
    "a.vec",
    "3 2\na 1 2\nb 3 4\n",
    "a.vec:4: expected 3 rows, as the header says, got the end of the file after 2",
  ],
  "a header that promises fewer rows": [
    "a.vec",
    "1 2\na 1 2\nb 3 4\n",
    "a.vec:3: expected 1 rows, as the header says, got more",
  ],
  "a header of another dimension": [
    "a.vec",
    "2 3\na 1 2\nb 3 4\n",
    "a.vec:2: expected 3 numbers after the word, got 2",
  ],
  "a header of no dimension": ["a.vec", "2 -3\na 1 2\n", 'a.vec:1: expected a header `rows dim`, got "2 -3"'],
  "a row too short": ["a.vec", "2 3\na 1 2 3\nb 1 2\n", "a.vec:3: expected 3 numbers after the word, got 2"],
  "a row too long": ["a.vec", "2 2\na 1 2\nb 1 2 3\n", "a.vec:3: expected 2 numbers after the word, got 3"],
  "a word for a number": ["a.vec", "2 2\na 1 2\nb 1 x\n", 'a.vec:3: expected 2 numbers after the word, got "x"'],
  "nothing but NaN": ["a.vec", "1 2\na nan 2\n", "expected at least one row, got none"],
  "a truncated .bin": [
    "a.bin",
    rows.slice(0, -6),
    "a.bin (byte 20): expected 8 bytes for row 2 of 2, got the end of the file after 3",
  ],
  "a .bin with more in it": [
    "a.bin",
    bytes(rows, "c ", floats(5, 6)),
    "expected 2 rows of 2, as the header says, got more bytes",
  ],
  "a .bin whose header lies": [
    "a.bin",
    bytes("9 2", rows.slice(3)),
    "expected 1 bytes for the word of row 3 of 9, got the end of the file",
  ],
  "a truncated gzip": ["a.vec.gz", gzipSync("b 2 1\n".repeat(9000)).subarray(0, 60), "the gzip data is truncated"],
  "a truncated fastText .bin": [
    "a.bin",
    fastText(["a", "b"], [1, 2]).slice(0, -3),
    "expected 8 bytes for the output matrix, got the end",
  ],
  "truncated safetensors": ["a.safetensors", matrix(["a", "b"], 1, 2, 3, 4).slice(0, -2), "the file is truncated"],
  "safetensors with broken counts": [
    "a.safetensors",
    writeSafetensors(
      { "embedding.weight": { shape: [2, 2], data: new Float32Array(4) } },
      { words: '["a","b"]', counts: "[1," },
    ),
    'expected a JSON array of 2 numbers in the metadata entry "counts", got [1,',
  ],
  "safetensors with broken words": [
    "a.safetensors",
    writeSafetensors({ "embedding.weight": { shape: [2, 2], data: new Float32Array(4) } }, { words: '["a",' }),
    'expected the vocabulary in the metadata entry "words", got ["a",',
  ],
  "safetensors without words": [
    "a.safetensors",
    writeSafetensors({ m: { shape: [2, 2], data: new Float32Array(4) } }),
    'expected the vocabulary in the metadata entry "words"',
  ],
};

const warned: Record<string, [name: string, contents: string | Uint8Array, words: number, said: string]> = {
  "a duplicate word": ["a.vec", "3 1\na 1\na 2\nb 3\n", 2, "1 duplicate word; its first row is kept (first at @:3)"],
  "NaN and infinity": ["a.vec", "3 1\na 1\nb nan\nc -inf\n", 1, "2 rows with NaN or infinity left out (first at @:3)"],
  "broken UTF-8": [
    "a.vec",
    bytes("2 1\n", Uint8Array.of(0xff), " 1\nb 1\n"),
    2,
    "1 word that is not UTF-8; U+FFFD stands for its broken bytes (first at @:2)",
  ],
  "a duplicate in a .bin": [
    "a.bin",
    bytes("2 1\na ", floats(1), "a ", floats(2)),
    1,
    "1 duplicate word; its first row is kept (first at @ (byte 10))",
  ],
  "NaN in a .bin": [
    "a.bin",
    bytes("2 1\na ", floats(1), "b ", floats(Number.NaN)),
    1,
    "1 row with NaN or infinity left out (first at @ (byte 10))",
  ],
  "a duplicate in safetensors": [
    "a.safetensors",
    matrix(["a", "a", "b"], 1, 2, 3, 4, 5, 6),
    2,
    "1 duplicate word; its first row is kept (first at @ (row 1))",
  ],
  "NaN in safetensors": [
    "a.safetensors",
    matrix(["a", "b"], 1, 2, Number.NaN, 4),
    1,
    "1 row with NaN or infinity left out (first at @ (row 1))",
  ],
  "NaN in a fastText .bin": [
    "a.bin",
    fastText(["a", "b"], [1, Number.NaN]),
    2,
    "1 row with NaN or infinity: it is no word's neighbor (first at @ (word 2))",
  ],
  "words alike in a fastText .bin": [
    "a.bin",
    fastText([Uint8Array.of(0xfe), Uint8Array.of(0xff)], [1, 2]),
    1,
    "1 duplicate word; its first row is kept (first at @ (word 2))",
  ],
};

describe("embed refuses in one line", () => {
  for (const [what, [name, contents, said]] of Object.entries(refused)) {
    it(what, async () => {
      const { out, err, code } = await unrolled(["embed", "summary", scratch.write(name, contents)]);
      expect({ out, code }).toEqual({ out: "", code: 1 });
      expect(err).toMatch(/^error: [^\n]+\n( {2}hint: [^\n]+\n)?$/);
      expect(err).not.toContain("unexpected error");
      expect(err).toContain(said);
      expect(err).toContain(scratch.path(name));
    });
  }
  it("a vocabulary file that is not JSON, or not a list of words", async () => {
    const file = scratch.write(
      "plain.safetensors",
      writeSafetensors({ m: { shape: [2, 2], data: new Float32Array(4) } }),
    );
    for (const [text, got] of [
      ["{", '"{"'],
      ['["a", 1]', '["a",1]'],
    ] as const) {
      const words = scratch.write("vocabulary.json", text);
      expect(await unrolled(["embed", "summary", file])).toMatchObject({
        code: 1,
        err: `error: ${words}: expected a JSON array of words, got ${got}\n`,
      });
    }
    scratch.write("vocabulary.json", '["a", "b"]');
    expect(await unrolled(["embed", "summary", file])).toMatchObject({ code: 0 });
    rmSync(scratch.path("vocabulary.json"));
  });
  it("a corpus that is empty, blank or of one word", async () => {
    const train = (text: string) =>
      unrolled(["embed", "train", scratch.write("t.txt", text), "--out", scratch.path("no")]);
    for (const text of ["", " \n\n"]) {
      expect(await train(text)).toMatchObject({
        code: 1,
        err: `error: ${scratch.path("t.txt")}: expected a corpus with words, got none\n`,
      });
    }
    expect(await train("a ".repeat(50))).toMatchObject({
      code: 1,
      err: expect.stringContaining("got 1 of 1 distinct words\n"),
    });
  });
});

describe("embed goes on, and counts", () => {
  for (const [what, [name, contents, words, said]] of Object.entries(warned)) {
    it(what, async () => {
      const file = scratch.write(name, contents);
      const { out, err, code } = await unrolled(["embed", "summary", file, "--json"]);
      expect(code).toBe(0);
      expect(err).toContain(`warning: ${said.replace("@", () => file)}\n`);
      expect(JSON.parse(out)).toMatchObject({ words });
    });
  }
  it("a corpus with broken UTF-8, and a byte order mark before vectors", async () => {
    const text = scratch.write("t.txt", bytes("caf", Uint8Array.of(0xe9), " ", "b c ".repeat(9)));
    const ran = await unrolled([
      "embed",
      "train",
      text,
      "--out",
      scratch.path("u"),
      "--dim",
      "2",
      "--sample",
      "0",
      "--threads",
      "1",
    ]);
    expect(ran).toMatchObject({ code: 0, err: expect.stringContaining("warning: 1 word is not UTF-8\n") });
    const marked = scratch.write("m.vec", "\ufeff2 1\na 1\nb 2\n");
    expect(JSON.parse((await unrolled(["embed", "summary", marked, "--json"])).out)).toMatchObject({
      words: 2,
      format: "text",
    });
    const glove = scratch.write("g.txt", "\ufeffa 1 3\nb 2 4\n");
    expect((await unrolled(["embed", "similarity", glove, "a", "b"])).out).toMatch(/^0\.\d{4}\n$/);
  });
});
