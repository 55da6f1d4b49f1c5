// Rows of training data, in memory or on disk: split, and sampled alike in either case.
import { fail, foldIn, random, randomKey } from "../../base/index.ts";
import { isStreamed, type RowsOrList, rowAt, selectRows, withoutRows } from "../../data/index.ts";

/** Most rows that are held out: with twenty thousand, an accuracy of 0.9 has a standard error of 0.2 %. */
const mostHeld = 20_000;

/**
 * Training rows, and validation rows in memory. The latter are drawn at random: files are often sorted by label.
 *
 * @param labelOf holds out the same share of every label (a stratified split); a label's only row is trained on
 */
export function drawValidation<Row>(
  rows: RowsOrList<Row>,
  fraction: number,
  { seed, source, labelOf }: { seed: number; source: string; labelOf?: (row: Row) => string },
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
  const held = (labelOf ? stratified(order, count, labelsOf(rows, labelOf)) : order.slice(0, count)).sort();
  return held.length === 0 ? [rows, undefined] : [withoutRows(rows, held), [...selectRows(rows, held)]];
}

/** A number for each row's label, and how many rows each label has. */
function labelsOf<Row>(rows: RowsOrList<Row>, labelOf: (row: Row) => string) {
  const numbers = new Map<string, number>();
  const counts: number[] = [];
  const byRow = new Int32Array(rows.length);
  let place = 0;
  for (const row of rows) {
    const label = labelOf(row);
    const number = numbers.get(label) ?? numbers.size;
    numbers.set(label, number);
    counts[number] = (counts[number] ?? 0) + 1;
    byRow[place++] = number;
  }
  return { byRow, counts };
}

/** The first rows of an order that hold every label's share of `count`; what rounding leaves over goes to the largest remainders. */
function stratified(
  order: Int32Array,
  count: number,
  { byRow, counts }: { byRow: Int32Array; counts: readonly number[] },
): Int32Array {
  const shares = counts.map((rows) => (rows * count) / order.length);
  const quotas = shares.map((share, label) => Math.min(Math.floor(share), counts[label]! - 1));
  const byRemainder = [...shares.keys()].sort((a, b) => (shares[b]! % 1) - (shares[a]! % 1) || a - b);
  let left = count - quotas.reduce((sum, quota) => sum + quota, 0);
  for (const label of byRemainder) {
    if (left <= 0) break;
    if (quotas[label]! + 1 >= counts[label]!) continue;
    quotas[label]!++;
    left--;
  }
  return order.filter((row) => quotas[byRow[row]!]!-- > 0);
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
