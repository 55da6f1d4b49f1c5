// Inputs for an exported graph, drawn from a seed: B rows and T steps, ragged lengths, states that are not zero.
import { random } from "../../src/base/index.ts";
import type { Value } from "../../src/engine/index.ts";
import type { InferenceGraph } from "../../src/tasks/index.ts";

/** Batch and time that every file is run at. */
export const sizes: readonly (readonly [B: number, T: number])[] = [
  [1, 1],
  [1, 7],
  [5, 1],
  [5, 7],
];

/** A value for each input and state of a graph. Ids are 0 and 1, which every table has. */
export function feedsFor({ inputs, states }: InferenceGraph, B: number, T: number, seed = 1): Record<string, Value> {
  const r = random(seed);
  const axes: Record<string, number> = { B, T, S: T, W0: 2, C0: 2, W1: 3, C1: 5, C: 4 };
  const all = [
    ...inputs.map(({ attrs: { name }, dtype, shape }) => ({ name, dtype, shape })),
    ...Object.entries(states).map(([name, shape]) => ({
      name: `state.${name}`,
      dtype: "float" as const,
      shape: ["B", ...shape],
    })),
  ];
  return Object.fromEntries(
    all.map(({ name, dtype, shape: dims }): [string, Value] => {
      const shape = dims.map((dim) => (typeof dim === "number" ? dim : axes[dim]!));
      const size = shape.reduce((a, b) => a * b, 1);
      if (dtype === "float") {
        const draw = name === "mask" ? (i: number) => (i % T === 0 ? 1 : r.below(2)) : () => 2 * r.uniform() - 1;
        return [name, { dtype, shape, data: Float32Array.from({ length: size }, (_, i) => draw(i)) }];
      }
      // The first row is as long as the batch, as in a batch that is padded to its longest.
      const longest = name.endsWith("Counts0") ? axes.C0! : name.endsWith("Counts1") ? axes.C1! : T;
      const draw = /lengths|Counts/i.test(name)
        ? (i: number) => (i === 0 ? longest : 1 + r.below(longest))
        : () => r.below(2);
      return [name, { dtype: "int", shape, data: Int32Array.from({ length: size }, (_, i) => draw(i)) }];
    }),
  );
}
