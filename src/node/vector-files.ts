// Files of word vectors; the format is detected from the contents, gzip is decompressed and compressed on the fly.
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { createGzip } from "node:zlib";
import { fail } from "../base/index.ts";
import { type FastTextModel, writeFastText } from "../embeddings/formats/fasttext-bin.ts";
import { writeTextVectors } from "../embeddings/formats/text.ts";
import { writeWord2vecBinary } from "../embeddings/formats/word2vec-binary.ts";
import type { WordVectors } from "../embeddings/vectors.ts";
import { vectorsToOnnx } from "../interop/onnx/word-vectors.ts";
import {
  type LoadedVectorFile,
  type LoadVectorsOptions,
  readVectorFile,
  type VectorFormat,
} from "../interop/read-vectors.ts";
import { vectorsToSafetensorsChunks } from "../interop/word-vectors.ts";
import { loadEmbeddingState } from "./embedding-folder.ts";
import { fileChunks } from "./file-chunks.ts";
import { writeOutput } from "./output.ts";
import { readBytes } from "./text-files.ts";

/**
 * Loads word vectors: word2vec text and binary, GloVe, fastText .vec and .bin, safetensors with vocabulary, each also
 * gzipped, or the folder that training wrote.
 *
 * @example
 * ```ts
 * const { vectors } = await loadVectors("glove.6B.100d.txt.gz", { limit: 100_000 });
 * ```
 */
export async function loadVectors(path: string, options: LoadVectorsOptions = {}): Promise<LoadedVectorFile> {
  const file = await fileIn(path);
  const { size } = await stat(file); // of the packed file, if it is one: then more room is made
  const chunks = fileChunks(file, { signal: options.signal });
  return readVectorFile(chunks, { ...options, where: file, size, words: () => wordsBeside(file) });
}

/** In a folder of ours: the fastText model where there is one, else the matrix. */
async function fileIn(path: string): Promise<string> {
  const info = await stat(path).catch(() => undefined);
  if (!info) fail({ where: path, problem: "no such file", code: "file" });
  if (!info.isDirectory()) return path;
  const names = await readdir(path);
  const name = ["model.bin", "vectors.safetensors", "model.safetensors"].find((n) => names.includes(n));
  if (name) return join(path, name);
  if (names.includes("config.json") && (await loadEmbeddingState(path).catch(() => undefined))?.started) {
    const hint = `start it again: npx unrolled embed train --resume --out ${path}`;
    fail({ where: path, problem: "its training ended before the first checkpoint", hint, code: "file" });
  }
  return fail({
    where: path,
    expected: "a folder with vectors.safetensors or model.bin",
    received: names.length ? names.slice(0, 5).join(", ") : "an empty folder",
    code: "file",
  });
}

async function wordsBeside(file: string): Promise<string[] | undefined> {
  const folder = join(file, "..");
  for (const name of ["vocabulary.json", "vocabulary.txt"]) {
    const path = join(folder, name);
    if (!(await stat(path).catch(() => undefined))) continue;
    const text = new TextDecoder().decode(await readBytes(path));
    if (name.endsWith(".txt")) return text.replace(/\r?\n$/, "").split(/\r?\n/);
    const value = jsonOf(text);
    if (Array.isArray(value) && value.every((word) => typeof word === "string")) return value;
    fail({ where: path, expected: "a JSON array of words", received: received(value, text), code: "file" });
  }
  return undefined;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const received = (value: unknown, text: string): string =>
  (value === undefined ? JSON.stringify(text) : JSON.stringify(value)).slice(0, 60);

/** What can be written: the formats that are read, and ONNX. */
export type WrittenFormat = VectorFormat | "onnx";

/** The format that follows from a file's name. */
export function formatForName(path: string): WrittenFormat {
  const name = path.replace(/\.gz$/, "");
  if (name.endsWith(".safetensors")) return "safetensors";
  if (name.endsWith(".onnx")) return "onnx";
  if (name.endsWith(".bin")) return "word2vec-binary";
  return /glove/i.test(name) ? "glove" : "text";
}

/**
 * Saves word vectors in one step, as {@link writeOutput} does; a name that ends in `.gz` is compressed. The format follows
 * from the name unless it is given; `fasttext` needs the whole model.
 *
 * @example
 * ```ts
 * await saveVectors(vectors, "vectors.vec.gz");
 * ```
 */
export async function saveVectors(
  path: string,
  vectors: WordVectors,
  { format = formatForName(path), fastText }: { format?: WrittenFormat; fastText?: FastTextModel } = {},
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
          : format === "onnx"
            ? [vectorsToOnnx(vectors)]
            : writeTextVectors(vectors, { header: format === "text" });
  await writeOutput(path, path.endsWith(".gz") ? packed(chunks) : chunks);
}

/** Bytes as gzip. */
async function* packed(chunks: Iterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield* Readable.from(chunks).pipe(createGzip()) as AsyncIterable<Uint8Array>;
}
