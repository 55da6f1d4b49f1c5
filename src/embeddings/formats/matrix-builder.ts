// Collects words and their rows while a file is read: keeps the first of duplicates, leaves out rows that are not finite
// or not asked for, and never holds more than one matrix.

import { fail } from "../../base/errors.ts";
import { type WordVectors, wordVectors } from "../vectors.ts";
import { wordIndex } from "../word-index.ts";
import { finiteRow, type WarningCounter, warningCounter } from "./warnings.ts";

export interface MatrixBuilder {
  readonly dim: number;
  readonly words: string[];
  readonly warnings: WarningCounter;
  /**
   * Adds the row that begins at `from` (copied), unless it is filtered, known or not finite. Returns whether it was kept.
   */
  add(word: string, source: Float32Array, from: number, where: () => string): boolean;
  /** Reads a word's bytes; counts it where they are not UTF-8. */
  decode(bytes: Uint8Array, where: () => string): string;
  /** True where no further row can be wanted: all of `only` were found, or `limit` is reached. */
  full(): boolean;
  /** The finished words and matrix. */
  finish(): WordVectors;
}

export interface BuilderOptions {
  dim: number;
  /** Rows to make room for, where a header or a size tells; without it the room doubles inside one growing memory. */
  rows?: number;
  /** Keep only these words. */
  only?: ReadonlySet<string>;
  /** Keep only the first rows; files are sorted by frequency. */
  limit?: number;
  /** Keeps only rows for which this returns true, given the word and its row. */
  keep?: (word: string, row: number) => boolean;
  where: string;
}

export function matrixBuilder({
  dim,
  rows,
  only,
  limit = Infinity,
  keep,
  where: source,
}: BuilderOptions): MatrixBuilder {
  const words: string[] = [];
  const index = wordIndex(words);
  const warnings = warningCounter();
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  const strict = new TextDecoder("utf-8", { ignoreBOM: true, fatal: true });
  // How many a condition lets through is not known before: room is made as they come.
  const most = Math.min(limit, only ? only.size : Infinity, rows ?? Infinity);
  const room = keep ? Infinity : most;
  let seen = 0;
  const storage = Number.isFinite(room) ? fixed(room, dim, source) : growing(source);
  let floats = storage.reserve(Number.isFinite(room) ? room * dim : dim);

  return {
    dim,
    words,
    warnings,
    add(word, source, from, where) {
      const place = seen++;
      if (only && !only.has(word)) return false;
      if (keep && !keep(word, place)) return false;
      if (words.length >= most) return false;
      if (index.get(word) >= 0) {
        warnings.add("duplicate", where());
        return false;
      }
      if (!finiteRow(source, from, dim)) {
        warnings.add("not-finite", where());
        return false;
      }
      const at = words.length * dim;
      if (at + dim > floats.length) floats = storage.reserve(at + dim);
      for (let i = 0; i < dim; i++) floats[at + i] = source[from + i]!;
      words.push(word);
      index.add(word);
      return true;
    },
    decode(bytes, where) {
      const word = decoder.decode(bytes);
      if (word.includes("\ufffd")) {
        try {
          strict.decode(bytes);
        } catch {
          warnings.add("invalid-utf8", where());
        }
      }
      return word;
    },
    full: () => words.length >= Math.min(limit, only ? only.size : Infinity),
    finish: () => wordVectors({ words, matrix: floats.subarray(0, words.length * dim), dim, index }),
  };
}

interface Storage {
  reserve(floats: number): Float32Array;
}

/** Room for all rows at once, at most as many as a header announces: a wrong one may ask for more than there is. */
function fixed(rows: number, dim: number, where: string): Storage {
  try {
    const all = new Float32Array(rows * dim);
    return { reserve: () => all };
  } catch {
    return fail({
      where,
      problem: `${rows} rows of ${dim} numbers need more memory than there is`,
      hint: "pass `only` or `limit`; or the header of the file is wrong",
      code: "data",
    });
  }
}

/** A WebAssembly memory grows in place, where an array would be copied and need twice its size for a while. */
function growing(where: string): Storage {
  const page = 65536;
  let memory: WebAssembly.Memory | undefined;
  try {
    memory = new WebAssembly.Memory({ initial: 64, maximum: 65536 });
  } catch {
    memory = undefined;
  }
  let plain = new Float32Array(0);
  return {
    reserve(floats) {
      if (memory) {
        const have = memory.buffer.byteLength;
        if (floats * 4 > have) {
          const wanted = Math.max(floats * 4, Math.min(have + 64 * 1024 * page * 0.25, have * 2));
          const pages = Math.min(65536, Math.ceil(wanted / page)) - have / page;
          if (floats * 4 > 65536 * page) {
            fail({
              where,
              problem: "the vectors need more than 4 GiB",
              hint: "pass `only` or `limit`",
              code: "data",
            });
          }
          memory.grow(pages);
        }
        return new Float32Array(memory.buffer);
      }
      if (floats > plain.length) {
        const wider = new Float32Array(Math.max(floats, plain.length * 2, 1 << 16));
        wider.set(plain);
        plain = wider;
      }
      return plain;
    },
  };
}
