// Checks values against the inputs that read them, and finds the lengths of the named axes.
import { fail } from "../base/index.ts";
import { dimValue, showShape } from "../tensor/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { Value } from "./engine.ts";

/** Lengths of the named axes, from the shapes of the values. Throws where a value does not fit its input. */
export function bindLengths(
  inputs: readonly Pick<Tensor<"input">, "attrs" | "shape" | "dtype">[],
  feeds: Readonly<Record<string, Value>>,
  verb = "run",
): Record<string, number> {
  const lengths: Record<string, number> = {};
  const from: Record<string, string> = {};
  for (const { attrs, shape, dtype } of inputs) {
    const where = `${verb}(${attrs.name})`;
    const value = feeds[attrs.name];
    if (!value) {
      const given = Object.keys(feeds).join(", ") || "nothing";
      return fail({ where, code: "missing", expected: `a value for the input "${attrs.name}"`, received: given });
    }
    if (value.dtype !== dtype) fail({ where, code: "shape", expected: `${dtype} values`, received: value.dtype });
    const fits = value.shape.length === shape.length;
    if (!fits) fail({ where, code: "shape", expected: showShape(shape), received: showShape(value.shape) });
    const size = value.shape.reduce((a, b) => a * b, 1);
    if (value.data.length !== size) {
      fail({ where, code: "shape", expected: `${size} numbers`, received: String(value.data.length) });
    }
    shape.forEach((dim, axis) => {
      if (typeof dim === "string" && !dim.includes("*") && !(dim in lengths)) {
        lengths[dim] = value.shape[axis]!;
        from[dim] = attrs.name;
      }
    });
  }
  for (const { attrs, shape } of inputs) {
    const { shape: received } = feeds[attrs.name]!;
    if (shape.every((dim, axis) => dimValue(dim, lengths) === received[axis])) continue;
    const known = shape.filter((dim) => typeof dim === "string" && dim in from);
    fail({
      where: `${verb}(${attrs.name})`,
      code: "shape",
      expected: showShape(shape),
      received: showShape(received),
      hint: known.map((dim) => `${dim} is ${lengths[dim]} in "${from[dim]}"`).join(", ") || undefined,
    });
  }
  return lengths;
}
