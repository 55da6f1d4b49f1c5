// From options to the filters of src/decode, in the order of `unrolled sample`.
import { exclude, type Filter, minP, repetitionPenalty, temperature, topK, topP } from "../../decode/filters.ts";

export interface DrawOptions {
  /** Below 1 is more conservative, above 1 more random, 0 takes the likeliest token. 1 by default. */
  temperature?: number;
  /** Draw from the k likeliest tokens only. */
  topK?: number;
  /** Draw from the likeliest tokens that make up this share. */
  topP?: number;
  /** Draw from tokens at least this share as likely as the likeliest one. */
  minP?: number;
  /** Makes tokens that came before less likely; 1.2 is usual. */
  repetitionPenalty?: number;
  /** Ids never to draw. */
  exclude?: readonly number[];
}

export function filtersOf(options: DrawOptions): Filter[] {
  const { temperature: t = 1, topK: k, topP: p, minP: m, repetitionPenalty: penalty, exclude: never } = options;
  return [
    temperature(t),
    ...(k === undefined ? [] : [topK(k)]),
    ...(p === undefined ? [] : [topP(p)]),
    ...(m === undefined ? [] : [minP(m)]),
    ...(penalty === undefined ? [] : [repetitionPenalty(penalty)]),
    ...(never === undefined ? [] : [exclude(never)]),
  ];
}
