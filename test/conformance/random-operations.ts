// How a random operation is drawn: operands from the scope, attributes that fit them. Total: an operation that the
// law of random programs cannot draw does not compile.
import {
  abs,
  add,
  apply,
  argMax,
  broadcastTo,
  cast,
  concat,
  constant,
  crossEntropy,
  div,
  equal,
  erf,
  exp,
  gather,
  less,
  log,
  logSoftmax,
  matmul,
  max,
  maximum,
  minimum,
  mul,
  neg,
  pick,
  range,
  relu,
  reshape,
  select,
  sigmoid,
  sign,
  slice,
  softmax,
  sqrt,
  sub,
  sum,
  tanh,
  transpose,
} from "../../src/tensor/ops.ts";
import { type State, scan } from "../../src/tensor/scan.ts";
import { type Dim, type DType, product, type Shape, sameShape } from "../../src/tensor/shape.ts";
import type { OpName, Tensor } from "../../src/tensor/tensor.ts";

/** What the makers of operations draw from. */
export interface Draw {
  readonly smooth: boolean;
  below(n: number): number;
  chance(probability: number): boolean;
  one<X>(items: readonly X[]): X;
  /** A tensor of the current scope or of those around it. */
  tensor(fits: (tensor: Tensor) => boolean): Tensor | undefined;
  /** A trained value from outside every loop; sometimes one that is used already. */
  parameter(shape: readonly number[]): Tensor;
  /** An input of the program; ints are ids below `bound`. */
  input(shape: Shape, dtype?: DType, bound?: number): Tensor;
  /** Below which number the elements of an int tensor are known to lie; at least 0. */
  bound(tensor: Tensor): number | undefined;
  setBound(tensor: Tensor, bound: number | undefined): void;
  /** How many scopes are open. */
  depth(): number;
  put(...tensors: Tensor[]): void;
  /** Opens a scope that holds these tensors. */
  within<R>(start: readonly Tensor[], make: () => R): R;
  /** Draws one more operation into the current scope. */
  grow(): void;
}

type Maker = (draw: Draw) => Tensor | undefined;

const isFloat = ({ dtype }: Tensor) => dtype === "float";
const isInt = ({ dtype }: Tensor) => dtype === "int";
const rank = (tensor: Tensor) => tensor.shape.length;
const known = (dim: Dim | undefined): dim is number => typeof dim === "number";

/** Whether two shapes broadcast together. */
function together(a: Shape, b: Shape): boolean {
  for (let i = 1; i <= Math.min(a.length, b.length); i++) {
    const [x, y] = [a.at(-i), b.at(-i)];
    if (x !== y && x !== 1 && y !== 1) return false;
  }
  return true;
}

const unary =
  (make: (x: Tensor) => Tensor): Maker =>
  (draw) => {
    const x = draw.tensor(isFloat);
    return x && make(x);
  };

/** Over two operands of one type that broadcast together; the second may be a number. */
const binary =
  (
    make: (a: Tensor, b: Tensor) => Tensor,
    fits: (tensor: Tensor) => boolean = ({ dtype }) => dtype !== "bool",
  ): Maker =>
  (draw) => {
    const a = draw.tensor(fits);
    if (!a) return undefined;
    const b = draw.chance(0.2)
      ? number(draw, a)
      : draw.tensor((t) => t.dtype === a.dtype && together(a.shape, t.shape));
    return b && (draw.chance(0.5) ? make(a, b) : make(b, a));
  };

/** A constant of the type of `like`, often 0 or 1, at times broadcast to its shape. */
function number(draw: Draw, { dtype, shape }: Tensor): Tensor {
  const value = constant(draw.one(dtype === "float" ? [0, 0, 1, 1, -0.7, 2.5] : [0, 1]), [], dtype);
  return draw.chance(0.3) ? broadcastTo(value, shape) : value;
}

/** Moved a little, so that no two elements are equal but for rounding: what jumps must not jump there. */
const apart = (x: Tensor): Tensor => {
  const last = x.shape.at(-1);
  const ramp = known(last)
    ? constant(
        Array.from({ length: last }, (_, i) => 0.0137 * (i + 1)),
        [last],
      )
    : 0.0137;
  return add(x, ramp);
};

/** Only where results may jump. */
const jumps =
  (make: Maker): Maker =>
  (draw) =>
    draw.smooth ? undefined : make(draw);

/** Ids from 0 to size - 1, of a shape that fits. */
function ids(draw: Draw, size: number, fits: (shape: Shape) => boolean): Tensor | undefined {
  const tensor = draw.tensor((t) => isInt(t) && fits(t.shape));
  if (!tensor) return undefined;
  if ((draw.bound(tensor) ?? Number.POSITIVE_INFINITY) <= size) return tensor;
  const clipped = maximum(minimum(tensor, constant(size - 1, [], "int")), constant(0, [], "int"));
  draw.setBound(clipped, size);
  return clipped;
}

const reduction =
  (make: (x: Tensor, options: { axes: number[]; keepDims: boolean }) => Tensor): Maker =>
  (draw) => {
    const x = draw.tensor((t) => t.dtype !== "bool" && rank(t) > 0);
    if (!x) return undefined;
    const axes = x.shape.flatMap((_, i) => (draw.chance(0.5) ? [i] : []));
    return make(x, { axes: axes.length ? axes : [rank(x) - 1], keepDims: draw.chance(0.5) });
  };

const loop =
  (read: "final" | "stacked"): Maker =>
  (draw) => {
    const xs = draw.chance(0.3)
      ? draw.input([draw.smooth ? 2 : "S", 3])
      : draw.tensor((t) => isFloat(t) && rank(t) > 0);
    const start = draw.tensor((t) => isFloat(t) && rank(t) > 0);
    if (!xs || !start || draw.depth() > 2) return undefined;
    const { outputs, final } = scan(
      ([x], { s }) =>
        draw.within([x!, s!], () => {
          for (let i = 1 + draw.below(3); i > 0; i--) draw.grow();
          const next = draw.tensor((t) => isFloat(t) && sameShape(t.shape, s!.shape))!;
          return { outputs: [draw.tensor(isFloat)!], state: { s: tanh(next) } };
        }),
      { initial: { s: start } as State, xs: [xs], reverse: draw.chance(0.3) },
    );
    return read === "final" ? final.s : outputs[0];
  };

const shapes: number[][] = [[], [1], [3], [2], [1, 3], [3, 3], [3, 2]];

export const operationMakers: { [K in OpName]: Maker } = {
  input: (draw) => draw.parameter(draw.one(shapes)),
  constant: (draw) => {
    const shape = draw.one(shapes);
    const dtype = draw.one(["float", "float", "int", "bool"] as const);
    const value = draw.one([0, 1, ...(dtype === "bool" ? [] : [2])]);
    if (draw.chance(0.5)) return broadcastTo(constant(value, [], dtype), draw.chance(0.5) ? ["B", ...shape] : shape);
    return constant(
      Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => (i + value) % 2),
      shape,
      dtype,
    );
  },
  neg: unary(neg),
  exp: unary((x) => exp(tanh(x))),
  log: unary((x) => log(add(abs(apart(x)), 1))),
  sqrt: unary((x) => sqrt(add(mul(x, x), 0.5))),
  abs: unary((x) => abs(apart(x))),
  sign: jumps(unary((x) => sign(apart(x)))),
  erf: unary(erf),
  tanh: unary(tanh),
  sigmoid: unary(sigmoid),
  relu: unary((x) => relu(apart(x))),
  add: binary((a, b) => add(a, b)),
  sub: binary(sub),
  mul: binary((a, b) => mul(a, b)),
  div: binary((a, b) => div(a, b.op === "constant" ? 2 : add(mul(b, b), 1.1)), isFloat),
  maximum: binary((a, b) => maximum(a, isFloat(b) ? apart(b) : b)),
  minimum: binary((a, b) => minimum(a, isFloat(b) ? apart(b) : b)),
  less: jumps(binary((a, b) => less(a, isFloat(b) ? apart(b) : b))),
  equal: binary(equal, isInt),
  select: (draw) => {
    const condition = draw.tensor(({ dtype }) => dtype === "bool");
    const a = condition && draw.tensor((t) => t.dtype !== "bool" && together(t.shape, condition.shape));
    const b =
      a && draw.tensor((t) => t.dtype === a.dtype && [condition, a].every(({ shape }) => together(t.shape, shape)));
    return b && select(condition, a, draw.chance(0.2) ? a : b);
  },
  cast: (draw) => {
    const x = draw.tensor(() => true);
    if (!x) return undefined;
    if (isFloat(x)) return draw.smooth ? undefined : cast(add(mul(apart(x), 2.37), 0.613), "int");
    if (isInt(x))
      return draw.chance(0.2) ? cast(x, "bool") : cast(ids(draw, 5, (shape) => shape === x.shape) ?? x, "float");
    return cast(x, draw.one(["float", "int"]));
  },
  sum: reduction(sum),
  max: reduction((x, options) => max(isFloat(x) ? apart(x) : x, options)),
  argMax: jumps((draw) => {
    const x = draw.tensor((t) => isFloat(t) && rank(t) > 0 && known(t.shape.at(-1)));
    if (!x) return undefined;
    const best = argMax(apart(x));
    draw.setBound(best, x.shape.at(-1) as number);
    return best;
  }),
  matmul: (draw) => {
    const a = draw.tensor((t) => isFloat(t) && rank(t) > 1);
    if (!a) return undefined;
    const transA = draw.chance(0.3);
    const transB = draw.chance(0.5);
    const inner = a.shape.at(transA ? -2 : -1);
    const lead = a.shape.slice(0, -2);
    const b =
      known(inner) && draw.chance(0.6)
        ? draw.parameter(transB ? [2 + draw.below(2), inner] : [inner, 2 + draw.below(2)])
        : draw.tensor(
            (t) =>
              isFloat(t) &&
              rank(t) > 1 &&
              t.shape.at(transB ? -1 : -2) === inner &&
              together(lead, t.shape.slice(0, -2)),
          );
    return b && matmul(a, b, { transA, transB });
  },
  reshape: (draw) => {
    const x = draw.tensor((t) => rank(t) > 0);
    if (!x) return undefined;
    const { shape } = x;
    const at = draw.below(rank(x) + 1);
    const choices: Shape[] = [
      [product(shape)],
      [...shape.slice(0, at), 1, ...shape.slice(at)],
      shape.filter((dim) => dim !== 1),
      [product(shape.slice(0, 2)), ...shape.slice(2)],
      [...shape].reverse(),
    ];
    return reshape(x, draw.one(choices));
  },
  transpose: (draw) => {
    const x = draw.tensor((t) => rank(t) > 1);
    if (!x) return undefined;
    const axes = x.shape.map((_, i) => i);
    const from = draw.below(axes.length);
    axes.splice(draw.below(axes.length), 0, ...axes.splice(from, 1));
    return transpose(x, axes);
  },
  broadcastTo: (draw) => {
    const x = draw.tensor(() => true);
    if (!x) return undefined;
    const same = x.shape.map((dim) => (dim === 1 && draw.chance(0.7) ? 3 : dim));
    return broadcastTo(x, draw.one([same, same, ["B", ...same], [2, ...same]]));
  },
  slice: (draw) => {
    const x = draw.tensor(({ shape }) => shape.some((dim) => known(dim) && dim > 1));
    if (!x) return undefined;
    const axis = draw.one(x.shape.flatMap((dim, i) => (known(dim) && dim > 1 ? [i] : [])));
    const start = draw.below(x.shape[axis] as number);
    return slice(x, axis, start, start + 1 + draw.below((x.shape[axis] as number) - start));
  },
  concat: (draw) => {
    const first = draw.tensor(({ shape }) => shape.some(known));
    if (!first) return undefined;
    const axis = draw.one(first.shape.flatMap((dim, i) => (known(dim) ? [i] : [])));
    const fits = (t: Tensor) =>
      t.dtype === first.dtype &&
      rank(t) === rank(first) &&
      t.shape.every((dim, i) => (i === axis ? known(dim) : dim === first.shape[i]));
    const zero = broadcastTo(constant(0, [], first.dtype), first.shape);
    return concat([first, draw.chance(0.3) ? zero : draw.tensor(fits)!, ...(draw.chance(0.3) ? [first] : [])], axis);
  },
  range: (draw) => range(draw.one(["B", 2, 3])),
  gather: (draw) => {
    const table = draw.chance(0.5) ? draw.parameter([3, 3]) : draw.tensor((t) => rank(t) > 0 && known(t.shape[0]));
    const places = table && ids(draw, table.shape[0] as number, () => true);
    return places && gather(table, places);
  },
  scatterAdd: (draw) => {
    const updates = draw.tensor((t) => isFloat(t) && rank(t) > 0);
    const places =
      updates && ids(draw, 3, (shape) => shape.length > 0 && sameShape(updates.shape.slice(0, shape.length), shape));
    return places && apply("scatterAdd", [places, updates], { rows: 3 });
  },
  pick: (draw) => {
    const x = draw.tensor((t) => isFloat(t) && rank(t) > 0 && known(t.shape.at(-1)));
    const places = x && ids(draw, x.shape.at(-1) as number, (shape) => sameShape(shape, x.shape.slice(0, -1)));
    return places && pick(x, places);
  },
  place: (draw) => {
    const g = draw.tensor((t) => isFloat(t));
    const places = g && ids(draw, 3, (shape) => sameShape(shape, g.shape));
    return places && apply("place", [g, places], { size: 3 });
  },
  softmax: (draw) => {
    const x = draw.tensor((t) => isFloat(t) && rank(t) > 0);
    return x && softmax(x);
  },
  logSoftmax: (draw) => {
    const x = draw.tensor((t) => isFloat(t) && rank(t) > 0);
    return x && logSoftmax(x);
  },
  crossEntropy: (draw) => {
    const logits = draw.tensor((t) => isFloat(t) && rank(t) > 1 && known(t.shape.at(-1)));
    const targets =
      logits && ids(draw, logits.shape.at(-1) as number, (shape) => sameShape(shape, logits.shape.slice(0, -1)));
    return targets && crossEntropy(logits, targets, draw.one([0, 0.2]));
  },
  crossEntropyGrad: (draw) => {
    const logits = draw.tensor((t) => isFloat(t) && rank(t) === 2 && known(t.shape[1]));
    const g = logits && draw.tensor((t) => isFloat(t) && sameShape(t.shape, logits.shape.slice(0, 1)));
    const targets = g && ids(draw, logits.shape[1] as number, (shape) => sameShape(shape, g.shape));
    return targets && apply("crossEntropyGrad", [logits, targets, g], { smoothing: draw.one([0, 0.2]) });
  },
  scan: loop("stacked"),
  scanFinal: loop("final"),
  scanStacked: loop("stacked"),
};
