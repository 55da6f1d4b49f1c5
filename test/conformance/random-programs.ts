// Random programs: loops whose bodies nobody wrote. Operations, states, captured and scanned operands, lengths and
// directions are drawn by a seed, so a program that breaks a law is named by one number.
import { random } from "../../src/base/index.ts";
import type { Value } from "../../src/engine/index.ts";
import { topological } from "../../src/tensor/graph.ts";
import { add, broadcastTo, constant, gather, input, linear, mul, sigmoid, sum, tanh } from "../../src/tensor/ops.ts";
import { type State, scan } from "../../src/tensor/scan.ts";
import { type Dim, type DType, dimValue, type Shape, sameShape } from "../../src/tensor/shape.ts";
import type { OpName, Tensor } from "../../src/tensor/tensor.ts";
import { type Draw, operationMakers } from "./random-operations.ts";

export interface RandomProgram {
  /** What is read of the loops. */
  results: Record<string, Tensor>;
  /** A scalar that depends on each float result. */
  loss: Tensor;
  inputs: Record<string, Tensor>;
  /** Float inputs: what the loss is differentiated by. */
  wrt: Record<string, Tensor>;
  feeds: Record<string, Value>;
}

export interface ProgramOptions {
  /** Operations in each body; 2 to 9 by default. */
  operations?: number;
  /** No operation whose result jumps: rounding to float32 must not change which element is the greatest. */
  smooth?: boolean;
}

/** Lengths of the named axes. */
export const axes = { T: 3, B: 2, S: 2 } as const;

export function randomProgram(seed: number, { operations, smooth = false }: ProgramOptions = {}): RandomProgram {
  const draw = drawFrom(seed, smooth);
  // A loop over one step is its body. Loops over the same time may feed each other.
  const time: Dim = draw.one(["T", "T", "T", "T", 1, 2]);
  const read: Tensor[] = [];
  for (let loops = draw.one([1, 1, 1, 2, 2, 3]); loops > 0; loops--)
    read.unshift(...randomLoop(draw, time, read, operations ?? 2 + draw.below(8)));
  const results = Object.fromEntries(read.slice(0, 6).map((tensor, i) => [`y${i}`, tensor]));
  const drawn = Object.entries(draw.inputs);
  const loss = Object.values(results)
    .filter(({ dtype }) => dtype === "float")
    .reduce<Tensor>((total, y) => add(total, sum(mul(y, draw.input(y.shape)))), constant(0));
  const live = new Set(topological([loss]));
  const wrt = Object.fromEntries(drawn.filter(([, tensor]) => tensor.dtype === "float" && live.has(tensor)));
  return { results, loss, inputs: draw.inputs, wrt, feeds: draw.feeds };
}

/** A loop over inputs, or over what earlier loops returned. Its outputs and final states. */
function randomLoop(draw: ReturnType<typeof drawFrom>, time: Dim, earlier: readonly Tensor[], operations: number) {
  const ragged = draw.chance(0.3);
  const plain = draw.chance(0.6); // states [B, H], as cells have them
  const batched = ({ shape }: { shape: Shape }) => shape[0] === "B";
  const xs = Array.from({ length: 1 + draw.below(3) }, (_, i) => scannedInput(draw, time, earlier, i === 0));
  const shapes: Shape[] = plain
    ? [["B", 3]]
    : [["B", 3], ["B", 3], ["B", 2], ["B", 1], ["B"], ["B", 2, 2], ...(ragged ? [] : [[3], [], [1, 3], [3, 2]])];
  const initial: State = Object.fromEntries(
    Array.from({ length: draw.one([0, 1, 1, 1, 2, 2, 3]) }, (_, i) => [`s${i}`, initialState(draw, shapes, earlier)]),
  );
  const lengths = ragged ? draw.input(["B"], "int", 1 + dimValue(time, axes)) : undefined;
  const { outputs, final } = scan(
    (slices, states) => {
      for (const [i, slice] of slices.entries()) draw.setBound(slice, draw.bound(xs[i]!));
      return draw.within([...slices, ...Object.values(states)], () => {
        if (draw.chance(0.4)) gates(draw);
        for (let i = 0; i < operations; i++) draw.grow();
        const state = Object.fromEntries(Object.entries(states).map(([name, old]) => [name, nextState(draw, old)]));
        const wanted = (t: Tensor) => !ragged || (t.dtype === "float" && batched(t));
        const least = Object.keys(state).length === 0 ? 1 : 0;
        const outputs = Array.from({ length: Math.max(least, draw.one([0, 1, 1, 2, 2, 3])) }, () => {
          if (draw.chance(0.1)) return broadcastTo(constant(draw.one([0, 1, 0.5])), ["B", 2]);
          return (draw.chance(0.4) ? draw.one(Object.values(state).filter(wanted)) : undefined) ?? draw.tensor(wanted);
        });
        return { outputs: outputs.filter((output) => output !== undefined), state };
      });
    },
    { initial, xs, lengths, reverse: draw.chance(0.3) },
  );
  return [...outputs, ...Object.values(final)];
}

function scannedInput(draw: Draw, time: Dim, earlier: readonly Tensor[], first: boolean): Tensor {
  const stacked = earlier.filter(({ shape }) => shape.length > 1 && shape[0] === time);
  if (stacked.length > 0 && !first && draw.chance(0.7)) return draw.one(stacked);
  const kind = first ? draw.below(4) : draw.below(8);
  if (kind < 3) return draw.input([time, "B", 2 + draw.below(2)]);
  if (kind === 3) return gather(draw.parameter([4, 3]), draw.input([time, "B"], "int", 4)); // an embedding
  if (kind === 4) return draw.input([time, "B"], "int", 3);
  if (kind === 5) return draw.input([time, "B", 1], "bool");
  if (kind === 6) return draw.input([time, 3]);
  return draw.input([time]);
}

function initialState(draw: Draw, shapes: readonly Shape[], earlier: readonly Tensor[]): Tensor {
  const shape = draw.one(shapes);
  if (draw.chance(0.1)) return broadcastTo(constant(draw.below(2), [], "int"), ["B"]);
  const last = earlier.find((tensor) => tensor.dtype === "float" && sameShape(tensor.shape, shape));
  if (last && draw.chance(0.5)) return last;
  return draw.chance(0.3) ? broadcastTo(constant(0), shape) : draw.input(shape);
}

/** What is there in the shape of the state. */
function nextState(draw: Draw, old: Tensor): Tensor {
  const found = draw.tensor((t) => t !== old && t.dtype === old.dtype && sameShape(t.shape, old.shape)) ?? old;
  if (old.dtype !== "float") return found;
  return found === old ? (draw.chance(0.5) ? old : mul(old, 0.5)) : draw.chance(0.7) ? tanh(found) : found;
}

/** activation(x W' + h U' + b) for two to four gates, in any grouping; bias or input are missing at times. */
function gates(draw: Draw): void {
  const matrix = (t: Tensor) => t.dtype === "float" && t.shape.length === 2 && typeof t.shape[1] === "number";
  const [x, h] = [draw.tensor(matrix), draw.tensor(matrix)];
  if (!x || !h || x.shape[0] !== h.shape[0]) return;
  const all = draw.chance(0.7);
  const made = Array.from({ length: 2 + draw.below(3) }, () => {
    const terms = [linear(h, draw.parameter([3, h.shape[1] as number]))];
    if (all || draw.chance(0.5)) terms.push(linear(x, draw.parameter([3, x.shape[1] as number])));
    if (all || draw.chance(0.5)) terms.push(draw.parameter([3]));
    const order = draw.chance(0.5) ? terms : terms.reverse();
    const total =
      order.length === 3 && draw.chance(0.3)
        ? add(order[0]!, add(order[1]!, order[2]!))
        : order.reduce((a, b) => add(a, b));
    return draw.one([sigmoid, tanh, (z: Tensor) => z])(total);
  });
  draw.put(...made, mul(made[0]!, made[1]!));
}

const small = { low: -1.5, high: 1.5 };

function drawFrom(seed: number, smooth: boolean) {
  const source = random(seed);
  const inputs: Record<string, Tensor> = {};
  const feeds: Record<string, Value> = {};
  const parameters: Tensor[] = [];
  const bounds = new Map<Tensor, number>();
  const scopes: Tensor[][] = [];
  const names = Object.keys(operationMakers) as OpName[];
  const heats = new Map<Tensor, number>();
  /** A bound on log2 of the magnitude; values are kept small so that rounding stays what it is. */
  const heat = (tensor: Tensor): number => {
    const known = heats.get(tensor);
    if (known !== undefined) return known;
    const own = tensor.inputs.map(heat);
    const result = ["tanh", "sigmoid", "softmax", "sign", "erf"].includes(tensor.op)
      ? 0
      : ["mul", "matmul"].includes(tensor.op)
        ? own[0]! + own[1]! + 2
        : Math.max(0, ...own) + 1;
    heats.set(tensor, result);
    return result;
  };
  const draw = {
    smooth,
    inputs,
    feeds,
    below: (n: number) => source.below(n),
    chance: (probability: number) => source.uniform() < probability,
    one: <X>(items: readonly X[]): X => items[items.length === 0 ? 0 : source.below(items.length)]!,
    tensor(fits: (tensor: Tensor) => boolean) {
      const found = scopes.flat().filter(fits);
      // The newest are the likeliest, so that chains arise.
      return found[found.length - 1 - Math.floor(found.length * source.uniform() ** 2)];
    },
    parameter(shape: readonly number[]) {
      const known = parameters.filter((tensor) => sameShape(tensor.shape, shape));
      if (known.length > 0 && draw.chance(0.15)) return draw.one(known);
      const made = draw.input(shape);
      parameters.push(made);
      return made;
    },
    input(shape: Shape, dtype: DType = "float", bound = 2) {
      const name = `${dtype === "float" ? "a" : dtype === "int" ? "n" : "m"}${Object.keys(inputs).length}`;
      const tensor = input(name, shape, { dtype });
      const sizes = shape.map((dim) => dimValue(dim, axes));
      const length = sizes.reduce((a, b) => a * b, 1);
      const data =
        dtype === "float"
          ? Float64Array.from({ length }, () => small.low + (small.high - small.low) * source.uniform())
          : dtype === "int"
            ? Int32Array.from({ length }, () => source.below(bound))
            : Uint8Array.from({ length }, () => source.below(2));
      feeds[name] = { shape: sizes, dtype, data };
      inputs[name] = tensor;
      if (dtype === "int") bounds.set(tensor, bound);
      return tensor;
    },
    bound: (tensor: Tensor) => bounds.get(tensor),
    setBound(tensor: Tensor, bound: number | undefined) {
      if (bound !== undefined) bounds.set(tensor, bound);
    },
    within<R>(start: readonly Tensor[], make: () => R): R {
      scopes.push([...start]);
      const result = make();
      scopes.pop();
      return result;
    },
    depth: () => scopes.length,
    put: (...tensors: Tensor[]) => void scopes.at(-1)!.push(...tensors),
    grow() {
      const made = operationMakers[draw.one(names)](draw);
      if (!made) return;
      const size = made.shape.reduce<number>((total, dim) => total * dimValue(dim, axes), 1);
      if (size > 48 || made.shape.length > 4) return;
      draw.put(made.dtype === "float" && heat(made) > 8 ? tanh(made) : made);
    },
  };
  return draw satisfies Draw;
}
