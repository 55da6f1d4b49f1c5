// Cuts data into parts to train on, to choose by and to report: in order, the last parts held out.
import { checkNumber, fail } from "../base/index.ts";

/** The three parts; `test` is empty where none was asked for. */
export interface Split<A> {
  train: A;
  valid: A;
  test: A;
}

/**
 * Splits a stream of ids, or a list of anything, in order: first `train`, then `valid`, then `test`.
 * In order, because neighbors in a text are alike: a random split would let the model peek.
 *
 * @param valid the fraction to validate on, in [0, 1)
 * @param test the fraction to test on, in [0, 1). Default 0
 *
 * @example
 * ```ts
 * const { train, valid } = splitData(tokenizer.encode(text), { valid: 0.1 });
 * ```
 */
export function splitData<A extends Int32Array | Uint16Array | Uint8Array | readonly unknown[]>(
  data: A,
  { valid, test = 0 }: { valid: number; test?: number },
): Split<A> {
  checkNumber("splitData(valid)", valid, { min: 0, below: 1 });
  checkNumber("splitData(test)", test, { min: 0, below: 1 });
  if (valid + test >= 1) fail({ where: "splitData", expected: "valid + test below 1", received: String(valid + test) });
  const n = data.length;
  // the small term keeps 0.8 n whole where 1 - 0.1 - 0.1 falls just short of 0.8
  const first = Math.floor(n * (1 - valid - test) + 1e-9);
  const second = test === 0 ? n : Math.max(first, Math.floor(n * (1 - test) + 1e-9));
  const part = (start: number, end: number): A =>
    (Array.isArray(data) ? data.slice(start, end) : (data as Int32Array).subarray(start, end)) as A;
  return { train: part(0, first), valid: part(first, second), test: part(second, n) };
}
