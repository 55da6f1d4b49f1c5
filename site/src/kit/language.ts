// Reads and writes with a language model whose weights change: the library's own inference graph on the reference engine.
import type { LanguageModel } from "unrolled";
import { softmax } from "unrolled/decode";
import { tasks } from "unrolled/tasks";
import { view } from "unrolled/tensor";
import { floats, ints, program, rowsOf } from "./reference.ts";

export interface LanguageReader {
  /** Logits of the next token after each token of each row: [rows][T][V]. Rows are of one length. */
  logits(weights: Float32Array, rows: readonly (readonly number[])[]): Promise<number[][][]>;
  /** `<bos>` and the known characters (or words) of a text. */
  ids(text: string): number[];
  /** -log2 p of each token after the first. */
  surprise(weights: Float32Array, ids: readonly number[]): Promise<number[]>;
}

export function languageReader(model: LanguageModel): LanguageReader {
  const { model: graph } = tasks["language-model"].graphs(model);
  const run = program(() => graph!.outputs);
  const { tokenizer } = model;
  const V = tokenizer.vocabulary.size;
  const bos = tokenizer.special.bos!;
  const logits: LanguageReader["logits"] = async (weights, rows) => {
    const [B, T] = [rows.length, rows[0]!.length];
    const state = Object.entries(model.state).map(([name, shape]) => {
      const full = [B, ...shape];
      return [`state.${name}`, floats(full, new Float64Array(full.reduce((a, b) => a * b, 1)))] as const;
    });
    const found = await run({
      ids: ints([B, T], rows.flat()),
      ...Object.fromEntries(state),
      ...Object.fromEntries(model.layout.slots.map((slot) => [slot.name, floats(slot.shape, view(weights, slot))])),
    });
    return rowsOf(found.logits!, T * V).map((row) => rowsOf(row, V));
  };
  return {
    logits,
    ids: (text) => [bos, ...tokenizer.encode(text).filter((id) => id >= 0)],
    async surprise(weights, ids) {
      const [rows] = await logits(weights, [ids]);
      return ids.slice(1).map((id, t) => -Math.log2(softmax(Float32Array.from(rows![t]!))[id]!));
    },
  };
}
