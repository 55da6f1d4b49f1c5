// Rows to train on that need not be in memory: an array is one kind, an index into a file another (src/node). Who reads
// them asks for a batch at a time, and gets the same rows in the same order from either.

/** Rows by their place, from 0. */
export interface Rows<Row> extends Iterable<Row> {
  readonly length: number;
  /** The rows at these places, in the order asked for. */
  read(places: ArrayLike<number>): Row[];
}

/** What a task takes: rows in memory, or rows that are read when they are needed. */
export type RowsOrList<Row> = readonly Row[] | Rows<Row>;

/** Whether rows are read when they are needed. */
export const isStreamed = <Row>(rows: RowsOrList<Row>): rows is Rows<Row> => !Array.isArray(rows);

/** The row at a place. */
export const rowAt = <Row>(rows: RowsOrList<Row>, place: number): Row =>
  isStreamed(rows) ? rows.read([place])[0]! : rows[place]!;

/** The rows at these places, which go up. */
export function selectRows<Row>(rows: RowsOrList<Row>, places: Int32Array): RowsOrList<Row> {
  return isStreamed(rows)
    ? mapPlaces(rows, places.length, (i) => places[i]!)
    : Array.from(places, (place) => rows[place]!);
}

/** All rows but those at these places, which go up. Few are to be left out: each read looks its place up among them. */
export function withoutRows<Row>(rows: RowsOrList<Row>, left: Int32Array): RowsOrList<Row> {
  if (!isStreamed(rows)) {
    const out = new Set(left);
    return rows.filter((_, i) => !out.has(i));
  }
  if (left.length === 0) return rows;
  // The row that is i-th of those kept has so many left out before it: left[k] - k of the kept come before left[k].
  const placeOf = (i: number) => {
    let [low, high] = [0, left.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (left[middle]! - middle <= i) low = middle + 1;
      else high = middle;
    }
    return i + low;
  };
  return mapPlaces(rows, rows.length - left.length, placeOf);
}

/** Rows at even distances: this share of them, at least one. */
export function spreadRows<Row>(rows: RowsOrList<Row>, share = 1): RowsOrList<Row> {
  if (share >= 1) return rows;
  const count = Math.min(rows.length, Math.max(1, Math.round(share * rows.length)));
  return selectRows(
    rows,
    Int32Array.from({ length: count }, (_, i) => Math.floor((i * rows.length) / count)),
  );
}

/** The sum of numbers: of lengths, the tokens of all rows. */
export function sumOf(numbers: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < numbers.length; i++) sum += numbers[i]!;
  return sum;
}

function mapPlaces<Row>(rows: Rows<Row>, length: number, placeOf: (i: number) => number): Rows<Row> {
  const read = (places: ArrayLike<number>) => rows.read(Array.from(places, placeOf));
  return { length, read, [Symbol.iterator]: () => inBlocks({ length, read }) };
}

/**
 * Goes through rows in their order, a block at a time. Small blocks, whose rows are garbage before the collector has copied them
 * twice: with 1,024 rows, a pass over 100 MB left tens of MB of dead rows in the old generation.
 */
export function* inBlocks<Row>({ length, read }: Pick<Rows<Row>, "length" | "read">, block = 64): Generator<Row> {
  for (let from = 0; from < length; from += block) {
    yield* read(Array.from({ length: Math.min(block, length - from) }, (_, i) => from + i));
  }
}

/** Rows made ready for a network, each with its length. */
export interface EncodedRows<Encoded> {
  readonly lengths: ArrayLike<number>;
  read(places: ArrayLike<number>): Encoded[];
}

/** Encodes rows: those in memory once, those that are read when they are needed each time, after a pass for their lengths. */
export function encodeRows<Row, Encoded>(
  rows: RowsOrList<Row>,
  encode: (row: Row, place: number) => Encoded,
  lengthOf: (encoded: Encoded) => number,
): EncodedRows<Encoded> {
  if (!isStreamed(rows)) {
    const encoded = rows.map(encode);
    return { lengths: encoded.map(lengthOf), read: (places) => Array.from(places, (place) => encoded[place]!) };
  }
  const lengths = smallNumbers(rows.length);
  let place = 0;
  for (const row of rows) {
    lengths.set(place, lengthOf(encode(row, place)));
    place++;
  }
  return {
    lengths: lengths.list(),
    read: (places) => rows.read(places).map((row, i) => encode(row, places[i]!)),
  };
}

/** So many numbers from 0 on, in two bytes each while all are below 65,536. */
export function smallNumbers(count: number) {
  let held: Uint16Array | Int32Array = new Uint16Array(count);
  return {
    set(i: number, value: number) {
      if (value > 65_535 && held instanceof Uint16Array) held = Int32Array.from(held);
      held[i] = value;
    },
    list: (): Uint16Array | Int32Array => held,
  };
}
