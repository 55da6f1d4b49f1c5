// Rows for `inspect`.
import { fail } from "../../base/index.ts";
import type { Vocabulary } from "../../data/index.ts";
import { type InspectedRow, type InspectedSequence, inspectGradients } from "../../inspect/index.ts";
import type { Trainable } from "../../train/index.ts";
import type { LookOptions } from "./task.ts";

/** Looks at the rows that were asked for, each alone, so that they keep the file's order. */
export async function lookAt<Row, Data>(
  model: Trainable<Data>,
  all: readonly Row[],
  dataOf: (row: Row) => Data,
  tokensOf: (found: InspectedRow, row: Row) => readonly string[] | undefined,
  { row: first, rows, ...options }: LookOptions,
): Promise<InspectedSequence[]> {
  if (first > all.length) fail({ where: "--row", expected: `a row from 1 to ${all.length}`, received: String(first) });
  const looked: InspectedSequence[] = [];
  for (const row of all.slice(first - 1, first - 1 + rows))
    for (const found of await inspectGradients(model, dataOf(row), options)) {
      const tokens = tokensOf(found, row);
      looked.push(tokens ? { ...found, tokens } : found);
    }
  return looked;
}

/** The tokens of a row by their ids. */
export const tokensBy =
  ({ token }: Pick<Vocabulary, "token">) =>
  ({ ids }: InspectedRow): string[] | undefined =>
    ids?.map((id) => token(id));
