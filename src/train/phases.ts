// Parameters that are left alone at first (`freeze(layer, { unfreezeAfter })`). Until their time comes they have no gradient
// and no update. Which ones those are follows from the number of the step alone, so a resumed run equals an unbroken one.
import type { ParameterSpec } from "../nn/index.ts";
import type { ParameterLayout, ParameterSlot } from "../tensor/index.ts";

/** A trained parameter, and the number of updates made before it was first trained: its bias correction counts from there. */
export interface ActiveSlot extends ParameterSlot {
  readonly since: number;
}

export interface Phase {
  /** The first update of the next phase; Infinity for the last one. */
  readonly until: number;
  /** The parameters that are trained. */
  readonly active: readonly ActiveSlot[];
}

/** From the number of updates made to the phase of the next one. */
export function phases(
  specs: readonly ParameterSpec[],
  layout: ParameterLayout,
  perEpoch: number,
): (step: number) => Phase {
  const starts = new Map(specs.map(({ name, unfreezeAfter }) => [name, stepsOf(unfreezeAfter, perEpoch)]));
  const slots = layout.slots.map((slot): ActiveSlot => ({ ...slot, since: starts.get(slot.name) ?? 0 }));
  const turns = [...new Set(slots.map(({ since }) => since))].filter((step) => step > 0).sort((a, b) => a - b);
  return (step) => ({
    until: turns.find((turn) => turn > step) ?? Infinity,
    active: slots.filter(({ since }) => since <= step),
  });
}

const stepsOf = (length: ParameterSpec["unfreezeAfter"], perEpoch: number): number =>
  length === undefined ? 0 : "steps" in length ? length.steps : Math.max(1, Math.round(length.epochs * perEpoch));
