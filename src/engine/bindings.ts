// Checks values against the inputs that read them, and finds the lengths of the named axes.
import { fail } from "../base/index.ts";
import { dimValue, showShape } from "../tensor/shape.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { Value } from "./engine.ts";

/** Lengths of the named axes, from the shapes of the values. Throws where a value does not fit its input. */
export function bindLengths(
  inputs: readonly Read[],
  feeds: Readonly<Record<string, Value>>,
  verb = "run",
): Record<string, number> {
  const lengths: Record<string, number> = {};
  for (const { attrs, shape, dtype } of inputs) {
    const value = feeds[attrs.name];
    if (!value || value.dtype !== dtype || value.shape.length !== shape.length || value.data.length !== sizeOf(value))
      return refuse({ attrs, shape, dtype }, value, feeds, verb);
    for (let axis = 0; axis < shape.length; axis++) {
      const dim = shape[axis]!;
      if (typeof dim === "string" && !(dim in lengths) && !dim.includes("*")) lengths[dim] = value.shape[axis]!;
    }
  }
  for (const { attrs, shape } of inputs) {
    const { shape: received } = feeds[attrs.name]!;
    for (let axis = 0; axis < shape.length; axis++)
      if (dimValue(shape[axis]!, lengths) !== received[axis]) return refuseLengths(inputs, attrs.name, feeds, verb);
  }
  return lengths;
}

type Read = Pick<Tensor<"input">, "attrs" | "shape" | "dtype">;

function sizeOf({ shape }: Value): number {
  let size = 1;
  for (const length of shape) size *= length;
  return size;
}

/** A value that is missing, or is not what its input reads. */
function refuse(
  { attrs, shape, dtype }: Read,
  value: Value | undefined,
  feeds: Readonly<Record<string, Value>>,
  verb: string,
): never {
  const where = `${verb}(${attrs.name})`;
  if (!value) {
    const given = Object.keys(feeds).join(", ") || "nothing";
    return fail({ where, code: "missing", expected: `a value for the input "${attrs.name}"`, received: given });
  }
  if (value.dtype !== dtype) fail({ where, code: "shape", expected: `${dtype} values`, received: value.dtype });
  const fits = value.shape.length === shape.length;
  if (!fits) fail({ where, code: "shape", expected: showShape(shape), received: showShape(value.shape) });
  return fail({ where, code: "shape", expected: `${sizeOf(value)} numbers`, received: String(value.data.length) });
}

/** A value whose lengths are not those of the inputs before it. */
function refuseLengths(
  inputs: readonly Read[],
  name: string,
  feeds: Readonly<Record<string, Value>>,
  verb: string,
): never {
  const from = new Map<string, { length: number; name: string }>();
  for (const { attrs, shape } of inputs)
    for (const [axis, dim] of shape.entries())
      if (typeof dim === "string" && !from.has(dim))
        from.set(dim, { length: feeds[attrs.name]!.shape[axis]!, name: attrs.name });
  const { shape } = inputs.find(({ attrs }) => attrs.name === name)!;
  const known = shape.flatMap((dim) => (typeof dim === "string" && !dim.includes("*") ? [dim] : []));
  const hint = known.map((dim) => `${dim} is ${from.get(dim)!.length} in "${from.get(dim)!.name}"`).join(", ");
  return fail({
    where: `${verb}(${name})`,
    code: "shape",
    expected: showShape(shape),
    received: showShape(feeds[name]!.shape),
    hint: hint || undefined,
  });
}
