// Rows of training data, in memory or on disk: split, and sampled alike in either case.
import { fail, foldIn, random, randomKey } from "../../base/index.ts";
import { isStreamed, type RowsOrList, rowAt, selectRows, withoutRows } from "../../data/index.ts";

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
