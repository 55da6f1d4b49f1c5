// The one time loop: `scan` runs a step along the first axis of its inputs and carries a state.
import { fail } from "../base/index.ts";
import { insideBody } from "./graph.ts";
import { apply, cast, less, mul, range, reshape, select } from "./ops.ts";
import { type Dim, sameShape, showShape } from "./shape.ts";
import { makeTensor, type ScanBody, type Tensor } from "./tensor.ts";

/** Named state: `{ h, c }`, never a bare tuple. */
export type State = Readonly<Record<string, Tensor>>;

export interface ScanOptions<S extends State> {
  /** The state before the first step. */
  initial: S;
  /** Scanned inputs, time first: each [T, B, ...]. */
  xs: readonly Tensor[];
  /** Number of steps of each row, int [B]. Past it the state freezes and the outputs are 0. Without it, every row has T steps. */
  lengths?: Tensor;
  /** From the last step to the first. Each output keeps the index of its input. */
  reverse?: boolean;
}

export interface ScanResult<S extends State> {
  /** The outputs of the steps, [T, ...] each. */
  outputs: Tensor[];
  /** The state after the last step (after the first one, if reversed). */
  final: S;
}

/**
 * Runs `step(xs at t, state)` for each t and returns the stacked outputs and the final state.
 * Whatever the step reads from outside (weights) is captured; what does not depend on the state or the inputs is computed once.
 */
export function scan<S extends State>(
  step: (xs: Tensor[], state: S) => { outputs: readonly Tensor[]; state: S },
  { initial, xs, lengths, reverse = false }: ScanOptions<S>,
): ScanResult<S> {
  const names = Object.keys(initial);
  const time = xs[0]?.shape[0] ?? fail({ where: "scan", expected: "at least one scanned input", received: "none" });
  for (const x of xs) {
    if (x.shape[0] !== time)
      fail({ where: "scan", code: "shape", expected: `inputs with first axis ${time}`, received: showShape(x.shape) });
  }
  const scanned = lengths ? [...xs, activeMask(time, lengths)] : [...xs];
  const placeholders = scanned.map((x, i) => bodyInput(`x${i}`, x.shape.slice(1), x));
  const states = names.map((name) => bodyInput(name, initial[name]!.shape, initial[name]!));
  const before = Object.fromEntries(names.map((name, i) => [name, states[i]!])) as S;
  const { outputs, state } = step(placeholders.slice(0, xs.length), before);
  const active = lengths ? placeholders.at(-1)! : undefined; // [B]
  const next = names.map((name, i) => {
    const after =
      state[name] ??
      fail({
        where: "scan",
        expected: `the step to return a state "${name}"`,
        received: Object.keys(state).join(", ") || "none",
      });
    if (!sameShape(after.shape, states[i]!.shape)) {
      fail({
        where: `scan(${name})`,
        code: "shape",
        expected: `a state of shape ${showShape(states[i]!.shape)} after the step`,
        received: showShape(after.shape),
      });
    }
    return active ? select(column(active, after.shape.length), after, states[i]!) : after;
  });
  const ys = active ? outputs.map((y) => mul(y, cast(column(active, y.shape.length), "float"))) : outputs;
  const loop = makeScan(
    { states, xs: placeholders, next },
    names.map((name) => initial[name]!),
    scanned,
    reverse,
  );
  return {
    outputs: ys.map((y) => stackedOf(loop, y)),
    final: Object.fromEntries(names.map((name, i) => [name, finalOf(loop, i)])) as S,
  };
}

/** [T, B] bool: step t of row b is within its length. */
function activeMask(time: Dim, lengths: Tensor): Tensor {
  return less(reshape(range(time), [time, 1]), reshape(lengths, [1, ...lengths.shape]));
}

const column = (mask: Tensor, rank: number): Tensor => reshape(mask, [...mask.shape, ...new Array(rank - 1).fill(1)]);

export function bodyInput(name: string, shape: readonly Dim[], like: Tensor): Tensor {
  return makeTensor("input", [], { name, kind: "body" }, shape, like.dtype);
}

/** A scan node over a finished body. Its operands are the initial states, the scanned inputs and what the body captures. */
export function makeScan(
  body: ScanBody,
  initial: readonly Tensor[],
  xs: readonly Tensor[],
  reverse: boolean,
): Tensor<"scan"> {
  const { captured } = insideBody(body, body.next);
  return makeTensor("scan", [...initial, ...xs, ...captured], { body, reverse }, [], "float");
}

/** The values of a body tensor at each step, [T, ...]. */
export function stackedOf(loop: Tensor, tensor: Tensor): Tensor {
  const { captured } = insideBody((loop as Tensor<"scan">).attrs.body, [tensor]);
  return apply("scanStacked", [loop, ...captured], { tensor });
}

/** The last value of a state. */
export const finalOf = (loop: Tensor, index: number): Tensor => apply("scanFinal", [loop], { index });

/** The parts of a scan node's operands. */
export function scanOperands(loop: Tensor<"scan">): { initial: readonly Tensor[]; xs: readonly Tensor[] } {
  const { states, xs } = loop.attrs.body;
  return {
    initial: loop.inputs.slice(0, states.length),
    xs: loop.inputs.slice(states.length, states.length + xs.length),
  };
}
