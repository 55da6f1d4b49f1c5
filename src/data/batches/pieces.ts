// Pieces in batches. A row of tokens goes from `<bos>` to `<eos>`; a row of frames begins with a silent one.
import { fail, type Random } from "../../base/index.ts";
import type { Value } from "../../engine/index.ts";
import { floats, ints } from "../../engine/values.ts";
import { keyCount, nextTokenPairs, padded, spreadRows } from "../index.ts";
import type { Fields } from "../piece-data.ts";
import { type Content, type Piece, pieceIds, pieceRoll } from "../pieces.ts";
import type { Batch, BatchOptions, EvaluationBatches, EvaluationBatchOptions, TrainingBatches } from "./batch.ts";
import { type BatchRows, evaluationRows, trainingRows } from "./rows.ts";

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

export const trainingBatches = (
  content: Content,
  fields: Fields,
  pieces: readonly Piece[],
  order: BatchOptions,
): TrainingBatches =>
  trainingRows(content.type, rowsOf(content, fields, pieces), (rows) => batchOf(fields, rows, 0), order);

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
