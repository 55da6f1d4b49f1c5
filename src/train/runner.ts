// Runs a model's step on batches: compiles it once, then feeds parameters as views of the flat buffers, carried states
// and dropout masks. Gradients are written straight into the flat gradient buffer.
import { fillMask, foldIn, type RandomKey } from "../base/index.ts";
import { gradient } from "../compile/gradient.ts";
import { forwardPasses, runPasses } from "../compile/passes/index.ts";
import type { CompileOptions, Engine, Session, Value } from "../engine/index.ts";
import { compileShards, namedValues } from "../engine/shards.ts";
import { dropoutMasks, parameterInputs } from "../nn/index.ts";
import { topological } from "../tensor/graph.ts";
import type { ParameterLayout } from "../tensor/index.ts";
import { dimValue } from "../tensor/shape.ts";
import { isOp, type Tensor } from "../tensor/tensor.ts";
import type { CarriedValue } from "./state.ts";
import type { Batch, Step, Trainable } from "./trainable.ts";

export type Carried = Readonly<Record<string, CarriedValue>>;

/** Computes the loss and all gradients of a batch in one run. */
export interface TrainingRunner {
  /** Leaves in `gradients` the gradients of the total loss; divided by `count` they are those of the mean. */
  run(batch: Batch, carried: Carried, masks: RandomKey): Promise<{ total: number; count: number; carried: Carried }>;
  release(): Promise<void>;
}

/** From this many rows on a batch is cut in two shards. The number is part of the arithmetic, so it depends on nothing else. */
const rowsForShards = 16;

export interface TrainingBuffers {
  parameters: Float32Array;
  gradients: Float32Array;
  /** Rows in a batch. */
  rows: number;
  /** The slots to differentiate by; all by default. */
  active?: ParameterLayout;
  /** The others: read, but without gradients. They do not change while this runner lives. */
  held?: ParameterLayout;
}

/** Compiles the training step. `parameters` is read and `gradients` written in place at each run. */
export async function trainingRunner(
  model: Trainable<never>,
  kind: string,
  { parameters, gradients, rows, active = model.layout, held }: TrainingBuffers,
  engine: Engine,
  options?: CompileOptions,
): Promise<TrainingRunner> {
  const inputs = parameterInputs(model.specs);
  const step = model.trace(kind, inputs, dropoutMasks());
  const { total, count } = step.loss;
  const forward = runPasses({ total, count, ...nextStates(step) }, forwardPasses);
  const { slots } = active;
  const slopes = gradient(
    forward.total!,
    slots.map(({ name }) => inputs[name]!),
  );
  const outputs = { ...forward, ...Object.fromEntries(slots.map(({ name }, i) => [`d.${name}`, slopes[i]!])) };
  const shards = rows >= rowsForShards ? 2 : 1;
  const executable = await compileShards(
    engine,
    { outputs },
    {
      ...options,
      shards,
      layout: active,
      parameters,
      gradients,
      gradientName: (slot) => `d.${slot}`,
      fixed: { ...namedValues(model.frozen, model.frozenLayout), ...(held ? namedCopies(parameters, held) : {}) },
    },
  );
  const cut = rowCutter(executable.inputs);
  const masked = topological(Object.values(outputs)).filter((t): t is Tensor<"input"> => isOp(t, "input"));
  const feedMasks = Array.from({ length: shards }, () => maskFeeder(masked));
  return {
    async run(batch, carried, masks) {
      const parts = batch.rows >= rowsForShards ? shards : 1;
      const whole = parts > 1 && batch.part ? {} : { ...batch.feeds };
      feedStates(whole, step, batch, carried);
      const feeds = Array.from({ length: parts }, (_, i) => {
        const [from, to] = [i, i + 1].map((part) => Math.ceil((part * batch.rows) / parts)) as [number, number];
        const own = parts === 1 ? whole : batch.part ? { ...batch.part(from, to) } : cut(whole, from, to);
        feedMasks[i]!(own, to - from, foldIn(masks, i));
        return own;
      });
      const results = await executable.run(feeds);
      const sum = (name: string) => results.reduce((all, result) => all + result[name]!.data[0]!, 0);
      return {
        total: sum("total"),
        count: sum("count"),
        carried: joinRows(results.map((result) => readStates(result, step))),
      };
    },
    release: () => executable.release(),
  };
}

/** Copies, so that a worker is sent these and not the whole buffer that they lie in. */
const namedCopies = (flat: Float32Array, layout: ParameterLayout): Record<string, Value> =>
  Object.fromEntries(
    Object.entries(namedValues(flat, layout)).map(([name, value]) => [name, { ...value, data: value.data.slice() }]),
  );

/** Cuts fed values to some rows: along the axis "B" of the input that reads them. */
function rowCutter(inputs: Session["inputs"]) {
  const axes = new Map(inputs.map(({ attrs, shape }) => [attrs.name, shape.indexOf("B")]));
  return (feeds: Readonly<Record<string, Value>>, from: number, to: number): Record<string, Value> =>
    Object.fromEntries(
      Object.entries(feeds).map(([name, value]) => {
        const axis = axes.get(name) ?? -1;
        return [name, axis < 0 ? value : takeRows(value, axis, from, to)];
      }),
    );
}

function takeRows({ shape, dtype, data }: Value, axis: number, from: number, to: number): Value {
  const inner = shape.slice(axis + 1).reduce((a, b) => a * b, 1);
  const outer = shape.slice(0, axis).reduce((a, b) => a * b, 1);
  const part = shape.map((length, i) => (i === axis ? to - from : length));
  const rows = shape[axis]!;
  if (outer === 1) return { shape: part, dtype, data: data.subarray(from * inner, to * inner) };
  const out = data.slice(0, outer * (to - from) * inner);
  for (let i = 0; i < outer; i++)
    out.set(data.subarray((i * rows + from) * inner, (i * rows + to) * inner), i * (to - from) * inner);
  return { shape: part, dtype, data: out };
}

/** Carried states of shards, one after another. */
function joinRows(parts: readonly Carried[]): Carried {
  const [first, ...rest] = parts as [Carried, ...Carried[]];
  if (rest.length === 0) return first;
  return Object.fromEntries(
    Object.keys(first).map((name) => {
      const pieces = parts.map((part) => part[name]!);
      const data = new Float32Array(pieces.reduce((sum, piece) => sum + piece.data.length, 0));
      let at = 0;
      for (const piece of pieces) {
        data.set(piece.data, at);
        at += piece.data.length;
      }
      const rows = pieces.reduce((sum, piece) => sum + piece.shape[0]!, 0);
      return [name, { shape: [rows, ...pieces[0]!.shape.slice(1)], data }];
    }),
  );
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
  const executable = await engine.compile({ outputs: wanted }, options);
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
function maskFeeder(inputs: Session["inputs"]) {
  const masks = inputs.filter(({ attrs }) => attrs.kind === "mask");
  const named = inputs.filter(({ attrs, shape }) => attrs.kind === "data" && shape.some((d) => typeof d === "string"));
  const buffers = new Map<string, Uint8Array>();
  return (feeds: Record<string, Value>, rows: number, key: RandomKey) => {
    if (masks.length === 0) return;
    const lengths: Record<string, number> = { B: rows };
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
