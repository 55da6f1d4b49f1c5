// Element-wise work at the beginning of a loop's step that reads what the product at the end of the step before made:
// the product does it for the next step, on its own tile. A backward step of an LSTM so takes one kernel.
import { product } from "../../tensor/shape.ts";
import type { ScanBody, Tensor } from "../../tensor/tensor.ts";
import type { Loop, Place } from "./code.ts";
import type { Lowering, Unit } from "./lowering.ts";
import { productKernel, productShape } from "./matmul.ts";

export function rotate(
  builder: Lowering,
  units: readonly Unit[],
  loop: Loop,
  body: ScanBody,
  states: readonly Place[],
): { first: Unit[]; units: Unit[] } | undefined {
  const [early] = units;
  const late = units.at(-1);
  if (units.length < 2 || early?.kind !== "kernel" || late?.kind !== "kernel") return undefined;
  const { pieces } = early.from ?? {};
  const { spec } = late.from ?? {};
  if (!pieces || !spec) return undefined;
  const { environment } = builder;
  const { m, n, batch } = productShape(environment, spec.tensor);
  const units_ = spec.gates === 1 ? n : (n as number) / spec.gates;
  if (product(pieces[0]!.value.shape) !== product([...batch, m, units_])) return undefined;
  // While a workgroup is at the next step others are at this one: they may share only what has a copy for each step.
  const shared = (a: ReadonlySet<Place>, b: ReadonlySet<Place>) => [...a].filter((place) => b.has(place));
  if (shared(early.draft.writes, late.draft.reads).some((place) => place.rows !== loop)) return undefined;
  if (shared(early.draft.writes, late.draft.writes).length > 0) return undefined;
  const made = new Map<Tensor, Tensor>();
  for (const place of shared(late.draft.writes, early.draft.reads)) {
    const i = states.indexOf(place);
    if (i < 0) return undefined;
    made.set(body.states[i]!, body.next[i]!);
  }
  if (made.size === 0) return undefined;
  const draft = productKernel(environment, { ...spec, later: { pieces, states: made } });
  if (!draft || draft.reads.size > 64) return undefined;
  return { first: [early], units: [...units.slice(1, -1), builder.kernel(draft)] };
}
