// Files of word vectors, by what they hold rather than by their names; gzip unpacked and packed on the way.
import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { readdir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { finished } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { fail } from "../base/index.ts";
import {
  type FastTextModel,
  fastTextVectors,
  readFastText,
  writeFastText,
} from "../embeddings/formats/fasttext-bin.ts";
import { readTextVectors, writeTextVectors } from "../embeddings/formats/text.ts";
import { type VectorWarning, warningCounter } from "../embeddings/formats/warnings.ts";
import { readWord2vecBinary, writeWord2vecBinary } from "../embeddings/formats/word2vec-binary.ts";
import type { WordVectors } from "../embeddings/vectors.ts";
import { vectorsFromSafetensors, vectorsToSafetensorsChunks } from "../interop/word-vectors.ts";
import { fileChunks } from "./corpus-files.ts";
import { failSystem } from "./system-errors.ts";
import { readBytes } from "./text-files.ts";

export type VectorFormat = "text" | "glove" | "word2vec-binary" | "fasttext" | "safetensors";

export interface LoadVectorsOptions {
  /** Keep only these words. */
  only?: ReadonlySet<string>;
  /** Keep only the first rows. */
  limit?: number;
  /** Keep only the rows that this says, by the word and its place in the file (from 0, the most frequent first as a rule). */
  keep?: (word: string, row: number) => boolean;
  /** Told from the bytes where it is not given. */
  format?: VectorFormat;
  signal?: AbortSignal;
  progress?: (rows: number) => void;
}

export interface LoadedVectorFile {
  vectors: WordVectors;
  format: VectorFormat;
  warnings: VectorWarning[];
  /** The whole model, where the file is fastText's. */
  fastText?: FastTextModel;
}

/**
 * Loads word vectors: word2vec text and binary, GloVe, fastText .vec and .bin, safetensors with vocabulary, each also
 * gzipped, or the folder that training wrote.
 */
export async function loadVectors(path: string, options: LoadVectorsOptions = {}): Promise<LoadedVectorFile> {
  const file = await fileIn(path);
  const chunks = fileChunks(file, { signal: options.signal });
  try {
    return await readVectors(file, chunks, options);
  } finally {
    await chunks.return(undefined); // a reader that has enough leaves the rest
  }
}

async function readVectors(
  file: string,
  chunks: AsyncGenerator<Uint8Array>,
  options: LoadVectorsOptions,
): Promise<LoadedVectorFile> {
  const { only, limit, keep, signal, progress } = options;
  const first = await chunks.next();
  if (first.done) return fail({ where: file, expected: "word vectors", received: "an empty file", code: "file" });
  const format = options.format ?? formatOf(first.value, file);
  const all = (async function* () {
    yield first.value;
    yield* chunks;
  })();
  const shared = { where: file, only, limit, keep, signal, progress };
  if (format === "text" || format === "glove") return { format, ...(await readTextVectors(all, shared)) };
  if (format === "word2vec-binary") return { format, ...(await readWord2vecBinary(all, shared)) };
  if (format === "fasttext") {
    const model = await readFastText(all, shared);
    const warnings = warningCounter();
    const vectors = fastTextVectors(model, { only, keep, warnings, where: file }).first(limit ?? Infinity);
    return { format, vectors, warnings: warnings.list(), fastText: model };
  }
  const words = await wordsBeside(file);
  const bytes = await wholeOf(all, file);
  const warnings = warningCounter();
  const vectors = vectorsFromSafetensors(bytes, { where: file, words, only, limit, keep, warnings });
  return { format, vectors, warnings: warnings.list() };
}

/** All bytes in one array, which has the file's size at once where that is not packed. */
async function wholeOf(chunks: AsyncIterable<Uint8Array>, file: string): Promise<Uint8Array> {
  let bytes: Uint8Array = new Uint8Array((await stat(file)).size);
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

/** In a folder of ours: the fastText model where there is one, else the matrix. */
async function fileIn(path: string): Promise<string> {
  const info = await stat(path).catch(() => undefined);
  if (!info) fail({ where: path, problem: "no such file", code: "file" });
  if (!info.isDirectory()) return path;
  const names = await readdir(path);
  const name = ["model.bin", "vectors.safetensors", "model.safetensors"].find((n) => names.includes(n));
  if (name) return join(path, name);
  return fail({
    where: path,
    expected: "a folder with vectors.safetensors or model.bin",
    received: names.length ? names.slice(0, 5).join(", ") : "an empty folder",
    code: "file",
  });
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

async function wordsBeside(file: string): Promise<string[] | undefined> {
  const folder = join(file, "..");
  for (const name of ["vocabulary.json", "vocabulary.txt"]) {
    const path = join(folder, name);
    if (!(await stat(path).catch(() => undefined))) continue;
    const text = new TextDecoder().decode(await readBytes(path));
    if (name.endsWith(".txt")) return text.replace(/\r?\n$/, "").split(/\r?\n/);
    const value: unknown = JSON.parse(text);
    if (Array.isArray(value) && value.every((word) => typeof word === "string")) return value;
  }
  return undefined;
}

/** The format that a file's name stands for. */
export function formatForName(path: string): VectorFormat {
  const name = path.replace(/\.gz$/, "");
  if (name.endsWith(".safetensors")) return "safetensors";
  if (name.endsWith(".bin")) return "word2vec-binary";
  return /glove/i.test(name) ? "glove" : "text";
}

/**
 * Saves word vectors; a name that ends in `.gz` is packed. Written to a temporary name beside, then renamed.
 * The format is the name's unless given; `fasttext` needs the whole model.
 */
export async function saveVectors(
  path: string,
  vectors: WordVectors,
  { format = formatForName(path), fastText }: { format?: VectorFormat; fastText?: FastTextModel } = {},
): Promise<void> {
  if (format === "fasttext" && !fastText) {
    fail({
      where: path,
      problem: "a fastText .bin needs a model with subwords",
      hint: "word vectors alone go into text, word2vec-binary or safetensors",
    });
  }
  const chunks =
    format === "fasttext"
      ? writeFastText(fastText!)
      : format === "word2vec-binary"
        ? writeWord2vecBinary(vectors)
        : format === "safetensors"
          ? vectorsToSafetensorsChunks(vectors)
          : writeTextVectors(vectors, { header: format === "text" });
  await writeChunks(path, chunks);
}

/** Writes chunks to a file, whole or not at all. */
export async function writeChunks(path: string, chunks: Iterable<Uint8Array>): Promise<void> {
  const next = `${path}.tmp`;
  try {
    const file = createWriteStream(next);
    const target = path.endsWith(".gz") ? createGzip() : file;
    const ends = [finished(file)];
    if (target !== file) {
      target.pipe(file);
      ends.push(finished(target));
    }
    const failed = Promise.all(ends);
    failed.catch(() => {}); // awaited below
    for (const chunk of chunks) {
      if (!target.write(chunk)) await Promise.race([once(target, "drain"), failed]);
    }
    target.end();
    await failed;
    await rename(next, path);
  } catch (error) {
    await rm(next, { force: true });
    failSystem(path, error);
  }
}
