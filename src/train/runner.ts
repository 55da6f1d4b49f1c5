// Runs a model's step on batches: compiles it once, then feeds parameters as views of the flat buffers, carried states
// and dropout masks. Gradients are written straight into the flat gradient buffer.
import { fillMask, foldIn, type RandomKey } from "../base/index.ts";
import { gradient } from "../compile/gradient.ts";
import { forwardPasses, runPasses } from "../compile/passes/index.ts";
import type { CompileOptions, Engine, Executable, Value } from "../engine/index.ts";
import { dropoutMasks, parameterInputs } from "../nn/index.ts";
import { type ParameterLayout, type Tensor, view } from "../tensor/index.ts";
import { dimValue } from "../tensor/shape.ts";
import type { CarriedValue } from "./state.ts";
import type { Batch, Step, Trainable } from "./trainable.ts";

export type Carried = Readonly<Record<string, CarriedValue>>;

/** Views of a flat buffer as named values, to be fed or written to. */
export function namedValues(flat: Float32Array, layout: ParameterLayout): Record<string, Value> {
  return Object.fromEntries(
    layout.slots.map((slot) => [slot.name, { shape: slot.shape, dtype: "float", data: view(flat, slot) }]),
  );
}

/** Computes the loss and all gradients of a batch in one run. */
export interface TrainingRunner {
  run(batch: Batch, carried: Carried, masks: RandomKey): Promise<{ loss: number; carried: Carried }>;
  release(): Promise<void>;
}

/** Compiles the training step. `parameters` is read and `gradients` written in place at each run. */
export async function trainingRunner(
  model: Trainable<never>,
  kind: string,
  { parameters, gradients }: { parameters: Float32Array; gradients: Float32Array },
  engine: Engine,
  options?: CompileOptions,
): Promise<TrainingRunner> {
  const inputs = parameterInputs(model.specs);
  const step = model.trace(kind, inputs, dropoutMasks());
  const forward = runPasses({ loss: step.loss.mean, ...nextStates(step) }, forwardPasses);
  const { slots } = model.layout;
  const gradients_ = gradient(
    forward.loss!,
    slots.map(({ name }) => inputs[name]!),
  );
  const outputs = { ...forward, ...Object.fromEntries(slots.map(({ name }, i) => [`d.${name}`, gradients_[i]!])) };
  const executable = await engine.compile({ outputs }, options);
  const feeds: Record<string, Value> = {
    ...namedValues(parameters, model.layout),
    ...namedValues(model.frozen, model.frozenLayout),
  };
  const into = Object.fromEntries(slots.map((slot) => [`d.${slot.name}`, view(gradients, slot)]));
  const feedMasks = maskFeeder(executable);
  return {
    async run(batch, carried, masks) {
      Object.assign(feeds, batch.feeds);
      feedStates(feeds, step, batch, carried);
      feedMasks(feeds, batch, masks);
      const results = await executable.run(feeds, into);
      return { loss: results.loss!.data[0]!, carried: readStates(results, step) };
    },
    release: () => executable.release(),
  };
}

/** Computes the summed loss of a batch, without dropout. */
export interface EvaluationRunner {
  run(
    batch: Batch,
    carried: Carried,
  ): Promise<{ total: number; count: number; totals: Record<string, number>; carried: Carried }>;
  release(): Promise<void>;
}

/** Compiles the evaluation step. The model's parameters are read anew at each run. */
export async function evaluationRunner(
  model: Trainable<never>,
  kind: string,
  engine: Engine,
  options?: CompileOptions,
): Promise<EvaluationRunner> {
  const step = model.trace(kind, parameterInputs(model.specs));
  const totals = Object.entries(step.totals ?? {});
  const wanted = {
    total: step.loss.total,
    count: step.loss.count,
    ...Object.fromEntries(totals.map(([name, tensor]) => [`total.${name}`, tensor])),
    ...nextStates(step),
  };
  const executable = await engine.compile({ outputs: runPasses(wanted, forwardPasses) }, options);
  const frozen = namedValues(model.frozen, model.frozenLayout);
  let parameters: Float32Array | undefined;
  const feeds: Record<string, Value> = { ...frozen };
  return {
    async run(batch, carried) {
      if (parameters !== model.parameters) {
        parameters = model.parameters;
        Object.assign(feeds, namedValues(parameters, model.layout));
      }
      Object.assign(feeds, batch.feeds);
      feedStates(feeds, step, batch, carried);
      const results = await executable.run(feeds);
      return {
        total: results.total!.data[0]!,
        count: results.count!.data[0]!,
        totals: Object.fromEntries(totals.map(([name]) => [name, results[`total.${name}`]!.data[0]!])),
        carried: readStates(results, step),
      };
    },
    release: () => executable.release(),
  };
}

const nextStates = ({ state = {} }: Step): Record<string, Tensor> =>
  Object.fromEntries(Object.entries(state).map(([name, { next }]) => [`next.${name}`, next]));

/** The states of the batch before, or zeros. */
function feedStates(feeds: Record<string, Value>, { state = {} }: Step, batch: Batch, carried: Carried): void {
  for (const [name, { shape }] of Object.entries(state)) {
    const full = [batch.rows, ...shape];
    const kept = batch.fresh ? undefined : carried[name];
    feeds[`state.${name}`] = {
      dtype: "float",
      shape: full,
      data: kept?.data ?? new Float32Array(full.reduce((a, b) => a * b, 1)),
    };
  }
}

function readStates(results: Readonly<Record<string, Value>>, { state = {} }: Step): Carried {
  const entries = Object.keys(state).map((name): [string, CarriedValue] => {
    const { shape, data } = results[`next.${name}`]!;
    return [name, { shape, data: data as Float32Array }];
  });
  return Object.fromEntries(entries);
}

/** Draws the masks that a graph asks for; each is a function of the key and its name alone. */
function maskFeeder({ inputs }: Executable) {
  const masks = inputs.filter(({ attrs }) => attrs.kind === "mask");
  const named = inputs.filter(({ attrs, shape }) => attrs.kind === "data" && shape.some((d) => typeof d === "string"));
  const buffers = new Map<string, Uint8Array>();
  return (feeds: Record<string, Value>, batch: Batch, key: RandomKey) => {
    if (masks.length === 0) return;
    const lengths: Record<string, number> = { B: batch.rows };
    for (const { attrs, shape } of named)
      for (const [axis, dim] of shape.entries())
        if (typeof dim === "string") lengths[dim] ??= feeds[attrs.name]!.shape[axis]!;
    for (const { attrs, shape } of masks) {
      const full = shape.map((dim) => dimValue(dim, lengths));
      const size = full.reduce((a, b) => a * b, 1);
      const known = buffers.get(attrs.name);
      const data = known?.length === size ? known : new Uint8Array(size);
      buffers.set(attrs.name, data);
      fillMask(data, foldIn(key, attrs.name), attrs.keep!);
      feeds[attrs.name] = { dtype: "bool", shape: full, data };
    }
  };
}
