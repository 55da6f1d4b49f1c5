// One step after the other: the states after a step are those before the next one.
import type { Graph, Numbers, Result } from "./graph.ts";

/** Reads a step, B = 1; returns the results. */
export type Read = (feeds: Readonly<Record<string, Numbers>>) => Record<string, Result>;

/** A sequence of its own, from zero states: several can be under way in turns. */
export function sequence(graph: Graph): Read {
  const names = Object.keys(graph.states);
  let state: Record<string, Numbers> = Object.fromEntries(
    names.map((name) => {
      const shape = [1, ...graph.states[name]!];
      return [`state.${name}`, { shape, data: new Float32Array(shape.reduce((a, b) => a * b)) }];
    }),
  );
  return (feeds) => {
    const results = graph.run({ ...feeds, ...state });
    state = Object.fromEntries(names.map((name) => [`state.${name}`, results[`next.${name}`]!]));
    return results;
  };
}
