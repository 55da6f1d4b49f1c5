// Layers that begin with the parameters of a trained model (transfer learning).
import { fail } from "../base/index.ts";
import { given } from "./init.ts";
import type { Layer } from "./layer.ts";

/**
 * The same layer, initialized with the given parameters: those of the same layer in a trained model, by their names there.
 * Other names are ignored. Once saved it is a plain layer, since its parameters are saved too.
 *
 * @throws UnrolledError, when it is built, where a parameter is missing or has another size
 *
 * @example
 * ```ts
 * const encoder = freeze(pretrained(lstm({ hiddenSize: 512 }), { weight_ih_l0, weight_hh_l0, bias_ih_l0, bias_hh_l0 }));
 * ```
 */
export function pretrained(layer: Layer, values: Readonly<Record<string, Float32Array>>): Layer {
  return {
    config: layer.config,
    build(inputSize, place) {
      const block = layer.build(inputSize, place);
      const parameters = block.parameters.map((spec) => {
        const size = spec.shape.reduce((a, b) => a * b, 1);
        const own = values[spec.name];
        if (own?.length !== size)
          return fail({
            where: `pretrained(${spec.name})`,
            expected: `${size} values`,
            received: own ? String(own.length) : "none",
            code: "shape",
          });
        return { ...spec, init: given(own) };
      });
      return { ...block, parameters };
    },
  };
}
