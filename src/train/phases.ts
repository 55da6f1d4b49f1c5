// Parameters that are left alone at first (`freeze(layer, { unfreezeAfter })`). They lie in the flat buffer with the
// others, so that nothing moves when their time comes; until then no gradient of them is computed and no update made.
// Which ones those are follows from the number of the step alone, so that a resumed run is the run through.
import type { ParameterSpec } from "../nn/index.ts";
import type { ParameterLayout } from "../tensor/index.ts";
import type { ParameterRange } from "./optimizers.ts";

export interface Phase {
  /** The first update of the phase after this one; Infinity where there is none. */
  readonly until: number;
  /** The slots that are trained, and those still left alone; both with their places in the whole buffer. */
  readonly active: ParameterLayout;
  readonly held: ParameterLayout;
  /** What to update. */
  readonly ranges: readonly ParameterRange[] | undefined;
}

/** From the number of updates made to the phase that the next one is in. */
export function phases(
  specs: readonly ParameterSpec[],
  layout: ParameterLayout,
  { perEpoch, ranges }: { perEpoch: number; ranges?: readonly ParameterRange[] },
): (step: number) => Phase {
  const starts = new Map(specs.map(({ name, unfreezeAfter }) => [name, stepsOf(unfreezeAfter, perEpoch)]));
  const startOf = ({ name }: { name: string }) => starts.get(name) ?? 0;
  const turns = [...new Set(layout.slots.map(startOf))].filter((step) => step > 0).sort((a, b) => a - b);
  const part = (inside: (start: number) => boolean): ParameterLayout => {
    const slots = layout.slots.filter((slot) => inside(startOf(slot)));
    return { ...layout, slots, count: slots.reduce((sum, { size }) => sum + size, 0) };
  };
  const everything: readonly ParameterRange[] = [{ offset: 0, length: layout.length }];
  return (step) => ({
    until: turns.find((turn) => turn > step) ?? Infinity,
    active: part((start) => start <= step),
    held: part((start) => start > step),
    ranges: turns.length === 0 ? ranges : cut(ranges ?? everything, layout, startOf, step),
  });
}

const stepsOf = (length: ParameterSpec["unfreezeAfter"], perEpoch: number): number =>
  length === undefined ? 0 : "steps" in length ? length.steps : Math.max(1, Math.round(length.epochs * perEpoch));

/** The parts of ranges that are trained at this step, each with the step at which its training began. */
function cut(
  ranges: readonly ParameterRange[],
  { slots }: ParameterLayout,
  startOf: (slot: { name: string }) => number,
  step: number,
): ParameterRange[] {
  return ranges.flatMap((range) => {
    const end = range.offset + range.length;
    const parts: { offset: number; length: number; since: number }[] = [];
    for (const slot of slots) {
      const since = startOf(slot);
      const from = Math.max(range.offset, slot.offset);
      const to = Math.min(end, slot.offset + slot.size);
      if (since > step || from >= to) continue;
      const last = parts.at(-1);
      if (last?.since === since) last.length = to - last.offset;
      else parts.push({ offset: from, length: to - from, since });
    }
    return parts.map((each) => ({ ...range, ...each }));
  });
}
