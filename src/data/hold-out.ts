// Rows held out for validation, and rows to learn a vocabulary from: the same ones whether they are in memory or on disk.
import { fail, foldIn, random, randomKey } from "../base/index.ts";
import { type RowsOrList, rowAt, selectRows, withoutRows } from "./rows.ts";

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
    const hint = "give more rows, or hold none out: valid 0, on the command line --valid 0";
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

/** A thousand are enough to tell one checkpoint from another. */
const mostPairs = 1000;

/**
 * Pairs for training and validation. They are drawn by source, so that no source stands on both sides: those whose
 * sources have the lowest hashes.
 */
export function holdOutPairs<Pair extends { readonly source: string }>(
  pairs: RowsOrList<Pair>,
  fraction: number,
  seed: number,
): [RowsOrList<Pair>, Pair[]] {
  const key = foldIn(randomKey(seed), "valid");
  const hashOf = ({ source }: Pair) => foldIn(key, source)[0]! >>> 0;
  // Of a corpus without end only the lowest are kept: as many as make a thousand by the fraction.
  const enough = Math.ceil(mostPairs / Math.max(fraction, 1e-3));
  let hashes = new Set<number>();
  let highest = Infinity;
  const sorted = () => [...hashes].sort((a, b) => a - b);
  for (const pair of pairs) {
    const hash = hashOf(pair);
    if (hash <= highest) hashes.add(hash);
    if (hashes.size <= 2 * enough) continue;
    const lowest = sorted().slice(0, enough);
    hashes = new Set(lowest);
    highest = lowest.at(-1)!;
  }
  const count = Math.min(mostPairs, Math.round(hashes.size * fraction));
  const limit = sorted()[count - 1] ?? -1;
  const held: number[] = [];
  let place = 0;
  for (const pair of pairs) {
    if (hashOf(pair) <= limit) held.push(place);
    place++;
  }
  const places = Int32Array.from(held);
  return [withoutRows(pairs, places), [...selectRows(pairs, places)]];
}
