// Lines mode: each line is a sequence of its own, with its begin and end marked.
import { fail } from "../../base/index.ts";
import type { EncodeOptions, Tokenizer } from "./tokenizer.ts";

/**
 * Encodes each line as `<bos> line <eos>` (what of the two the tokenizer has).
 *
 * Empty lines are skipped. The tokenizer must have `<eos>`: without it a model cannot end a line.
 * @example charTokenizer.fit(lines, { specials: ["pad", "bos", "eos"] })
 */
export function encodeLines(tokenizer: Tokenizer, lines: Iterable<string>, options?: EncodeOptions): Int32Array[] {
  const { bos, eos } = tokenizer.special;
  if (eos === undefined) fail({ where: "encodeLines", expected: 'a tokenizer with "eos" among its specials' });
  const sequences: Int32Array[] = [];
  for (const line of lines) {
    if (line === "") continue;
    const ids = tokenizer.encode(line, options);
    const begin = bos === undefined ? 0 : 1;
    const sequence = new Int32Array(begin + ids.length + 1);
    if (bos !== undefined) sequence[0] = bos;
    sequence.set(ids, begin);
    sequence[begin + ids.length] = eos;
    sequences.push(sequence);
  }
  return sequences;
}
