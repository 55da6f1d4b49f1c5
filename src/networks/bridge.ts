// The bridge: what the encoder knows at its end becomes what the decoder begins with.
import { fail } from "../base/index.ts";
import { type Block, type ParameterSpec, type Parameters, parameter, uniform } from "../nn/index.ts";
import { concat, linear, type State, tanh } from "../tensor/index.ts";

export interface Bridge {
  readonly parameters: readonly ParameterSpec[];
  /** The encoder's final states -> the decoder's first ones. */
  apply(parameters: Parameters, final: State): State;
}

type Shapes = Block["state"];

/**
 * States that have the same names and shapes on both sides are handed over as they are. Otherwise each state of the
 * decoder is tanh(W [encoder's states of that layer; both directions] + b), after Bahdanau et al. (2015): parameters
 * `h_l0.weight`, `h_l0.bias`.
 */
export function bridge(from: Shapes, to: Shapes): Bridge {
  const names = Object.keys(to);
  const same = names.length === Object.keys(from).length && names.every((name) => `${from[name]}` === `${to[name]}`);
  if (same) return { parameters: [], apply: (_, final) => final };
  const parts = names.map((name) => ({ name, reads: reads(name, Object.keys(from)), width: width(name, to) }));
  return {
    parameters: parts.flatMap(({ name, reads: sources, width: H }) => {
      const D = sources.reduce((sum, source) => sum + width(source, from), 0);
      const init = uniform(1 / Math.sqrt(D));
      return [
        { name: `${name}.weight`, shape: [H, D], init },
        { name: `${name}.bias`, shape: [H], init },
      ];
    }),
    apply: (parameters, final) =>
      Object.fromEntries(
        parts.map(({ name, reads: sources }) => {
          const known = concat(sources.map((source) => final[source]!));
          const [weight, bias] = ["weight", "bias"].map((part) => parameter(parameters, `${name}.${part}`));
          return [name, tanh(linear(known, weight!, bias))];
        }),
      ),
  };
}

/** The encoder's states that a state of the decoder is made of: the same layer's of the same kind, else all of that kind, else all. */
function reads(name: string, all: readonly string[]): readonly string[] {
  const kind = name.slice(0, name.indexOf("_l"));
  const tiers = [
    all.filter((other) => other === name || other === `${name}_reverse`),
    all.filter((other) => other.startsWith(`${kind}_l`)),
    all,
  ];
  return tiers.find((found) => found.length > 0) ?? [];
}

function width(name: string, shapes: Shapes): number {
  const shape = shapes[name]!;
  if (shape.length !== 1)
    fail({ where: `translator(${name})`, expected: "a state that is a vector", received: `[${shape.join(", ")}]` });
  return shape[0]!;
}
