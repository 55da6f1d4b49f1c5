// Word vectors as safetensors: one tensor `embedding.weight` [words, dim], the vocabulary as JSON in the metadata
// (`words`, and `counts` where they are known), so that one file is whole.

import { fail } from "../base/index.ts";
import { finiteRow, type WarningCounter } from "../embeddings/formats/warnings.ts";
import { type WordVectors, wordVectors } from "../embeddings/vectors.ts";
import { readSafetensors, type SafeInput, safetensorsChunks, toFloat32, writeSafetensors } from "./safetensors.ts";

const tensorName = "embedding.weight";

/** Writes vectors and vocabulary as one safetensors file. Any word can be kept, one with spaces too. */
export function vectorsToSafetensors(vectors: WordVectors): Uint8Array {
  return writeSafetensors(...parts(vectors));
}

/** The same file in chunks, without a copy of the matrix. */
export function vectorsToSafetensorsChunks(vectors: WordVectors): Uint8Array[] {
  return safetensorsChunks(...parts(vectors));
}

function parts({ words, counts, matrix, dim }: WordVectors) {
  const tensors: Record<string, SafeInput> = { [tensorName]: { shape: [words.length, dim], data: matrix } };
  const metadata: Record<string, string> = { format: "pt", words: JSON.stringify(words) };
  if (counts) metadata.counts = JSON.stringify(Array.from(counts));
  return [tensors, metadata] as const;
}

export interface FromSafetensorsOptions {
  where?: string;
  /** The vocabulary, for files that hold the matrix alone. */
  words?: readonly string[];
  /** Which tensor; default `embedding.weight`, or the only matrix there is. */
  tensor?: string;
  only?: ReadonlySet<string>;
  limit?: number;
  keep?: (word: string, row: number) => boolean;
  /** Counts duplicate words and rows that are not finite, which are left out. */
  warnings?: WarningCounter;
}

/**
 * Reads word vectors from safetensors: its own files, or any embedding matrix with a vocabulary given beside it. The matrix
 * is a view of the bytes where it can be.
 * @throws UnrolledError where no matrix fits, or the vocabulary is missing or of another length
 */
export function vectorsFromSafetensors(bytes: Uint8Array, options: FromSafetensorsOptions = {}): WordVectors {
  const { where = "vectors.safetensors", only, limit = Infinity, keep } = options;
  const { tensors, metadata } = readSafetensors(bytes, { where, copy: false });
  const matrices = [...tensors].filter(([, tensor]) => tensor.shape.length === 2);
  const wanted = options.tensor ?? (tensors.has(tensorName) || matrices.length !== 1 ? tensorName : matrices[0]![0]);
  const tensor = tensors.get(wanted);
  if (tensor?.shape.length !== 2) {
    return fail({
      where,
      expected: `a matrix "${wanted}" [words, dim]`,
      received: [...tensors].map(([name, { shape }]) => `"${name}" [${shape.join(", ")}]`).join(", ") || "no tensors",
      code: "file",
    });
  }
  const own = metadata.get("words");
  const words = (own === undefined ? options.words : undefined) ?? vocabularyOf(own, where);
  const [rows, dim] = tensor.shape as [number, number];
  if (words.length !== rows) {
    fail({ where, expected: `${rows} words for "${wanted}"`, received: String(words.length), code: "file" });
  }
  const matrix = toFloat32(tensor);
  const listed = metadata.get("counts");
  const counts = listed ? countsOf(listed, rows, where) : undefined;
  const kept: number[] = [];
  const seen = new Set<string>();
  for (let r = 0; r < rows && kept.length < limit; r++) {
    const word = words[r]!;
    if ((only && !only.has(word)) || (keep && !keep(word, r))) continue;
    const place = () => `${where} (row ${r})`;
    if (seen.has(word)) options.warnings?.add("duplicate", place());
    else if (!finiteRow(matrix, r * dim, dim)) options.warnings?.add("not-finite", place());
    else {
      seen.add(word);
      kept.push(r);
    }
  }
  if (kept.length === rows) return wordVectors({ words, matrix, dim, counts });
  const part = new Float32Array(kept.length * dim);
  for (let k = 0; k < kept.length; k++) part.set(matrix.subarray(kept[k]! * dim, (kept[k]! + 1) * dim), k * dim);
  return wordVectors({
    words: kept.map((r) => words[r]!),
    matrix: part,
    dim,
    counts: counts && Float64Array.from(kept, (r) => counts[r]!),
  });
}

function countsOf(json: string, rows: number, where: string): Float64Array {
  try {
    const counts: unknown = JSON.parse(json);
    const fits = Array.isArray(counts) && counts.length === rows;
    if (fits && counts.every((count) => Number.isFinite(count))) return Float64Array.from(counts as number[]);
  } catch {
    // reported below
  }
  const expected = `a JSON array of ${rows} numbers in the metadata entry "counts"`;
  return fail({ where, expected, received: json.slice(0, 60), code: "file" });
}

function vocabularyOf(json: string | undefined, where: string): string[] {
  try {
    const words: unknown = JSON.parse(json ?? "");
    if (Array.isArray(words) && words.every((word) => typeof word === "string")) return words;
  } catch {
    // reported below
  }
  return fail({
    where,
    expected: 'the vocabulary in the metadata entry "words"',
    received: json === undefined ? "no such entry" : json.slice(0, 60),
    hint: "put the words next to the file, as vocabulary.json or vocabulary.txt",
    code: "file",
  });
}
