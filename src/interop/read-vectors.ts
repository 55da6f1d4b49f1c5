// Reads word vectors of any format, detected from the bytes and not from the name.

import { fail } from "../base/index.ts";
import { type FastTextModel, fastTextVectors, readFastText } from "../embeddings/formats/fasttext-bin.ts";
import { readTextVectors } from "../embeddings/formats/text.ts";
import { type VectorWarning, warningCounter } from "../embeddings/formats/warnings.ts";
import { readWord2vecBinary } from "../embeddings/formats/word2vec-binary.ts";
import type { WordVectors } from "../embeddings/vectors.ts";
import { vectorsFromSafetensors } from "./word-vectors.ts";

export type VectorFormat = "text" | "glove" | "word2vec-binary" | "fasttext" | "safetensors";

export interface LoadVectorsOptions {
  /** Keep only these words. */
  only?: ReadonlySet<string>;
  /** Keep only the first rows. */
  limit?: number;
  /** Keeps only rows for which this returns true, given the word and its row (from 0, usually the most frequent first). */
  keep?: (word: string, row: number) => boolean;
  /** Default: detected from the bytes. */
  format?: VectorFormat;
  signal?: AbortSignal;
  progress?: (rows: number) => void;
}

export interface LoadedVectorFile {
  vectors: WordVectors;
  format: VectorFormat;
  warnings: VectorWarning[];
  /** The whole model, if the file is a fastText .bin. */
  fastText?: FastTextModel;
}

export interface ReadVectorFileOptions extends LoadVectorsOptions {
  /** Name of the source in errors; a name that ends in `.bin` helps to detect the format. */
  where?: string;
  /** Total number of bytes, if known: saves a copy. */
  size?: number;
  /** Vocabulary of a safetensors file without one. */
  words?: () => Promise<readonly string[] | undefined>;
}

/** Reads word vectors from chunks of decompressed bytes; a chunk is not used after the next one is requested. */
export async function readVectorFile(
  chunks: AsyncIterable<Uint8Array>,
  options: ReadVectorFileOptions = {},
): Promise<LoadedVectorFile> {
  const { where = "vectors", only, limit, keep, signal, progress, words, size } = options;
  const iterator = chunks[Symbol.asyncIterator]();
  try {
    const first = await iterator.next();
    if (first.done) return fail({ where, expected: "word vectors", received: "an empty file", code: "file" });
    const format = options.format ?? formatOf(first.value, where);
    const all = (async function* () {
      yield first.value;
      for (let next = await iterator.next(); !next.done; next = await iterator.next()) yield next.value;
    })();
    const shared = { where, only, limit, keep, signal, progress };
    if (format === "text" || format === "glove") return { format, ...(await readTextVectors(all, shared)) };
    if (format === "word2vec-binary") return { format, ...(await readWord2vecBinary(all, shared)) };
    const warnings = warningCounter();
    if (format === "fasttext") {
      const fastText = await readFastText(all, shared);
      const vectors = fastTextVectors(fastText, { only, keep, warnings, where }).first(limit ?? Infinity);
      return { format, vectors, warnings: warnings.list(), fastText };
    }
    const bytes = await wholeOf(all, size);
    const vectors = vectorsFromSafetensors(bytes, { where, words: await words?.(), only, limit, keep, warnings });
    return { format, vectors, warnings: warnings.list() };
  } finally {
    await iterator.return?.(); // a reader that has enough leaves the rest
  }
}

function formatOf(bytes: Uint8Array, where: string): VectorFormat {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (bytes.length >= 4 && view.getInt32(0, true) === 793712314) return "fasttext";
  if (bytes.length >= 9 && bytes[8] === 0x7b && view.getBigUint64(0, true) < 100_000_001n) return "safetensors";
  const mark = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0; // a byte order mark
  const head = new TextDecoder("latin1").decode(bytes.subarray(mark, 64));
  const header = /^(\d+)[ \t]+(\d+)[ \t\r]*\n/.exec(head);
  if (!header) return /\.bin(\.gz)?$/.test(where) && bytes.includes(0) ? "word2vec-binary" : "glove";
  // After the first word: text has only the characters of numbers up to the newline.
  const start = bytes.indexOf(32, mark + header[0].length);
  const sample =
    start < 0 ? bytes.subarray(0, 0) : bytes.subarray(start, start + Math.max(4, Math.min(64, Number(header[2]) * 2)));
  return sample.every((b) => b === 9 || b === 10 || b === 13 || b === 32 || (b > 32 && b < 127))
    ? "text"
    : "word2vec-binary";
}

async function wholeOf(chunks: AsyncIterable<Uint8Array>, size = 1 << 16): Promise<Uint8Array> {
  let bytes: Uint8Array = new Uint8Array(size);
  let filled = 0;
  for await (const chunk of chunks) {
    if (filled + chunk.length > bytes.length) {
      const wider: Uint8Array = new Uint8Array(Math.max(filled + chunk.length, bytes.length * 2));
      wider.set(bytes.subarray(0, filled));
      bytes = wider;
    }
    bytes.set(chunk, filled);
    filled += chunk.length;
  }
  return bytes.subarray(0, filled);
}
