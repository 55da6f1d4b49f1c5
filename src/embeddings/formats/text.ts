// Word vectors as text: word2vec (a header `rows dim`), GloVe (no header), fastText's .vec (as word2vec). Streamed: one
// buffer of text and one matrix.

import { fail } from "../../base/errors.ts";
import { wasmInstance, wasmModule } from "../../base/wasm.ts";
import type { WordVectors } from "../vectors.ts";
import type { ByteChunks } from "./byte-reader.ts";
import { type MatrixBuilder, matrixBuilder } from "./matrix-builder.ts";
import rowsWasm from "./rows-wasm.ts";
import type { VectorWarning } from "./warnings.ts";

export interface ReadVectorsOptions {
  /** Names the source in errors. */
  where?: string;
  /** Keep only these words. */
  only?: ReadonlySet<string>;
  /** Keep only the first rows. */
  limit?: number;
  /** Keeps only rows for which this returns true, given the word and its row (from 0, usually the most frequent first). */
  keep?: (word: string, row: number) => boolean;
  signal?: AbortSignal;
  /** Called from time to time with the number of rows read. */
  progress?: (rows: number) => void;
}

export interface LoadedVectors {
  vectors: WordVectors;
  warnings: VectorWarning[];
}

const smallBytes = 1 << 16; // small files need no more
const inputBytes = 1 << 20; // one megabyte of text at a time; longer lines make it grow
const batchRows = 1024;
const newline = 10;

/**
 * Reads text vectors. The header is recognized by its two whole numbers; without one (GloVe) the first lines tell the
 * dimension, and a word may hold spaces (GloVe's 840B has such words): the last `dim` fields are the numbers.
 *
 * Fails with `file:line` at a wrong header, a row of the wrong length or a field that is no number; counts duplicates,
 * rows that are not finite and words that are not UTF-8 as warnings.
 */
export async function readTextVectors(chunks: ByteChunks, options: ReadVectorsOptions = {}): Promise<LoadedVectors> {
  const { where = "vectors", only, limit, keep, signal, progress } = options;
  let input = new Uint8Array(smallBytes);
  let filled = 0;
  let reader: RowReader | undefined;

  const start = (last: boolean) => {
    if (input[0] === 0xef && input[1] === 0xbb && input[2] === 0xbf && filled >= 3) {
      input.copyWithin(0, 3, filled); // a byte order mark
      filled -= 3;
    }
    const head = headerOf(input.subarray(0, filled), last, where);
    if (!head) return;
    const builder = matrixBuilder({ dim: head.dim, rows: head.rows, only, limit, keep, where });
    reader = rowReader({ builder, where, header: head.rows !== undefined, firstLine: head.lines + 1 });
    input.copyWithin(0, head.bytes, filled);
    filled -= head.bytes;
    expectedRows = head.rows;
  };
  let expectedRows: number | undefined;
  const drain = (last: boolean) => {
    if (!reader) start(last);
    if (!reader) return;
    const used = reader.read(input.subarray(0, filled), last);
    if (expectedRows !== undefined && reader.rows() > expectedRows) moreRows(where, expectedRows);
    input.copyWithin(0, used, filled);
    filled -= used;
    progress?.(reader.rows());
  };

  feeding: for await (const chunk of chunks) {
    signal?.throwIfAborted();
    for (let at = 0; at < chunk.length; ) {
      if (filled === input.length) {
        if (filled >= inputBytes) drain(false);
        if (reader?.builder.full()) break feeding;
        if (filled === input.length) {
          const wider = new Uint8Array(input.length * 2);
          wider.set(input);
          input = wider;
        }
      }
      const part = Math.min(chunk.length - at, input.length - filled);
      input.set(chunk.subarray(at, at + part), filled);
      filled += part;
      at += part;
    }
  }
  if (!reader?.builder.full()) drain(true);
  if (!reader) return fail({ where, expected: "word vectors", received: "an empty file", code: "file" });
  const { builder } = reader;
  if (expectedRows !== undefined && !builder.full() && reader.rows() < expectedRows) {
    fail({
      where: `${where}:${reader.line()}`,
      expected: `${expectedRows} rows, as the header says`,
      received: `the end of the file after ${reader.rows()}`,
      hint: "the file is cut short, or its header is wrong",
      code: "file",
    });
  }
  if (builder.words.length === 0 && !only && !keep)
    fail({ where, expected: "at least one row", received: "none", code: "file" });
  return {
    vectors: builder.finish(),
    warnings: builder.warnings.list(),
  };
}

function moreRows(where: string, expected: number): never {
  return fail({
    where: `${where}:${expected + 2}`,
    expected: `${expected} rows, as the header says`,
    received: "more",
    hint: "the header is wrong, or two files were joined; `limit` reads the first rows only",
    code: "file",
  });
}

interface Header {
  rows: number | undefined;
  dim: number;
  /** Bytes and lines of the header itself; none where there is none. */
  bytes: number;
  lines: number;
}

/** Finds header and dimension; undefined where no whole line is there yet. */
function headerOf(bytes: Uint8Array, last: boolean, where: string): Header | undefined {
  const text = (from: number, to: number) => new TextDecoder().decode(bytes.subarray(from, to)).trim();
  const end = bytes.indexOf(newline);
  if (end < 0 && !last) return undefined;
  if (bytes.length === 0) return undefined;
  const first = text(0, end < 0 ? bytes.length : end);
  const fields = first.split(/[ \t]+/);
  const header = /^\d+$/.test(fields[0]!) && fields.length === 2 && /^[-+]?[\d.]+$/.test(fields[1]!);
  if (header) {
    const rows = Number(fields[0]);
    const dim = Number(fields[1]);
    if (!Number.isInteger(dim) || dim < 1 || dim > 65536 || rows < 1 || rows * dim > 2 ** 33) {
      fail({ where: `${where}:1`, expected: "a header `rows dim`", received: JSON.stringify(first), code: "file" });
    }
    return { rows, dim, bytes: end < 0 ? bytes.length : end + 1, lines: 1 };
  }
  // The fewest fields of the first lines: a word with spaces has more.
  let dim = Infinity;
  for (let from = 0, seen = 0; from < bytes.length && seen < 16; seen++) {
    const to = bytes.indexOf(newline, from);
    if (to < 0 && !last && seen > 0) break;
    const line = text(from, to < 0 ? bytes.length : to);
    if (line) {
      const parts = line.split(/[ \t]+/);
      const numbers = parts.slice(1).reduce((n, part) => (numberOf(part) === undefined ? 0 : n + 1), 0);
      if (numbers > 0) dim = Math.min(dim, numbers);
    }
    if (to < 0) break;
    from = to + 1;
  }
  if (!Number.isFinite(dim)) {
    fail({
      where: `${where}:1`,
      expected: "a header `rows dim`, or a word and its numbers",
      received: JSON.stringify(first.length > 60 ? `${first.slice(0, 60)}...` : first),
      hint: "binary files of word2vec and fastText need another reader: `loadVectors` detects the format",
      code: "file",
    });
  }
  return { rows: undefined, dim, bytes: 0, lines: 0 };
}

function numberOf(text: string): number | undefined {
  if (/^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(text)) return Number(text);
  const special = /^([-+]?)(nan|inf|infinity)$/i.exec(text);
  if (!special) return undefined;
  return /nan/i.test(text) ? Number.NaN : special[1] === "-" ? -Infinity : Infinity;
}

interface RowReader {
  builder: MatrixBuilder;
  /** Reads whole lines; returns the bytes used. */
  read(bytes: Uint8Array, last: boolean): number;
  rows(): number;
  line(): number;
}

type ParseRows = (
  input: number,
  length: number,
  last: number,
  out: number,
  dim: number,
  maxRows: number,
  words: number,
  status: number,
) => number;

function rowReader(given: { builder: MatrixBuilder; where: string; header: boolean; firstLine: number }): RowReader {
  const { builder, where, header } = given;
  const { dim } = builder;
  let line = given.firstLine; // of the next row
  let rows = 0;
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  let joined = new Uint8Array(1 << 14);
  const module = wasmModule(rowsWasm);
  let kernel: { parse: ParseRows; bytes: Uint8Array; room: number; out: number; words: number } | undefined;

  function kernelFor(length: number) {
    if (!module || (kernel && kernel.room >= length)) return kernel;
    const room = Math.max(length, smallBytes);
    const input = 65536; // above the module's own tables
    const out = input + Math.ceil((room + 64) / 64) * 64;
    const words = out + batchRows * dim * 4;
    const total = words + batchRows * 8 + 64;
    const memory = new WebAssembly.Memory({ initial: Math.ceil(total / 65536) });
    const { parseRows } = wasmInstance<{ parseRows: ParseRows }>(module, memory);
    kernel = { parse: parseRows, bytes: new Uint8Array(memory.buffer), room, out, words };
    return kernel;
  }

  /** The words of rows that were parsed, decoded at once; undefined where one may not be UTF-8. */
  function wordsOf(bytes: Uint8Array, pairs: Uint32Array, p: number, count: number, input: number) {
    let length = 0;
    for (let r = 0; r < count; r++) length += pairs[p + 2 * r + 1]! - pairs[p + 2 * r]! + 1;
    if (joined.length < length) joined = new Uint8Array(length * 2);
    let at = 0;
    for (let r = 0; r < count; r++) {
      for (let i = input + pairs[p + 2 * r]!; i < input + pairs[p + 2 * r + 1]!; i++) joined[at++] = bytes[i]!;
      joined[at++] = newline; // which no word holds
    }
    const text = decoder.decode(joined.subarray(0, at));
    return text.includes("\ufffd") ? undefined : text.split("\n");
  }

  /** A row that the kernel left: by the book. */
  function slow(bytes: Uint8Array): void {
    const at = () => `${where}:${line}`;
    const text = builder.decode(bytes, at).replace(/[ \t\r]+$/, "");
    if (text.trim() === "") return; // blank lines count for nothing
    const fields = text.split(/[ \t]+/);
    const numbers: number[] = [];
    while (fields.length > 1 && numbers.length < dim) {
      const value = numberOf(fields.at(-1)!);
      if (value === undefined) {
        fail({
          where: at(),
          expected: `${dim} numbers after the word`,
          received: JSON.stringify(fields.at(-1)),
          code: "data",
        });
      }
      numbers.push(value);
      fields.pop();
    }
    const over = fields.slice(1);
    if (numbers.length < dim || (over.length > 0 && (header || over.every((f) => numberOf(f) !== undefined)))) {
      fail({
        where: at(),
        expected: `${dim} numbers after the word`,
        received: String(numbers.length + over.length),
        hint: "the row was cut or joined with another, or the header names another dimension",
        code: "data",
      });
    }
    rows++;
    builder.add(text.slice(0, wordLength(text, dim)), Float32Array.from(numbers.reverse()), 0, at);
  }

  return {
    builder,
    rows: () => rows,
    line: () => line,
    read(bytes, last) {
      const { length } = bytes;
      let used = 0;
      const fast = kernelFor(length);
      if (fast) {
        fast.bytes.set(bytes, 65536);
        fast.bytes[65536 + length] = newline;
      }
      const heap = fast && new Float32Array(fast.bytes.buffer);
      const pairs = fast && new Uint32Array(fast.bytes.buffer);
      const status = fast ? (fast.words + batchRows * 8) >> 2 : 0;
      while (used < length && !builder.full()) {
        let odd = true;
        if (fast && heap && pairs) {
          const input = 65536 + used;
          const count = fast.parse(
            input,
            length - used,
            last ? 1 : 0,
            fast.out,
            dim,
            batchRows,
            fast.words,
            status << 2,
          );
          const p = fast.words >> 2;
          const names = wordsOf(fast.bytes, pairs, p, count, input);
          for (let r = 0, o = fast.out >> 2; r < count; r++, o += dim, line++) {
            const at = () => `${where}:${line}`;
            const word =
              names?.[r] ??
              builder.decode(fast.bytes.subarray(input + pairs[p + 2 * r]!, input + pairs[p + 2 * r + 1]!), at);
            builder.add(word, heap, o, at);
          }
          rows += count;
          used += pairs[status]!;
          odd = pairs[status + 1] === 1;
          if (!odd && count < batchRows) break; // no whole line is left
        }
        if (!odd) continue;
        const stop = bytes.indexOf(newline, used);
        if (stop < 0 && !last) break;
        slow(bytes.subarray(used, stop < 0 ? length : stop));
        line++;
        used = stop < 0 ? length : stop + 1;
      }
      return used;
    },
  };
}

/** Length of the part of a line before its last `dim` fields. */
function wordLength(text: string, dim: number): number {
  let end = text.length;
  for (let i = 0; i < dim; i++) {
    while (end > 0 && text[end - 1] !== " " && text[end - 1] !== "\t") end--;
    while (end > 0 && (text[end - 1] === " " || text[end - 1] === "\t")) end--;
  }
  return end;
}

export interface WriteTextOptions {
  /** The `rows dim` line: word2vec and fastText have it, GloVe has not. Default true. */
  header?: boolean;
  /** Digits after which a number is cut; the default, 9 significant digits, brings back the same float32. */
  precision?: number;
}

/** Writes text vectors, a chunk of some hundred rows at a time. A word with a space, tab or newline is refused. */
export function* writeTextVectors(
  vectors: WordVectors,
  { header = true, precision = 9 }: WriteTextOptions = {},
): Generator<Uint8Array> {
  const { words, matrix, dim } = vectors;
  const encoder = new TextEncoder();
  let text = header ? `${words.length} ${dim}\n` : "";
  for (let r = 0; r < words.length; r++) {
    text += checkedWord(words[r]!);
    for (let i = r * dim; i < (r + 1) * dim; i++) text += ` ${numeral(matrix[i]!, precision)}`;
    text += "\n";
    if (text.length > 1 << 18) {
      yield encoder.encode(text);
      text = "";
    }
  }
  if (text) yield encoder.encode(text);
}

function numeral(value: number, precision: number): string {
  return Object.is(value, -0) ? "-0" : String(Number(value.toPrecision(precision)));
}

/** A word that the text formats can hold. */
export function checkedWord(word: string): string {
  if (word === "" || /[ \t\r\n]/.test(word)) {
    fail({
      where: "write vectors",
      expected: "words without spaces or newlines",
      received: JSON.stringify(word),
      hint: "write safetensors, which keeps the vocabulary as JSON",
      code: "data",
    });
  }
  return word;
}
