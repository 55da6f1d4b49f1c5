// The time loop: its body runs over fixed places; what it scans is copied there at each step, what it hands out is copied
// from there.
import type { EncodedLoop } from "./encoding.ts";
import type { Planner } from "./operation.ts";
import type { View } from "./views.ts";

export function loop(planner: Planner, encoded: EncodedLoop): void {
  const { memory, values, fresh, shapeOf, value, call } = planner;
  const initial = encoded.initial.map(value);
  const over = encoded.over.map(value);
  const steps = over[0]!.shape[0]!;
  const places = (all: EncodedLoop["xs"]) =>
    all.map(([id, shape]) => {
      const view = fresh(shapeOf(shape));
      values.set(id, view);
      return view;
    });
  const states = places(encoded.states);
  const xs = places(encoded.xs);
  const body = planner.inner(encoded.body);
  const next = encoded.next.map(value);
  // A state may be taken over from another one: then all are moved aside before one is overwritten.
  const shared = next.some((from, i) => states.some((state, j) => i !== j && overlap(from, state)));
  const aside = shared ? next.map(({ shape }) => fresh(shape)) : next;
  const stacked = encoded.stacked.map(([inner, outer]) => {
    const from = value(inner);
    const to = fresh([steps, ...from.shape]);
    values.set(outer, to);
    return { from, to };
  });
  for (const [index, id] of encoded.finals) values.set(id, states[index]!);
  call(() => {
    const f = memory.floats();
    const move = (from: number, to: number, size: number) => f.copyWithin(to, from, from + size);
    initial.forEach(({ at, size }, i) => void move(at, states[i]!.at, size));
    for (let n = 0; n < steps; n++) {
      const t = encoded.reverse ? steps - 1 - n : n;
      for (let i = 0; i < xs.length; i++) move(over[i]!.at + t * xs[i]!.size, xs[i]!.at, xs[i]!.size);
      for (let i = 0; i < body.length; i++) body[i]!();
      for (const { from, to } of stacked) move(from.at, to.at + t * from.size, from.size);
      if (shared) next.forEach(({ at, size }, i) => void move(at, aside[i]!.at, size));
      for (let i = 0; i < aside.length; i++) move(aside[i]!.at, states[i]!.at, aside[i]!.size);
    }
  });
}

const overlap = (a: View, b: View): boolean => a.at < b.at + b.size && b.at < a.at + a.size;
