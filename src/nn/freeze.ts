// Layers whose parameters training leaves alone, for good or at first.
import { checkNumber } from "../base/index.ts";
import type { Layer } from "./layer.ts";
import type { ParameterSpec, TrainingLength } from "./parameters.ts";
import type { LayerKind } from "./saved-config.ts";

export interface FreezeOptions {
  /** When training starts to update the parameters; never by default. */
  unfreezeAfter?: TrainingLength;
}

/**
 * The same layer with parameters that training does not update, permanently or at first. No gradients are computed for
 * them, so that training is faster while they are frozen.
 *
 * @example
 * ```ts
 * const table = freeze(embedding({ from: vectors }), { unfreezeAfter: { epochs: 2 } });
 * ```
 */
export function freeze(layer: Layer, { unfreezeAfter }: FreezeOptions = {}): Layer {
  if (unfreezeAfter) checkLength(unfreezeAfter);
  const state = unfreezeAfter ? { unfreezeAfter } : { frozen: true };
  return {
    config: { type: "freeze", layer: layer.config, ...(unfreezeAfter ? { unfreezeAfter } : {}) },
    build(inputSize, place) {
      const block = layer.build(inputSize, place);
      // What is frozen for good inside stays so.
      return { ...block, parameters: block.parameters.map((spec) => (spec.frozen ? spec : { ...spec, ...state })) };
    },
  };
}

/** A frozen layer in a saved configuration. */
export const freezeKind: LayerKind = {
  type: "freeze",
  from(config) {
    const layer = config.layer("layer");
    if (!config.has("unfreezeAfter")) return freeze(layer);
    const after = config.object("unfreezeAfter");
    const unfreezeAfter = after.has("steps")
      ? { steps: after.number("steps", { min: 1, integer: true }) }
      : { epochs: after.number("epochs", { min: 0 }) };
    return freeze(layer, { unfreezeAfter });
  },
};

/**
 * The same layer with all parameters trainable.
 *
 * @example
 * ```ts
 * const trained = unfreeze(freeze(lstm({ hiddenSize: 64 })));
 * ```
 */
export function unfreeze(layer: Layer): Layer {
  return {
    config: unfrozenConfig(layer.config),
    build(inputSize, place) {
      const block = layer.build(inputSize, place);
      return { ...block, parameters: unfrozen(block.parameters) };
    },
  };
}

/** Parameters without their freeze marks. */
export const unfrozen = (specs: readonly ParameterSpec[]): ParameterSpec[] =>
  specs.map(({ frozen: _, unfreezeAfter: __, ...spec }) => spec);

/** The configuration of a layer, or of a model that contains layers, without any `freeze`. */
export function unfrozenConfig<Config>(config: Config): Config {
  if (Array.isArray(config)) return config.map(unfrozenConfig) as Config;
  if (typeof config !== "object" || config === null) return config;
  const { type, layer } = config as { type?: unknown; layer?: unknown };
  if (type === "freeze") return unfrozenConfig(layer) as Config;
  return Object.fromEntries(Object.entries(config).map(([name, part]) => [name, unfrozenConfig(part)])) as Config;
}

function checkLength(length: TrainingLength): void {
  if ("steps" in length) checkNumber("freeze(unfreezeAfter.steps)", length.steps, { min: 1, integer: true });
  else checkNumber("freeze(unfreezeAfter.epochs)", length.epochs, { above: 0, below: Infinity });
}
