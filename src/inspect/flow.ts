// How far back a gradient reaches: ||d target / d h<t>|| at each step of each layer, what the gates did there, and how much
// the target hangs on each input (saliency). Vanishing gradients as numbers (Hochreiter, 1991; Bengio et al., 1994).
import { gradient } from "../compile/gradient.ts";
import type { Engine, Value } from "../engine/index.ts";
import type { ParameterSpec } from "../nn/index.ts";
import { topological } from "../tensor/graph.ts";
import { mul, sqrt, sum } from "../tensor/ops.ts";
import { dimValue } from "../tensor/shape.ts";
import { isOp, type Tensor } from "../tensor/tensor.ts";
import { probeStates } from "./probe.ts";

export interface FlowOptions {
  /** A scalar: the loss of one output, say. */
  target: Tensor;
  /** Values of all inputs, for one row (B = 1). */
  feeds: Readonly<Record<string, Value>>;
  /** T. */
  length: number;
  /** S, where a source is read on an axis of its own: its layers are followed too, and saliency is the source's. */
  sourceLength?: number;
  /** What the target is differentiated by for saliency, [T, B, D]: the embedded inputs. Found by itself where not given. */
  inputs?: Tensor;
  /** The model's parameters, which name the gates; without them gates are numbered. */
  specs?: readonly ParameterSpec[];
  engine: Engine;
  threads?: number;
}

export interface LayerFlow {
  /** `encoder l0`. */
  layer: string;
  reverse: boolean;
  /** `T`, or `S` for what reads a source. */
  time: string;
  /** ||d target / d h<t>|| for t = 0 .. T-1 (S-1), for each state by name. */
  gradients: Readonly<Record<string, number[]>>;
  /** Mean over the units at each step, for each gate by name. */
  gates: Readonly<Record<string, number[]>>;
  /** ||h<t>||, for each state by name. */
  states: Readonly<Record<string, number[]>>;
}

export interface GradientFlow {
  /** The target's value. */
  value: number;
  length: number;
  /** From the first layer to the last. */
  layers: LayerFlow[];
  /** ||d target / d x<t>||, of the embedded tokens or of the numbers that are read. */
  saliency?: number[];
  /** The tokens' ids, where tokens are read. */
  ids?: number[];
}

/** Runs a model once, forwards and backwards, and reads the norms off. */
export async function gradientFlow(options: FlowOptions): Promise<GradientFlow> {
  const { feeds, length, sourceLength, engine, threads } = options;
  // A window of fixed length has no named axis.
  const times = sourceLength === undefined ? ["T", String(length)] : ["S", "T"];
  const x =
    options.inputs ??
    times
      .slice(0, sourceLength === undefined ? 2 : 1)
      .map((time) => inputsOf(options.target, time))
      .find((found) => found);
  const probed = probeStates([options.target, ...(x ? [x] : [])], { times, specs: options.specs });
  const ids = x && idsOf(x, feeds);
  const named: Record<string, Tensor> = { target: probed.results[0]! };
  for (const [i, { states, gates }] of probed.layers.entries()) {
    for (const { name, values } of states) named[`state.${i}.${name}`] = norm(values);
    for (const [g, { values }] of gates.entries()) named[`gate.${i}.${g}`] = unitMean(values);
  }
  const wrt: Tensor[] = probed.layers.flatMap(({ states }) => states.map(({ probe }) => probe));
  // Differentiated as it was traced: passes may move what is differentiated by.
  const gradients = gradient(probed.results[0]!, x ? [...wrt, probed.results[1]!] : wrt);
  for (const [i, one] of gradients.entries()) named[`gradient.${i}`] = norm(one);
  const zeros = Object.fromEntries(
    probed.layers.flatMap(({ states }) =>
      states.map(({ probe }): [string, Value] => {
        const shape = probe.shape.map((dim) =>
          dimValue(dim, { T: length, B: 1, ...(sourceLength === undefined ? {} : { S: sourceLength }) }),
        );
        return [probe.attrs.name, { shape, dtype: "float", data: new Float32Array(shape.reduce((a, b) => a * b, 1)) }];
      }),
    ),
  );
  const executable = await engine.compile({ outputs: named }, { threads });
  try {
    const results = await executable.run({ ...feeds, ...zeros });
    const list = (name: string) => Array.from(results[name]!.data);
    let n = 0;
    const layers = probed.layers.map(({ name, reverse, time, states, gates }, i): LayerFlow => {
      const each = (read: (state: string) => number[]) =>
        Object.fromEntries(states.map((state) => [state.name, read(state.name)]));
      return {
        layer: name,
        reverse,
        time,
        gradients: each(() => list(`gradient.${n++}`)),
        states: each((state) => list(`state.${i}.${state}`)),
        gates: Object.fromEntries(gates.map((gate, g) => [gate.name, list(`gate.${i}.${g}`)])),
      };
    });
    return {
      value: results.target!.data[0]!,
      length,
      layers,
      ...(x ? { saliency: list(`gradient.${n}`) } : {}),
      ...(ids ? { ids } : {}),
    };
  } finally {
    await executable.release();
  }
}

/** Values [T, B, ...] -> their norm at each step, [T]. */
function norm(values: Tensor): Tensor {
  const axes = values.shape.slice(1).map((_, i) => i + 1);
  return sqrt(sum(mul(values, values), { axes }));
}

/** Values [T, 1, H] -> their mean over units, [T]. */
function unitMean(values: Tensor): Tensor {
  return mul(sum(values, { axes: [1, 2] }), 1 / (values.shape[2] as number));
}

/** What a graph reads, [T, B, D]: rows of a table at ids, or else numbers that are fed. */
function inputsOf(target: Tensor, time: string): Tensor | undefined {
  const all = topological([target]).filter(({ shape }) => shape.length === 3 && String(shape[0]) === time);
  const fed = (tensor: Tensor) => {
    const from = isOp(tensor, "transpose") ? tensor.inputs[0]! : tensor;
    return isOp(from, "input") && from.attrs.kind !== "parameter";
  };
  return all.find((tensor) => isOp(tensor, "gather")) ?? all.find(fed);
}

/** The ids that were looked up, [1, T]. */
function idsOf(x: Tensor, feeds: FlowOptions["feeds"]): number[] | undefined {
  if (!isOp(x, "gather")) return undefined;
  const fed = topological([x.inputs[1]!]).find((tensor) => isOp(tensor, "input") && feeds[tensor.attrs.name]);
  return fed && isOp(fed, "input") ? Array.from(feeds[fed.attrs.name]!.data) : undefined;
}
