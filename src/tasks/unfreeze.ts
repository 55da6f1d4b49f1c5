// A model whose frozen parameters are to be trained after all: a saved one, say, that is now to be fine-tuned.

import { unfrozen, unfrozenConfig } from "../nn/freeze.ts";
import { parameterLayouts } from "../nn/index.ts";
import { type ParameterLayout, view } from "../tensor/index.ts";
import type { Model } from "./tasks.ts";

/**
 * The same model with every parameter trainable: its values are the same, bit for bit, and it has no training state.
 * (`freeze(layer, { unfreezeAfter })` unfreezes in the course of a run.)
 *
 * @example
 * ```ts
 * const again = unfreezeModel(await load("models/reviews", { task: "classifier" }));
 * ```
 */
export function unfreezeModel<M extends Model>(model: M): M {
  const specs = unfrozen(model.specs);
  const { trainable, frozen } = parameterLayouts(specs);
  const parameters = new Float32Array(trainable.length);
  const places = new Map(trainable.slots.map((slot) => [slot.name, slot]));
  const copy = (flat: Float32Array, { slots }: ParameterLayout) => {
    for (const slot of slots) view(parameters, places.get(slot.name)!).set(view(flat, slot));
  };
  copy(model.parameters, model.layout);
  copy(model.frozen, model.frozenLayout);
  return {
    ...model,
    config: unfrozenConfig<unknown>(model.config),
    specs,
    layout: trainable,
    frozenLayout: frozen,
    parameters,
    frozen: new Float32Array(frozen.length),
    training: undefined,
  };
}
