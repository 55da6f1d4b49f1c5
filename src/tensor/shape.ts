// Shapes whose axes are numbers or names. One graph serves every batch size "B" and sequence length "T"; products
// such as "B*T" arise when axes are merged.
import { fail } from "../base/index.ts";

/** An axis length: known now, or a name that stands for the same length everywhere in a graph. */
export type Dim = number | string;
export type Shape = readonly Dim[];
export type DType = "float" | "int" | "bool";

/** `[32, T, 128]` */
export const showShape = (shape: Shape): string => `[${shape.join(", ")}]`;

export const sameShape = (a: Shape, b: Shape): boolean => a.length === b.length && a.every((dim, i) => dim === b[i]);

/** The product of axes in a canonical form: number first, names sorted. */
export function product(dims: Shape): Dim {
  let factor = 1;
  const names: string[] = [];
  for (const dim of dims) {
    if (typeof dim === "number") factor *= dim;
    else
      for (const part of dim.split("*")) {
        if (/^\d+$/.test(part)) factor *= Number(part);
        else names.push(part);
      }
  }
  if (names.length === 0 || factor === 0) return factor;
  names.sort();
  return factor === 1 ? names.join("*") : [factor, ...names].join("*");
}

/** Numpy's broadcasting: axes are aligned at the right; equal or 1. */
export function broadcastShapes(where: string, ...shapes: Shape[]): Shape {
  const rank = Math.max(...shapes.map((shape) => shape.length));
  const out: Dim[] = new Array(rank).fill(1);
  for (const shape of shapes) {
    for (let i = 0; i < shape.length; i++) {
      const at = rank - shape.length + i;
      const dim = shape[i]!;
      if (dim === 1 || dim === out[at]) continue;
      if (out[at] !== 1) {
        fail({
          where,
          code: "shape",
          expected: "shapes that broadcast together",
          received: shapes.map(showShape).join(" and "),
        });
      }
      out[at] = dim;
    }
  }
  return out;
}

/** Normalizes an axis, which may be negative, to [0, rank). */
export function axisOf(where: string, axis: number, rank: number): number {
  const at = axis < 0 ? axis + rank : axis;
  if (!Number.isInteger(at) || at < 0 || at >= rank) {
    fail({ where, code: "shape", expected: `an axis of a tensor with ${rank} axes`, received: String(axis) });
  }
  return at;
}

/** The value of an axis once the named lengths are known. */
export function dimValue(dim: Dim, bindings: Readonly<Record<string, number>>): number {
  if (typeof dim === "number") return dim;
  let value = 1;
  for (const part of dim.split("*")) {
    const factor = /^\d+$/.test(part) ? Number(part) : bindings[part];
    if (factor === undefined)
      return fail({ where: "shape", code: "internal", problem: `axis "${part}" has no length` });
    value *= factor;
  }
  return value;
}
