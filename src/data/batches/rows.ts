// Rows in batches of like length, and the values of their feeds: what most tasks train on and are evaluated on.
import { type Batches, bucketBatches, type EncodedRows, type IndexBatch, sumOf } from "../index.ts";
import type { Batch, BatchOptions, EvaluationBatches, TrainingBatches } from "./batch.ts";

/** Rows made ready for a network. Those of like length share a batch; `sortBy` is what to sort by in place of the length. */
export type BatchRows<Row> = EncodedRows<Row> & {
  readonly sortBy?: ArrayLike<number>;
  /** Tokens in all; the sum of the lengths by default. */
  readonly tokens?: number;
};

/** Batches in an order of (seed, epoch). */
export function trainingRows<Row>(
  kind: string,
  rows: BatchRows<Row>,
  batchOf: (rows: readonly Row[]) => Batch,
  { batchSize, seed }: Pick<BatchOptions, "batchSize" | "seed">,
): TrainingBatches {
  const { lengths, sortBy, tokens = sumOf(lengths) } = rows;
  return {
    ...fromOrder(kind, bucketBatches(lengths, { batchSize, seed, sortBy }), ({ indices }) =>
      batchOf(rows.read(indices)),
    ),
    tokens,
  };
}

/**
 * Batches of rows that are read differently in each epoch. An epoch's rows are read at its start, so that they are batched by
 * the lengths that they have in it.
 *
 * @param rowsOf depends on the epoch only
 */
export function rereadRows<Row>(
  kind: string,
  rowsOf: (epoch: number) => BatchRows<Row>,
  batchOf: (rows: readonly Row[]) => Batch,
  { batchSize, seed }: Pick<BatchOptions, "batchSize" | "seed">,
): TrainingBatches {
  const planOf = (epoch: number) => {
    const rows = rowsOf(epoch);
    return { epoch, rows, order: bucketBatches(rows.lengths, { batchSize, seed, sortBy: rows.sortBy }) };
  };
  let plan = planOf(0);
  const { lengths, tokens = sumOf(lengths) } = plan.rows;
  const order: Batches<IndexBatch> = {
    ...plan.order,
    at(cursor) {
      if (plan.epoch !== cursor.epoch) plan = planOf(cursor.epoch);
      return plan.order.at(cursor);
    },
  };
  return { ...fromOrder(kind, order, ({ indices }) => batchOf(plan.rows.read(indices))), tokens };
}

/** Training batches that follow an order of rows. */
export function fromOrder(
  kind: string,
  order: Batches<IndexBatch>,
  batchOf: (batch: IndexBatch) => Batch,
): TrainingBatches {
  return {
    kind,
    perEpoch: order.perEpoch,
    start: { epoch: 0, batch: 0 },
    at({ epoch, batch = 0 }) {
      const found = order.at({ epoch, batch });
      // A spread would make the feeds of a batch of which only parts are asked for.
      return Object.assign(batchOf(found), { next: { ...found.next } });
    },
  };
}

/** Every row once, by length. */
export function evaluationRows<Row>(
  kind: string,
  rows: BatchRows<Row>,
  batchOf: (rows: readonly Row[]) => Batch,
  size: { batchSize: number } | { tokensPerBatch: number },
): EvaluationBatches {
  const { lengths, sortBy, tokens = sumOf(lengths) } = rows;
  return {
    kind,
    tokens,
    *batches() {
      if (lengths.length === 0) return;
      for (const { indices } of bucketBatches(lengths, { ...size, seed: 0, shuffle: false, sortBy }).epoch())
        yield batchOf(rows.read(indices));
    },
  };
}
