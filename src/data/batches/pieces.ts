// Pieces in batches. A row of tokens goes from `<bos>` to `<eos>`; a row of frames begins with a silent one.
import { fail, foldIn, type Random, random, randomKey } from "../../base/index.ts";
import type { Value } from "../../engine/index.ts";
import { floats, ints } from "../../engine/values.ts";
import { keyCount, nextTokenPairs, padded, spreadRows } from "../index.ts";
import type { Fields } from "../piece-data.ts";
import { type Content, type Piece, pieceIds, pieceRoll } from "../pieces.ts";
import type { Batch, BatchOptions, EvaluationBatches, EvaluationBatchOptions, TrainingBatches } from "./batch.ts";
import { type BatchRows, evaluationRows, rereadRows, trainingRows } from "./rows.ts";

interface Row {
  /** Ids, or a roll [T, 88]. */
  values: Int32Array | Float32Array;
  /** Steps that are predicted. */
  length: number;
  labels: Int32Array;
}

/** The id of a label. @throws UnrolledError that lists the labels, where there is no such one */
export function labelId(fields: Fields, field: string, label: string | undefined): number {
  if (label === undefined) return 0;
  const at = fields[field]!.indexOf(label);
  if (at >= 0) return at + 1;
  const known = fields[field]!.slice(0, 20).join(", ");
  return fail({ where: `generator(${field})`, expected: `one of ${known}`, received: label, code: "data" });
}

/** A label for each field: the one that is asked for, or one that is drawn. */
export const drawLabels = (
  fields: Fields,
  wanted: Readonly<Record<string, string>>,
  draws: Random,
): Record<string, string> =>
  Object.fromEntries(
    Object.entries(fields).map(([name, all]) => [name, wanted[name] ?? all[draws.below(all.length)]!]),
  );

function rowsOf(content: Content, fields: Fields, pieces: readonly Piece[]): BatchRows<Row> {
  const rows = pieces.flatMap((piece) => {
    const labels = Int32Array.from(Object.keys(fields), (field) => labelId(fields, field, piece.labels?.[field]));
    const values = content.type === "frames" ? pieceRoll(piece) : pieceIds(content, piece);
    const length = content.type === "frames" ? values.length / keyCount : values.length - 1;
    return length > 0 ? [{ values, length, labels }] : [];
  });
  const read = (places: ArrayLike<number>) => Array.from(places, (place) => rows[place]!);
  return { lengths: rows.map(({ length }) => length), read };
}

/** Feeds of rows. `from` is the first step that counts, `[B]`. */
function batchOf(fields: Fields, rows: readonly Row[], from: number): Batch {
  const B = rows.length;
  const lengths = Int32Array.from(rows, ({ length }) => length);
  const T = Math.max(...lengths);
  const names = Object.keys(fields);
  const column = (i: number) => Int32Array.from(rows, (row) => row.labels[i]!);
  const labels = names.map((name, i): [string, Value] => [`label.${name}`, ints(column(i), B)]);
  return {
    feeds: {
      ...sequences(rows, B, T),
      lengths: ints(lengths, B),
      from: ints(new Int32Array(B).fill(from), B),
      ...Object.fromEntries(labels),
    },
    rows: B,
    tokens: lengths.reduce((sum, length) => sum + Math.max(0, length - from), 0),
    fresh: true,
  };
}

function sequences(rows: readonly Row[], B: number, T: number): Record<string, Value> {
  if (rows[0]!.values instanceof Int32Array) {
    const { inputs, targets } = nextTokenPairs(padded(rows.map(({ values }) => values as Int32Array)));
    return { inputs: ints(inputs, B, T), targets: ints(targets, B, T) };
  }
  const targets = new Float32Array(B * T * keyCount);
  const inputs = new Float32Array(B * T * keyCount);
  rows.forEach(({ values, length }, b) => {
    targets.set(values, b * T * keyCount);
    inputs.set(values.subarray(0, (length - 1) * keyCount), (b * T + 1) * keyCount);
  });
  return { inputs: floats(inputs, B, T, keyCount), targets: floats(targets, B, T, keyCount) };
}

/** @param transposition most semitones that a roll is moved by, up or down, at random in each epoch */
export function trainingBatches(
  content: Content,
  fields: Fields,
  pieces: readonly Piece[],
  order: BatchOptions,
  transposition = 0,
): TrainingBatches {
  const rows = rowsOf(content, fields, pieces);
  if (transposition === 0) return trainingRows(content.type, rows, (some) => batchOf(fields, some, 0), order);
  const key = foldIn(randomKey(order.seed), "transposition");
  const moved = (epoch: number): BatchRows<Row> => ({
    lengths: rows.lengths,
    read: (places) =>
      rows.read(places).map((row, i) => transposed(row, transposition, random(foldIn(key, epoch, places[i]!)))),
  });
  return rereadRows(content.type, moved, (some) => batchOf(fields, some, 0), order);
}

/** A roll moved by a number of semitones that is drawn, within the keys of the piano. */
function transposed(row: Row, most: number, draw: Random): Row {
  const roll = row.values as Float32Array;
  let [lowest, highest] = [keyCount - 1, 0];
  for (const [at, sounds] of roll.entries()) {
    if (sounds === 0) continue;
    lowest = Math.min(lowest, at % keyCount);
    highest = Math.max(highest, at % keyCount);
  }
  if (lowest > highest) return row; // silence
  const down = Math.min(most, lowest);
  const by = draw.below(down + Math.min(most, keyCount - 1 - highest) + 1) - down;
  const values = new Float32Array(roll.length);
  for (const [at, sounds] of roll.entries()) if (sounds !== 0) values[at + by] = sounds;
  return { ...row, values };
}

/**
 * Frames are counted from the second on, as the literature does (Boulanger-Lewandowski et al., 2012; Bai et al., 2018):
 * nothing is known that the first one could be predicted from.
 */
export function evaluationOf(
  content: Content,
  fields: Fields,
  pieces: readonly Piece[],
  { batchSize = 32, share }: EvaluationBatchOptions = {},
): EvaluationBatches {
  const from = content.type === "frames" ? 1 : 0;
  const rows = rowsOf(content, fields, [...spreadRows(pieces, share)]);
  return evaluationRows(content.type, rows, (some) => batchOf(fields, some, from), { batchSize });
}
