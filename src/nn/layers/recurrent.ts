// A recurrent layer: a cell, run along the time axis.
import { checkNumber } from "../../base/index.ts";
import {
  add,
  broadcastTo,
  cast,
  constant,
  dimension,
  equal,
  gather,
  less,
  mean,
  minimum,
  mul,
  range,
  reshape,
  select,
  sub,
} from "../../tensor/ops.ts";
import { type State, scan } from "../../tensor/scan.ts";
import type { Dim } from "../../tensor/shape.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { Cell, CellMask, ParameterDeclaration } from "../cell.ts";
import { uniform } from "../init.ts";
import { type Applied, firstPlace, type Layer, type Masks, placeSuffix } from "../layer.ts";
import { type ParameterSpec, parameter } from "../parameters.ts";
import type { ConfigReader, LayerKind } from "../saved-config.ts";
import { type DropoutOptions, drop, dropoutConfig, readDropout } from "./dropout.ts";
import { stacked } from "./stacked.ts";

export interface RecurrentOptions {
  /** H, the width of the state. */
  hiddenSize: number;
  /** Number of stacked layers; 1 by default. */
  numLayers?: number;
  /** Dropout on each layer's outputs during training (Zaremba et al., 2014), the last layer's included; 0 by default. */
  dropout?: number | DropoutOptions;
  /** Regularization of the top layer's outputs; none by default. Language models read it; other tasks do not. */
  penalty?: OutputPenalty;
}

/** Penalties on outputs during training (Merity et al., 2018, "Regularizing and optimizing LSTM language models"). */
export interface OutputPenalty {
  /** Activation regularization: this times the mean square of the outputs after dropout; 2 in the paper. */
  activation?: number;
  /** Temporal activation regularization: this times the mean square change from step to step before dropout; 1 there. */
  temporal?: number;
}

/**
 * A layer that runs any cell, built-in or your own.
 *
 * @example
 * ```ts
 * const encoder = recurrent(elman, { hiddenSize: 100, numLayers: 2 });
 * ```
 */
export function recurrent(cell: Cell, { hiddenSize, numLayers = 1, dropout = 0, penalty }: RecurrentOptions): Layer {
  const where = cell.config.name;
  checkNumber(`${where}(hiddenSize)`, hiddenSize, { min: 1, integer: true });
  checkNumber(`${where}(numLayers)`, numLayers, { min: 1, integer: true });
  const dropped = dropoutConfig(dropout);
  for (const [name, value] of Object.entries(penalty ?? {}))
    checkNumber(`${where}(penalty.${name})`, value, { min: 0, below: Infinity });
  const layer: Layer = {
    config: { type: "recurrent", cell: cell.config, hiddenSize, dropout: dropped, ...(penalty ? { penalty } : {}) },
    build(inputSize, place = firstPlace) {
      const sizes = { inputSize, hiddenSize };
      const suffix = placeSuffix(place);
      const declared = Object.entries(cell.parameters(sizes));
      const states = Object.entries(cell.state(sizes));
      const outputSize = cell.outputSize(sizes);
      return {
        outputSize,
        depth: 1,
        causal: !place.reverse,
        backwardSize: place.reverse ? outputSize : 0,
        parameters: declared.map(([name, declaration]) => specOf(name + suffix, declaration, hiddenSize, cell.gates)),
        state: Object.fromEntries(states.map(([name, shape]) => [name + suffix, shape])),
        apply(parameters, x, { state, lengths, resetAt, masks } = {}) {
          const own = Object.fromEntries(declared.map(([name]) => [name, parameter(parameters, name + suffix)]));
          const [time, batch] = x.shape as [Dim, Dim];
          const initial = states.map(([name, shape]): [string, Tensor] => [
            name,
            state?.[name + suffix] ?? broadcastTo(constant(0), [batch, ...shape]),
          ]);
          const drawn = drawMasks(cell.masks?.(sizes), masks, time, batch);
          const resets = resetAt && (place.reverse ? nextStep(resetAt, lengths) : equal(cast(resetAt, "int"), 1));
          const { outputs, final } = scan<State>(
            ([xt, ...more], before) => {
              const reset = resets && more.shift()!; // [B]
              const from = reset ? mapValues(before, (value) => zeroWhere(reset, value)) : before;
              const { output, state: after } = cell.step(own, xt!, from, drawn?.at(more));
              return { outputs: [output], state: after };
            },
            {
              initial: Object.fromEntries(initial),
              xs: [x, ...(resets ? [resets] : []), ...(drawn?.scanned ?? [])],
              lengths,
              reverse: place.reverse,
            },
          );
          const kept = drop(outputs[0]!, dropped, masks);
          return {
            ...(masks && penalty ? penaltyOf(penalty, outputs[0]!, kept) : {}),
            outputs: kept,
            final: Object.fromEntries(states.map(([name]) => [name + suffix, final[name]!])),
          };
        },
      };
    },
  };
  if (numLayers === 1) return layer;
  const below = recurrent(cell, { hiddenSize, dropout });
  return stacked([...new Array<Layer>(numLayers - 1).fill(below), layer]);
}

/** The layer function of a cell: takes the cell's options and the layer's in one object. */
export const recurrentLayer =
  <O extends object>(maker: (options?: O) => Cell): ((options: O & RecurrentOptions) => Layer) =>
  ({ hiddenSize, numLayers, dropout, penalty, ...options }) =>
    recurrent(maker(options as unknown as O), { hiddenSize, numLayers, dropout, penalty });

export const recurrentKind: LayerKind = {
  type: "recurrent",
  from: (config) =>
    recurrent(config.cell("cell"), {
      hiddenSize: config.number("hiddenSize", { min: 1, integer: true }),
      dropout: config.has("dropout") ? readDropout(config.object("dropout")) : 0,
      penalty: config.has("penalty") ? readPenalty(config.object("penalty")) : undefined,
    }),
};

const readPenalty = (config: ConfigReader): OutputPenalty => ({
  ...(config.has("activation") ? { activation: config.number("activation", { min: 0 }) } : {}),
  ...(config.has("temporal") ? { temporal: config.number("temporal", { min: 0 }) } : {}),
});

/** The penalty of each place, [T, B], of outputs before and after dropout. */
function penaltyOf(
  { activation = 0, temporal = 0 }: OutputPenalty,
  raw: Tensor,
  kept: Tensor,
): Pick<Applied, "penalty"> {
  const square = (y: Tensor) => mean(mul(y, y), { axes: -1 }); // [T, B]
  const parts: Tensor[] = [];
  if (activation > 0) parts.push(mul(square(kept), activation));
  if (temporal > 0) {
    const [time, batch] = raw.shape as [Dim, Dim];
    const { outputs } = scan<State>(([y], { before }) => ({ outputs: [sub(y!, before!)], state: { before: y! } }), {
      initial: { before: broadcastTo(constant(0), raw.shape.slice(1)) },
      xs: [raw],
    });
    const later = broadcastTo(cast(less(0, reshape(range(time), [time, 1])), "float"), [time, batch]);
    parts.push(mul(square(outputs[0]!), later, temporal)); // the first step has none before it
  }
  return parts.length === 0 ? {} : { penalty: parts.reduce((a, b) => add(a, b)) };
}

function specOf(name: string, declaration: ParameterDeclaration, hiddenSize: number, gates: readonly string[]) {
  const { shape, init } = isShape(declaration) ? { shape: declaration, init: undefined } : declaration;
  const spec: ParameterSpec = { name, shape, init: init ?? uniform(1 / Math.sqrt(hiddenSize)) };
  return gates.length > 0 && shape[0] === gates.length * hiddenSize ? { ...spec, gates } : spec;
}

const isShape = (declaration: ParameterDeclaration): declaration is readonly number[] => Array.isArray(declaration);

/** A cell's masks for one traced layer: those drawn per step run along with x, the others are the same at every step. */
function drawMasks(
  declared: Readonly<Record<string, CellMask>> | undefined,
  masks: Masks | undefined,
  time: Dim,
  batch: Dim,
) {
  if (!declared || !masks) return undefined;
  const leading = { step: [time, batch], sequence: [batch], batch: [] };
  const all = Object.entries(declared).map(
    ([name, { shape, keep, per }]) => [name, per, masks.next([...leading[per], ...shape], keep)] as const,
  );
  const perStep = all.filter(([, per]) => per === "step");
  const fixed = all.filter(([, per]) => per !== "step").map(([name, , mask]) => [name, mask] as const);
  return {
    scanned: perStep.map(([, , mask]) => mask),
    at: (current: readonly Tensor[]): Record<string, Tensor> =>
      Object.fromEntries([...fixed, ...perStep.map(([name], i) => [name, current[i]!] as const)]),
  };
}

/**
 * resetAt [T, B] -> bool [T, B], true at t where t + 1 begins a document: there a backward loop enters the document
 * before it. Nothing begins past a row's end.
 */
function nextStep(resetAt: Tensor, lengths: Tensor | undefined): Tensor {
  const time = resetAt.shape[0]!;
  const following = add(range(time), 1);
  const length = cast(dimension(time), "int");
  const shifted = gather(cast(resetAt, "int"), minimum(following, sub(length, 1))); // [T, B]
  const column = reshape(following, [time, 1]);
  const within = less(column, lengths ? reshape(lengths, [1, lengths.shape[0]!]) : length);
  return equal(mul(shifted, cast(within, "int")), 1);
}

const zeroWhere = (reset: Tensor, value: Tensor): Tensor =>
  select(reshape(reset, [reset.shape[0]!, ...new Array<Dim>(value.shape.length - 1).fill(1)]), 0, value);

const mapValues = (state: State, change: (value: Tensor) => Tensor): State =>
  Object.fromEntries(Object.entries(state).map(([name, value]) => [name, change(value)]));
