// Files of word vectors, by what they hold rather than by their names; gzip unpacked and packed on the way.
import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { readdir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { finished } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { fail } from "../base/index.ts";
import { type FastTextModel, writeFastText } from "../embeddings/formats/fasttext-bin.ts";
import { writeTextVectors } from "../embeddings/formats/text.ts";
import { writeWord2vecBinary } from "../embeddings/formats/word2vec-binary.ts";
import type { WordVectors } from "../embeddings/vectors.ts";
import {
  type LoadedVectorFile,
  type LoadVectorsOptions,
  readVectorFile,
  type VectorFormat,
} from "../interop/read-vectors.ts";
import { vectorsToSafetensorsChunks } from "../interop/word-vectors.ts";
import { fileChunks } from "./file-chunks.ts";
import { failSystem } from "./system-errors.ts";
import { readBytes } from "./text-files.ts";

/**
 * Loads word vectors: word2vec text and binary, GloVe, fastText .vec and .bin, safetensors with vocabulary, each also
 * gzipped, or the folder that training wrote.
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
