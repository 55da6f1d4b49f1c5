// The training step as one program: forward, backward, norm, clipping, guard, optimizer and carried state. And the
// evaluation step: the summed loss without dropout.
import { gradient } from "../compile/gradient.ts";
import { forwardPasses, runPasses } from "../compile/passes/index.ts";
import type { Program, StateRule, Value } from "../engine/index.ts";
import { dropoutMasks, parameterInputs } from "../nn/index.ts";
import { topological } from "../tensor/graph.ts";
import { add, div, input, less, mul, type ParameterSlot, select, type Tensor } from "../tensor/index.ts";
import { isOp } from "../tensor/tensor.ts";
import { allFinite, clipFactor, globalNorm } from "./clipping.ts";
import type { Optimizer } from "./optimizers/index.ts";
import type { ActiveSlot } from "./phases.ts";
import type { Step, Trainable } from "./trainable.ts";

/** Learning rate and weight decay of one parameter, as factors; 1 by default. A rate of 0 leaves it and its moments alone. */
export type ParameterGroups = (slot: ParameterSlot) => { rate?: number; decay?: number };

export interface StepOptions {
  kind: string;
  optimizer: Optimizer;
  /** Infinity for none. */
  clipNorm: number;
  /** The parameters to train; the others are read without a gradient. */
  active: readonly ActiveSlot[];
  groups?: ParameterGroups;
  shards: number;
  /** Losses and norms are not read at every step: what follows a step that was not finite changes nothing either. */
  latch?: boolean;
}

/** With `latch`: the number of steps since the first one that was not finite, that one included; state and result. */
export const badName = "bad";

export const gradientName = (slot: string): string => `d.${slot}`;
export const momentName = (moment: string, slot: string): string => `${moment}.${slot}`;
export const carriedName = (name: string): string => `state.${name}`;
const correctionName = (name: string, since: number): string => `correction.${name}.${since}`;

export interface TrainingProgram {
  readonly program: Program;
  /** The parameters that are updated. */
  readonly moved: readonly ActiveSlot[];
  /** Shapes of the carried states without the batch axis. */
  readonly carried: Readonly<Record<string, readonly number[]>>;
  /** What an update is fed besides its batch. `step` counts updates from 1. */
  numbers(step: number, learningRate: number): Record<string, Value>;
}

/**
 * Builds the step. Outputs: `loss` (mean), `norm` (of the mean's gradient, before clipping), `total`, `count`, and the
 * gradients of the total; with `latch`, `bad`. A step whose loss or norm is not finite changes no state.
 */
export function trainingProgram(model: Trainable<never>, options: StepOptions): TrainingProgram {
  const { kind, optimizer, clipNorm, active, groups, shards, latch = false } = options;
  const parameters = parameterInputs(model.specs);
  const step = model.trace(kind, parameters, dropoutMasks());
  const { total, count, ...nexts } = runPasses(
    { total: step.loss.total, count: step.loss.count, ...nextStates(step) },
    forwardPasses,
  ) as Record<string, Tensor> & { total: Tensor; count: Tensor };
  const wrt = active.map(({ name }) => parameters[name]!);
  const gradients = gradient(total, wrt);

  const share = select(less(0, count), div(1, count), 0); // a batch in which nothing counts moves nothing
  const loss = mul(total, share);
  const norm = mul(globalNorm(gradients), share);
  const finite = allFinite([loss, norm]);
  const bad = input(badName, []);
  const good = latch ? less(add(bad, select(finite, 0, 1)), 0.5) : finite;
  const nextBad = select(good, 0, add(bad, 1));
  const scale = mul(clipFactor(norm, clipNorm), share);
  const rate = input("rate", []);

  const state: Record<string, StateRule> = {};
  for (const { name } of [...model.layout.slots, ...model.frozenLayout.slots]) state[name] = {};
  const moments: Record<string, StateRule> = {};
  const moved: ActiveSlot[] = [];
  const correction = correctionInputs();
  for (const [i, slot] of active.entries()) {
    const { rate: factor = 1, decay = 1 } = groups?.(slot) ?? {};
    if (factor === 0) continue;
    moved.push(slot);
    const parameter = parameters[slot.name]!;
    const given = Object.fromEntries(
      optimizer.moments.map((name) => [name, input(momentName(name, slot.name), slot.shape)]),
    );
    const corrections = Object.keys(optimizer.corrections?.(1) ?? {});
    const next = optimizer.update({
      parameter,
      gradient: mul(gradients[i]!, scale),
      moments: given,
      rate: factor === 1 ? rate : mul(rate, factor),
      decay,
      corrections: Object.fromEntries(corrections.map((name) => [name, correction(name, slot.since)])),
    });
    state[slot.name] = { next: select(good, next.parameter, parameter) };
    for (const [name, old] of Object.entries(given))
      moments[momentName(name, slot.name)] = { next: select(good, next.moments[name]!, old) };
  }
  const carried = Object.fromEntries(Object.entries(step.state ?? {}).map(([name, { shape }]) => [name, shape]));
  const reads = new Map(
    topological([total, count, ...Object.values(nexts)]).flatMap((tensor) =>
      isOp(tensor, "input") ? [[tensor.attrs.name, tensor] as const] : [],
    ),
  );
  for (const [name, shape] of Object.entries(carried)) {
    const old = reads.get(carriedName(name)) ?? input(carriedName(name), ["B", ...shape]);
    state[carriedName(name)] = { next: select(good, nexts[`next.${name}`]!, old) };
  }

  const named = Object.fromEntries(active.map(({ name }, i) => [gradientName(name), gradients[i]!]));
  const sinces = [...new Set(moved.map(({ since }) => since))];
  return {
    program: {
      outputs: { loss, norm, total, count, ...named, ...(latch ? { [badName]: nextBad } : {}) },
      state: { ...state, ...moments, ...(latch ? { [badName]: { next: nextBad } } : {}) },
      shards: { count: shards, sum: ["total", "count", ...Object.keys(named)] },
    },
    moved,
    carried,
    numbers: (at, learningRate) => ({
      rate: scalar(learningRate),
      ...Object.fromEntries(
        sinces.flatMap((since) =>
          Object.entries(optimizer.corrections?.(at - since) ?? {}).map(([name, value]): [string, Value] => [
            correctionName(name, since),
            scalar(value),
          ]),
        ),
      ),
    }),
  };
}

/** Inputs of corrections; one tensor for all parameters that share it. */
function correctionInputs(): (name: string, since: number) => Tensor {
  const known = new Map<string, Tensor>();
  return (name, since) => {
    const key = correctionName(name, since);
    const found = known.get(key) ?? input(key, []);
    known.set(key, found);
    return found;
  };
}

const scalar = (value: number): Value => ({ shape: [], dtype: "float", data: Float64Array.of(value) });

const nextStates = ({ state = {} }: Step): Record<string, Tensor> =>
  Object.fromEntries(Object.entries(state).map(([name, { next }]) => [`next.${name}`, next]));

export interface EvaluationProgram {
  readonly program: Program;
  readonly carried: Readonly<Record<string, readonly number[]>>;
  /** Names of the task's own totals; their outputs are `total.<name>`. */
  readonly totals: readonly string[];
}

/** Builds the evaluation step. Outputs: `total`, `count` and the task's own totals. */
export function evaluationProgram(model: Trainable<never>, kind: string, shards: number): EvaluationProgram {
  const step = model.trace(kind, parameterInputs(model.specs));
  const totals = Object.entries(step.totals ?? {}).map(([name, tensor]): [string, Tensor] => [`total.${name}`, tensor]);
  const outputs = { total: step.loss.total, count: step.loss.count, ...Object.fromEntries(totals) };
  const state: Record<string, StateRule> = {};
  for (const { name } of [...model.layout.slots, ...model.frozenLayout.slots]) state[name] = {};
  for (const [name, { next }] of Object.entries(step.state ?? {})) state[carriedName(name)] = { next };
  return {
    program: { outputs, state, shards: { count: shards, sum: Object.keys(outputs) } },
    carried: Object.fromEntries(Object.entries(step.state ?? {}).map(([name, { shape }]) => [name, shape])),
    totals: Object.keys(step.totals ?? {}),
  };
}
