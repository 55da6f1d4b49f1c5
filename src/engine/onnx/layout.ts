// Layout: inside a loop, features become rows.
//
//   before   a<t> [B, H] = x<t> + a<t-1> Waa'       the weight is the right operand: packed again at each step
//   after    a<t> [H, B] = x<t> + Waa a<t-1>        the weight is the left operand: read in place
//
// ONNX Runtime packs the right operand of a product at each call, so that operand should be the small one. Everything
// [B, F] in the body is computed as [F, B]; what enters and leaves is transposed in the loop, while it is in the cache.
// Two loops that pass tensors to each other (forward to backward, layer to layer) do so without transposing.

import { findLoops, type Loop } from "../../compile/passes/scans.ts";
import { rewriter, withInputs } from "../../compile/rewrite.ts";
import { table } from "../../tensor/ops/table.ts";
import { broadcastTo, concat, matmul, reshape, slice, sum, transpose, zeros } from "../../tensor/ops.ts";
import { bodyInput, finalOf, makeScan, scanOperands, stackedOf } from "../../tensor/scan.ts";
import { type Dim, sameShape } from "../../tensor/shape.ts";
import { isOp, type Tensor } from "../../tensor/tensor.ts";

export function layout(outputs: readonly Tensor[]): Tensor[] {
  const loops = findLoops(outputs);
  const turned = new Map<Tensor, Turned>();
  const { visit } = rewriter((tensor) => {
    if (isOp(tensor, "scan")) return turn(tensor)?.scan;
    if (!isOp(tensor, "scanFinal") && !isOp(tensor, "scanStacked")) return undefined;
    const loop = turn(tensor.inputs[0] as Tensor<"scan">);
    if (!loop) return undefined;
    return isOp(tensor, "scanFinal")
      ? transpose(finalOf(loop.scan, tensor.attrs.index))
      : stackedOf(loop.scan, loop.normal((tensor as Tensor<"scanStacked">).attrs.tensor));
  });
  function turn(scan: Tensor<"scan">): Turned | undefined {
    const loop = loops.get(scan)!;
    if (!worthTurning(loop)) return undefined;
    let result = turned.get(scan);
    if (!result) {
      result = turnLoop(loop, visit);
      turned.set(scan, result);
    }
    return result;
  }
  return joinLoops(outputs.map(visit));
}

interface Turned {
  scan: Tensor<"scan">;
  /** A tensor of the old body, in its old layout, computed in the new body. */
  normal(tensor: Tensor): Tensor;
}

/**
 * All states are [B, F], and some product has [B, F] at its left and a captured matrix at its right. A body with a loop
 * inside stays as it is: the inner body captures tensors of the outer one in their old layout.
 */
export function worthTurning({ scan, inside }: Loop): boolean {
  const { states } = scan.attrs.body;
  const batch = states[0]?.shape[0];
  if (batch === undefined || batch === 1 || !states.every(({ shape }) => shape.length === 2 && shape[0] === batch))
    return false;
  if (inside.some((tensor) => isOp(tensor, "scan"))) return false;
  const within = new Set(inside);
  return inside.some((tensor) => isOp(tensor, "matmul") && turnable(tensor, within, batch));
}

function turnable(tensor: Tensor<"matmul">, within: ReadonlySet<Tensor>, batch: Dim): boolean {
  const [a, w] = tensor.inputs as [Tensor, Tensor];
  return !tensor.attrs.transA && !within.has(w) && w.shape.length === 2 && a.shape.length === 2 && a.shape[0] === batch;
}

/** A body while it is turned. Each of its tensors has two forms, made when they are asked for. */
interface TurningBody {
  readonly batch: Dim;
  readonly within: ReadonlySet<Tensor>;
  /** [B, F] -> its [F, B] form. */
  turned(tensor: Tensor): Tensor;
  /** The tensor in its old layout. */
  normal(tensor: Tensor): Tensor;
  /** What a captured tensor has become. */
  visit(tensor: Tensor): Tensor;
}

function turnLoop({ scan, inside }: Loop, visit: (tensor: Tensor) => Tensor): Turned {
  const { states, xs: scanned, next } = scan.attrs.body;
  const { initial, xs } = scanOperands(scan);
  const batch = states[0]!.shape[0]!;
  const newStates = states.map((state) => bodyInput("state", [...state.shape].reverse(), state));
  /** One number for each row: turned outside, where it costs nothing. */
  const rowOf = scanned.map((x) => (sameShape(x.shape, [batch, 1]) ? bodyInput("row", [1, batch], x) : undefined));
  const turnedForms = new Map<Tensor, Tensor>(states.map((state, i) => [state, newStates[i]!]));
  const normalForms = new Map<Tensor, Tensor>(states.map((state, i) => [state, transpose(newStates[i]!)]));

  for (const [i, row] of rowOf.entries()) {
    if (!row) continue;
    turnedForms.set(scanned[i]!, row);
    normalForms.set(scanned[i]!, reshape(row, [batch, 1]));
  }

  const body: TurningBody = {
    batch,
    within: new Set<Tensor>([...inside, ...states, ...scanned]),
    visit,
    turned(tensor) {
      const known = turnedForms.get(tensor);
      if (known) return known;
      const result = body.within.has(tensor)
        ? (turnedOperation(tensor, body) ?? transpose(normalOperation(tensor)))
        : turnedCapture(visit(tensor));
      turnedForms.set(tensor, result);
      return result;
    },
    normal(tensor) {
      if (!body.within.has(tensor)) return visit(tensor);
      const known = normalForms.get(tensor);
      if (known) return known;
      const result =
        isMatrix(tensor, body.batch) && tensor.op !== "input"
          ? transpose(body.turned(tensor))
          : normalOperation(tensor);
      normalForms.set(tensor, result);
      return result;
    },
  };
  const normalOperation = (tensor: Tensor): Tensor =>
    tensor.op === "input" ? tensor : withInputs(tensor, tensor.inputs.map(body.normal));

  const start = initial.map((tensor) => turnedCapture(visit(tensor)));
  const newBody = { states: newStates, xs: scanned.map((x, i) => rowOf[i] ?? x), next: next.map(body.turned) };
  const newXs = xs.map((x, i) => (rowOf[i] ? reshape(visit(x), [x.shape[0]!, 1, batch]) : visit(x)));
  return { scan: makeScan(newBody, start, newXs, scan.attrs.reverse), normal: body.normal };
}

const isMatrix = ({ shape }: Tensor, batch: Dim): boolean =>
  shape.length === 2 && (shape[0] === batch || shape[0] === 1);

/** The [F, B] form of an operation, from the [F, B] forms of its operands; undefined for an operation that has none. */
function turnedOperation(tensor: Tensor, { batch, within, turned, normal, visit }: TurningBody): Tensor | undefined {
  const [first] = tensor.inputs;
  if (table[tensor.op].kind === "elementwise") {
    const fits = tensor.inputs.every((operand) => !within.has(operand) || isMatrix(operand, batch));
    return fits ? withInputs(tensor, tensor.inputs.map(turned)) : undefined;
  }
  if (isOp(tensor, "matmul") && turnable(tensor, within, batch)) {
    const weight = visit(tensor.inputs[1]!);
    return paddedProduct(tensor.attrs.transB ? weight : transpose(weight), turned(first!));
  }
  if (isOp(tensor, "slice") && tensor.attrs.axis === 1)
    return slice(turned(first!), 0, tensor.attrs.start, tensor.attrs.end);
  if (isOp(tensor, "concat") && tensor.attrs.axis === 1) return concat(tensor.inputs.map(turned), 0);
  if (isOp(tensor, "sum") && tensor.attrs.keepDims && tensor.attrs.axes.join() === "1")
    return sum(turned(first!), { axes: 0, keepDims: true });
  if (isOp(tensor, "reshape") && sameShape(tensor.shape, [batch, 1]) && first!.shape.length === 1)
    return reshape(normal(first!), [1, batch]);
  return undefined;
}

/** The [F, B] form of a tensor from outside the loop: of [B, F], of a bias [F], of a number. */
function turnedCapture(tensor: Tensor): Tensor {
  if (tensor.shape.length === 0) return tensor;
  if (tensor.shape.length === 1) return reshape(tensor, [tensor.shape[0]!, 1]);
  if (isOp(tensor, "broadcastTo") && tensor.inputs[0]!.shape.length === 0)
    return broadcastTo(tensor.inputs[0]!, [...tensor.shape].reverse());
  return transpose(tensor);
}

/**
 * weight [M, K] times x [K, B]. Where rows of the weight lie a multiple of 4 KiB apart, the rows that a kernel reads
 * together fall on the same lines of the first-level cache; 16 columns of zeros move them apart.
 */
function paddedProduct(weight: Tensor, x: Tensor): Tensor {
  const [rows, inner] = weight.shape as [Dim, Dim];
  if (typeof inner !== "number" || inner % 1024 !== 0) return matmul(weight, x);
  const parts = isOp(x, "concat") && x.attrs.axis === 0 ? x.inputs : [x];
  return matmul(concat([weight, zeros([rows, 16])], 1), concat([...parts, zeros([16, x.shape[1]!])], 0));
}

/** Where one loop outputs y' and another transposes it back, the first outputs y. */
function joinLoops(outputs: readonly Tensor[]): Tensor[] {
  const loops = findLoops(outputs);
  const straight = new Map<Tensor, Tensor>();
  const { visit } = rewriter((tensor) => {
    const joined = straight.get(tensor);
    if (joined) return joined;
    if (!isOp(tensor, "scan")) return undefined;
    const { body, reverse } = tensor.attrs;
    const { initial, xs } = scanOperands(tensor);
    const { inside, stacked } = loops.get(tensor)!;
    const roots = new Set<Tensor>([...body.next, ...stacked]);
    let changed = false;
    const newXs = [...xs];
    const placeholders = body.xs.map((x, i) => {
      const source = xs[i]!;
      const users = inside.filter((user) => user.inputs.includes(x));
      const turns = users.length > 0 && !roots.has(x) && users.every((user) => isOp(user, "transpose"));
      if (!turns || !isOp(source, "scanStacked") || !isOp(source.attrs.tensor, "transpose")) return x;
      const inner = source.attrs.tensor.inputs[0]!;
      const placeholder = bodyInput("joined", inner.shape, inner);
      for (const user of users) straight.set(user, placeholder);
      newXs[i] = stackedOf(source.inputs[0]!, inner);
      changed = true;
      return placeholder;
    });
    if (!changed) return undefined;
    return makeScan(
      { states: body.states, xs: placeholders, next: body.next.map(visit) },
      initial.map(visit),
      newXs.map(visit),
      reverse,
    );
  });
  return outputs.map(visit);
}
