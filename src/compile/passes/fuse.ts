// Fuse: products that share their left operand become one product, and the sums over its parts one sum.
//
//   before   i = sigmoid(x Wi' + h Ui' + bi)      f = sigmoid(x Wf' + h Uf' + bf)      ...
//   after    z = x [Wi; Wf; ..]' + h [Ui; Uf; ..]' + [bi; bf; ..]      i = sigmoid(z[0:H])      f = sigmoid(z[H:2H])
//
// So a cell that is written gate by gate, as on the slide, gets the schedule of one that is written with stacked weights.
import { add, concat, matmul, slice } from "../../tensor/ops.ts";
import { isOp, type Tensor } from "../../tensor/tensor.ts";
import { rewriter } from "../rewrite.ts";
import { regroup } from "./regroup.ts";
import { findLoops, type Loop } from "./scans.ts";

export function fuse(outputs: readonly Tensor[]): Tensor[] {
  let current = regroup(outputs);
  // Each round has fewer products or fewer sums than the one before.
  for (;;) {
    const replaced = new Map<Tensor, Tensor>();
    for (const loop of findLoops(current).values()) if (!fuseProducts(loop, replaced)) fuseSums(loop, replaced);
    if (replaced.size === 0) return current;
    const { visit } = rewriter((tensor) => {
      const replacement = replaced.get(tensor);
      return replacement && visit(replacement); // it is made of tensors that may be replaced themselves
    });
    current = current.map(visit);
  }
}

/** x W1', x W2', ... -> parts of x [W1; W2; ...]', where the weights come from outside the loop. True if there were any. */
function fuseProducts({ inside }: Loop, replaced: Map<Tensor, Tensor>): boolean {
  let found = false;
  const within = new Set(inside);
  const groups = new Map<string, Tensor<"matmul">[]>();
  for (const tensor of inside) {
    if (!isOp(tensor, "matmul")) continue;
    const [a, w] = tensor.inputs as [Tensor, Tensor];
    const wide = typeof tensor.shape.at(-1) === "number";
    if (within.has(w) || w.shape.length !== 2 || a.shape.length !== 2 || tensor.attrs.transA || !wide) continue;
    const key = `${a.id} ${tensor.attrs.transB} ${isOp(w, "slice") || isOp(w, "concat") ? w.id : ""}`;
    groups.set(key, [...(groups.get(key) ?? []), tensor]);
  }
  for (const group of groups.values()) {
    const parts = [...new Set(group)].sort((a, b) => a.id - b.id);
    if (parts.length < 2) continue;
    found = true;
    const { transB } = parts[0]!.attrs;
    const weight = concat(
      parts.map((part) => part.inputs[1]!),
      transB ? 0 : 1,
    );
    const whole = matmul(parts[0]!.inputs[0]!, weight, { transB });
    let at = 0;
    for (const part of parts) {
      const width = part.shape[1] as number;
      replaced.set(part, slice(whole, 1, at, at + width));
      at += width;
    }
  }
  return found;
}

/** z[0:H] + u, z[H:2H] + v, ... -> parts of z + [u, v, ...], where u, v are parts of one tensor or come from outside. */
function fuseSums({ inside, scan, stacked }: Loop, replaced: Map<Tensor, Tensor>): void {
  const within = new Set(inside);
  const users = new Map<Tensor, Tensor[]>();
  for (const tensor of inside)
    for (const operand of new Set(tensor.inputs)) users.set(operand, [...(users.get(operand) ?? []), tensor]);
  const outside = new Set<Tensor>([...scan.attrs.body.next, ...stacked]);
  for (const whole of inside) {
    const parts = partition(whole, users);
    if (!parts) continue;
    const sums = parts.map((part) => {
      const [user, ...others] = users.get(part) ?? [];
      return user && others.length === 0 && !outside.has(part) && isOp(user, "add") && user.inputs[0] !== user.inputs[1]
        ? user
        : undefined;
    });
    if (sums.some((sum) => !sum) || new Set(sums).size !== parts.length) continue;
    const others = sums.map((sum, i) => sum!.inputs.find((operand) => operand !== parts[i])!);
    const other = together(others, parts, within);
    if (!other) continue;
    const total = add(whole, other);
    for (const [i, sum] of sums.entries())
      replaced.set(sum!, slice(total, 1, parts[i]!.attrs.start, parts[i]!.attrs.end));
    return;
  }
}

/** The slices that cut a [B, F] tensor into consecutive parts without rest, if it is read in no other way. */
function partition(whole: Tensor, users: ReadonlyMap<Tensor, Tensor[]>): Tensor<"slice">[] | undefined {
  const readers = users.get(whole) ?? [];
  if (whole.shape.length !== 2 || readers.length < 2) return undefined;
  const parts = readers.filter((user): user is Tensor<"slice"> => isOp(user, "slice") && user.attrs.axis === 1);
  if (parts.length !== readers.length) return undefined;
  parts.sort((a, b) => a.attrs.start - b.attrs.start);
  const consecutive = parts.every((part, i) => part.attrs.start === (i === 0 ? 0 : parts[i - 1]!.attrs.end));
  return consecutive && parts.at(-1)!.attrs.end === whole.shape[1] ? parts : undefined;
}

/** The tensor of which these are the parts, or their concatenation if they come from outside the loop. */
function together(
  others: readonly Tensor[],
  parts: readonly Tensor<"slice">[],
  within: ReadonlySet<Tensor>,
): Tensor | undefined {
  const first = others[0]!;
  if (isOp(first, "slice") && within.has(first)) {
    const source = first.inputs[0]!;
    const fits = others.every(
      (other, i) =>
        isOp(other, "slice") &&
        other.inputs[0] === source &&
        other.attrs.axis === 1 &&
        other.attrs.start === parts[i]!.attrs.start &&
        other.attrs.end === parts[i]!.attrs.end,
    );
    return fits && source.shape[1] === parts.at(-1)!.attrs.end ? source : undefined;
  }
  const captured = others.every(
    (other, i) => !within.has(other) && other.shape.length === 1 && other.shape[0] === parts[i]!.shape[1],
  );
  return captured ? concat(others, 0) : undefined;
}
