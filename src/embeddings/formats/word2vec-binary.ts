// word2vec's binary format: the text header `rows dim`, then per row the word's bytes, a space and `dim` little-endian
// float32. The C tool ends a row with a newline; other writers do not: newlines before a word are skipped.

import { fail } from "../../base/errors.ts";
import type { WordVectors } from "../vectors.ts";
import { type ByteChunks, byteReader } from "./byte-reader.ts";
import { matrixBuilder } from "./matrix-builder.ts";
import { checkedWord, type LoadedVectors, type ReadVectorsOptions } from "./text.ts";

const space = 32;
const newline = 10;
/** Longest word accepted, in bytes; the C tool's own limit is 100, subword and phrase vectors go beyond. */
const longestWord = 4096;

/** Reads word2vec's binary format, streamed. Fails with the byte where a file is cut short or no such file. */
export async function readWord2vecBinary(
  chunks: ByteChunks,
  { where = "vectors", only, limit, keep, signal, progress }: ReadVectorsOptions = {},
): Promise<LoadedVectors> {
  const reader = byteReader(chunks, where);
  const header = new TextDecoder().decode(await reader.until(newline, 64, "the header"));
  const match = /^(\d+)[ \t]+(\d+)[ \t\r]*$/.exec(header);
  const rows = Number(match?.[1]);
  const dim = Number(match?.[2]);
  if (!match || rows < 1 || dim < 1 || dim > 65536 || rows * dim > 2 ** 33) {
    return fail({
      where: `${where} (byte 0)`,
      expected: "a header `rows dim`",
      received: JSON.stringify(header),
      code: "file",
    });
  }
  const builder = matrixBuilder({ dim, rows, only, limit, keep, where });
  const row = new Float32Array(dim);
  const bytes = new Uint8Array(row.buffer);
  for (let r = 0; r < rows && !builder.full(); r++) {
    if ((r & 4095) === 0) {
      signal?.throwIfAborted();
      progress?.(r);
    }
    while ((await reader.peek()) === newline) await reader.take(1, "a newline");
    const start = reader.position();
    const at = () => `${where} (byte ${start})`;
    const word = builder.decode(await reader.until(space, longestWord, `the word of row ${r + 1} of ${rows}`), at);
    if (word === "")
      fail({ where: at(), expected: `the word of row ${r + 1}`, received: "an empty one", code: "file" });
    await reader.fill(bytes, `row ${r + 1} of ${rows}`);
    littleEndian(row);
    builder.add(word, row, 0, at);
  }
  if (!builder.full()) {
    while ((await reader.peek()) === newline) await reader.take(1, "a newline");
    if (!(await reader.ended())) {
      fail({
        where: `${where} (byte ${reader.position()})`,
        expected: `${rows} rows of ${dim}, as the header says`,
        received: "more bytes after them",
        hint: "the header is wrong, or two files were joined; `limit` reads the first rows only",
        code: "file",
      });
    }
  }
  return {
    vectors: builder.finish(),
    warnings: builder.warnings.list(),
  };
}

const isLittle = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1;

/** Turns floats read from little-endian bytes into the host's order, in place (nothing to do almost everywhere). */
export function littleEndian(values: Float32Array): Float32Array {
  if (isLittle) return values;
  const view = new DataView(values.buffer, values.byteOffset, values.byteLength);
  for (let i = 0; i < values.length; i++) values[i] = view.getFloat32(i * 4, true);
  return values;
}

/** Writes word2vec's binary format, rows ended by newlines as the C tool does. */
export function* writeWord2vecBinary(vectors: WordVectors): Generator<Uint8Array> {
  const { words, matrix, dim } = vectors;
  const encoder = new TextEncoder();
  yield encoder.encode(`${words.length} ${dim}\n`);
  const rowsAtOnce = Math.max(1, Math.floor((1 << 18) / (dim * 4)));
  for (let from = 0; from < words.length; from += rowsAtOnce) {
    const names = words.slice(from, from + rowsAtOnce).map((word) => encoder.encode(`${checkedWord(word)} `));
    const out = new Uint8Array(names.reduce((sum, name) => sum + name.length + dim * 4 + 1, 0));
    const view = new DataView(out.buffer);
    let at = 0;
    for (let i = 0; i < names.length; i++) {
      out.set(names[i]!, at);
      at += names[i]!.length;
      for (let d = (from + i) * dim; d < (from + i + 1) * dim; d++, at += 4) view.setFloat32(at, matrix[d]!, true);
      out[at++] = newline;
    }
    yield out;
  }
}
