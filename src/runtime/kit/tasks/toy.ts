// An exported model of a toy problem: an answer from numbers, or the likeliest symbol at each step.
import type { ModelData } from "../encoding.ts";
import { type OpenOptions, open, type WeightSource } from "../open.ts";

export async function load(data: ModelData, source: WeightSource, options?: OpenOptions) {
  const { graphs, shared } = await open(data, source, options);
  const { symbols } = data.info as { symbols?: readonly string[] };
  return {
    ...shared,
    symbols,
    /** Rows of numbers, a row a step: a number. Symbols: the likeliest answer at each of them. */
    answer(steps: readonly string[] | readonly (readonly number[])[]): number | string[] {
      const T = steps.length;
      const lengths = { shape: [1], data: [T] };
      if (!symbols) {
        const rows = steps as readonly (readonly number[])[];
        const inputs = { shape: [1, T, rows[0]?.length ?? 0], data: rows.flat() };
        return graphs.model!.run({ inputs, lengths }).number!.data[0]!;
      }
      const ids = (steps as readonly string[]).map((symbol) => {
        const id = symbols.indexOf(symbol);
        if (id < 0) throw new Error(`answer: expected symbols among ${symbols.join(" ")}, got ${symbol}`);
        return id;
      });
      const { data: logits } = graphs.model!.run({ inputs: { shape: [1, T], data: ids }, lengths }).logits!;
      return ids.map((_, t) => {
        const row = logits.subarray(t * symbols.length, (t + 1) * symbols.length);
        return symbols[row.indexOf(Math.max(...row))]!;
      });
    },
  };
}
