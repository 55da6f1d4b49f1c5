// Rows of training data, in memory or on disk: joined, split, and sampled alike in either case.
import { statSync } from "node:fs";
import { fail, foldIn, random, randomKey } from "../../base/index.ts";
import { inBlocks, isStreamed, type RowsOrList, rowAt, selectRows, withoutRows } from "../../data/index.ts";
import type { SourceFile } from "../source.ts";

/**
 * Files of more bytes than this are read from disk while training: rows in memory take about six times their file.
 * gzip counts four times.
 */
const mostInMemory = 16 * 2 ** 20;

/** Whether the rows of these files stay on disk; with `stream` small ones too. The batches are the same. */
export function staysOnDisk(files: readonly SourceFile[], { stream = false }: { stream?: boolean }): boolean {
  if (stream) return true;
  const sizes = files.map(({ path }) => {
    const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
    return /\.gz$/i.test(path) ? 4 * size : size;
  });
  return sizes.reduce((a, b) => a + b, 0) > mostInMemory;
}

/** Rows of several files, one after the other. */
export function joinRows<Row>(parts: readonly RowsOrList<Row>[]): RowsOrList<Row> {
  if (parts.length === 1) return parts[0]!;
  if (!parts.some(isStreamed)) return (parts as readonly (readonly Row[])[]).flat();
  const starts = [0];
  for (const part of parts) starts.push(starts.at(-1)! + part.length);
  const length = starts.at(-1)!;
  const read = (places: ArrayLike<number>): Row[] =>
    Array.from(places, (place) => {
      const part = starts.findLastIndex((start, i) => start <= place && i < parts.length);
      return rowAt(parts[part]!, place - starts[part]!);
    });
  return { length, read, [Symbol.iterator]: () => inBlocks({ length, read }) };
}

/** Most rows that are held out: with twenty thousand, an accuracy of 0.9 has a standard error of 0.2 %. */
const mostHeld = 20_000;

/** Training rows, and validation rows in memory. The latter are drawn at random: files are often sorted by label. */
export function drawValidation<Row>(
  rows: RowsOrList<Row>,
  fraction: number,
  { seed, source }: { seed: number; source: string },
): [RowsOrList<Row>, Row[] | undefined] {
  if (fraction === 0) return [rows, undefined];
  const order = new Int32Array(rows.length);
  for (let i = 0; i < order.length; i++) order[i] = i;
  random(foldIn(randomKey(seed), "valid")).shuffle(order);
  const count = Math.max(1, Math.min(mostHeld, Math.round(rows.length * fraction)));
  if (count >= rows.length) {
    const hint = "give more rows, or --valid 0";
    fail({ where: source, expected: "two or more rows", received: String(rows.length), hint, code: "data" });
  }
  const held = order.slice(0, count).sort();
  return [withoutRows(rows, held), [...selectRows(rows, held)]];
}

/** Characters that are enough to fit a tokenizer; counting more takes memory without end. */
const enoughText = 2 ** 25;

/** Texts to fit a tokenizer on: all, or every n-th row where all have over 33 million characters. */
export function* textsToLearnFrom<Row>(rows: RowsOrList<Row>, textOf: (row: Row) => string): Generator<string> {
  let characters = 0;
  for (const row of rows) characters += textOf(row).length;
  const every = Math.ceil(characters / enoughText);
  if (every <= 1) for (const row of rows) yield textOf(row);
  else for (let i = 0; i < rows.length; i += every) yield textOf(rowAt(rows, i));
}

/** `, read from disk` if they are. */
export const whereRowsLie = (rows: RowsOrList<unknown>): string => (isStreamed(rows) ? ", read from disk" : "");
