// Small problems with a known answer, made without end: what shows how far back a network remembers.
import { checkNumber, fail, foldIn, type RandomKey, randomKey } from "../../base/index.ts";
import { adding } from "./adding.ts";
import { agreement } from "./agreement.ts";
import { anbn } from "./anbn.ts";
import { copying } from "./copying.ts";
import { dates } from "./dates.ts";
import type { Toy } from "./kinds.ts";

/** The toys by name, what their number means, its default and range. */
export const toys = {
  adding: { make: adding, number: "time steps", usual: 100, min: 4, max: 100_000 },
  copy: { make: copying, number: "steps to remember over", usual: 100, min: 1, max: 100_000 },
  anbn: { make: anbn, number: "most repetitions", usual: 20, min: 1, max: 10_000 },
  agreement: { make: agreement, number: "most distractors", usual: 3, min: 0, max: 20 },
  dates: { make: dates, number: "", usual: 0, min: 0, max: 0 },
} as const;

/**
 * Makes a toy from its spec: `adding:600`, `copy:100`, `anbn:20`, `agreement`, `dates`.
 *
 * @throws UnrolledError where there is no such toy, or its number is out of range
 */
export function toy(spec: string, { seed = 1 }: { seed?: number } = {}): Toy {
  const [, name = "", given] = /^([a-z]+)(?::(.*))?$/.exec(spec.trim()) ?? [];
  if (!Object.hasOwn(toys, name)) {
    const known = Object.entries(toys).map(([key, { number, usual }]) => (number ? `${key}:${usual}` : key));
    fail({ where: "toy", expected: `one of ${known.join(", ")}`, received: JSON.stringify(spec) });
  }
  const { make, number, usual, min, max } = toys[name as keyof typeof toys];
  if (given !== undefined && number === "") fail({ where: "toy", expected: name, received: JSON.stringify(spec) });
  const value = given === undefined ? usual : Number(given.trim() || Number.NaN);
  checkNumber(`toy ${name} (${number})`, value, { min, max, integer: true });
  return make(value, foldIn(randomKey(seed), "toy", name));
}

export type ToyMaker<T> = (value: number, key: RandomKey) => T;
