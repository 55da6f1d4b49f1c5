// Whether training data stays on disk, and what is done alike in either case.
import { statSync } from "node:fs";
import { fail, foldIn, random, randomKey } from "../../base/index.ts";
import { isStreamed, type RowsOrList, rowAt, selectRows, withoutRows } from "../../data/index.ts";

/**
 * Files of more bytes than this are read from disk while training: rows in memory take about six times their file.
 * gzip counts four times.
 */
const mostInMemory = 256 * 2 ** 20;

/** Whether the rows of these files stay on disk; `--stream` says so for small ones too. The batches are the same. */
export function staysOnDisk(files: readonly string[], { stream = false }: { stream?: boolean }): boolean {
  if (stream) return true;
  const sizes = files.map((file) => {
    const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
    return /\.gz$/i.test(file) ? 4 * size : size;
  });
  return sizes.reduce((a, b) => a + b, 0) > mostInMemory;
}

/** Most rows that are held out: twenty thousand tell an accuracy of 0.9 to 0.2 %. */
const mostHeld = 20_000;

/** Rows to train on and rows to validate on, which are drawn: lists are often sorted by label. The latter lie in memory. */
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

/** Characters that are enough to learn a vocabulary from; counting more takes memory without end. */
const enoughText = 2 ** 25;

/** Texts to learn a tokenizer from: all, or every n-th row where all have over 33 million characters. */
export function* textsToLearnFrom<Row>(rows: RowsOrList<Row>, textOf: (row: Row) => string): Generator<string> {
  let characters = 0;
  for (const row of rows) characters += textOf(row).length;
  const every = Math.ceil(characters / enoughText);
  if (every <= 1) for (const row of rows) yield textOf(row);
  else for (let i = 0; i < rows.length; i += every) yield textOf(rowAt(rows, i));
}

/** `, read from disk` where they are. */
export const whereRowsLie = (rows: RowsOrList<unknown>): string => (isStreamed(rows) ? ", read from disk" : "");
