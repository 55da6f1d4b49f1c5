// A recurrent layer: a cell, run along the time axis.
import { checkNumber } from "../../base/index.ts";
import { broadcastTo, constant } from "../../tensor/ops.ts";
import { type State, scan } from "../../tensor/scan.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { Cell, ParameterDeclaration } from "../cell.ts";
import { uniform } from "../init.ts";
import { firstPlace, type Layer, placeSuffix } from "../layer.ts";
import { type ParameterSpec, parameter } from "../parameters.ts";
import { type DropoutOptions, drop, dropoutConfig } from "./dropout.ts";
import { stacked } from "./stacked.ts";

export interface RecurrentOptions {
  /** H, the width of the state. */
  hiddenSize: number;
  /** Layers on top of each other. */
  numLayers?: number;
  /** Share of each layer's outputs that is dropped while training (Zaremba et al., 2014), the last layer's too; 0 by default. */
  dropout?: number | DropoutOptions;
}

/**
 * A layer that runs any cell, a user's own or a built-in one.
 *
 * @example
 * ```ts
 * const encoder = recurrent(elman, { hiddenSize: 100, numLayers: 2 });
 * ```
 */
export function recurrent(cell: Cell, { hiddenSize, numLayers = 1, dropout = 0 }: RecurrentOptions): Layer {
  const where = cell.config.name;
  checkNumber(`${where}(hiddenSize)`, hiddenSize, { min: 1, integer: true });
  checkNumber(`${where}(numLayers)`, numLayers, { min: 1, integer: true });
  const dropped = dropoutConfig(dropout);
  const layer: Layer = {
    config: { type: "recurrent", cell: cell.config, hiddenSize, dropout: dropped },
    build(inputSize, place = firstPlace) {
      const sizes = { inputSize, hiddenSize };
      const suffix = placeSuffix(place);
      const declared = Object.entries(cell.parameters(sizes));
      const states = Object.entries(cell.state(sizes));
      return {
        outputSize: cell.outputSize(sizes),
        depth: 1,
        parameters: declared.map(([name, declaration]) => specOf(name + suffix, declaration, hiddenSize)),
        state: Object.fromEntries(states.map(([name, shape]) => [name + suffix, shape])),
        apply(parameters, x, { state, lengths, masks } = {}) {
          const own = Object.fromEntries(declared.map(([name]) => [name, parameter(parameters, name + suffix)]));
          const batch = x.shape[1]!;
          const initial = states.map(([name, shape]): [string, Tensor] => [
            name,
            state?.[name + suffix] ?? broadcastTo(constant(0), [batch, ...shape]),
          ]);
          const { outputs, final } = scan<State>(
            ([xt], before) => {
              const { output, state: after } = cell.step(own, xt!, before);
              return { outputs: [output], state: after };
            },
            { initial: Object.fromEntries(initial), xs: [x], lengths, reverse: place.reverse },
          );
          return {
            outputs: drop(outputs[0]!, dropped, masks),
            final: Object.fromEntries(states.map(([name]) => [name + suffix, final[name]!])),
          };
        },
      };
    },
  };
  return numLayers === 1 ? layer : stacked(new Array<Layer>(numLayers).fill(layer));
}

function specOf(name: string, declaration: ParameterDeclaration, hiddenSize: number): ParameterSpec {
  const { shape, init } = isShape(declaration) ? { shape: declaration, init: undefined } : declaration;
  return { name, shape, init: init ?? uniform(1 / Math.sqrt(hiddenSize)) };
}

const isShape = (declaration: ParameterDeclaration): declaration is readonly number[] => Array.isArray(declaration);
