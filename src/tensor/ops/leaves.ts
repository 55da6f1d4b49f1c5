// Where graphs begin: inputs and constants.
import { allocate, type Ops, wrong } from "../op.ts";
import type { DType, Shape } from "../shape.ts";
import { sizeOf } from "../strides.ts";
import { type InputKind, makeTensor, type Tensor } from "../tensor.ts";

const declared = () => wrong("tensor", "a shape", "none");

const leaves: Ops<"input" | "constant"> = {
  input: { kind: "leaf", shape: declared },
  constant: {
    kind: "leaf",
    shape: declared,
    compute: (_, { attrs: { value }, dtype }, shape) => {
      const out = allocate(dtype, sizeOf(shape));
      if (typeof value === "number") return out.fill(value);
      out.set(value);
      return out;
    },
    gradient: null,
  },
};
export default leaves;

/** An input of a graph. */
export function input(
  name: string,
  shape: Shape,
  { dtype = "float" as DType, kind = "data" as InputKind } = {},
): Tensor {
  return makeTensor("input", [], { name, kind }, shape, dtype);
}

/** A dropout mask, drawn by the runner at each run: 1 with probability `keep`, else 0. */
export function maskInput(name: string, shape: Shape, keep: number): Tensor {
  return makeTensor("input", [], { name, kind: "mask", keep }, shape, "bool");
}

/** A number, or a small array with its shape. */
export function constant(
  value: number | readonly number[],
  shape: readonly number[] = [],
  dtype: DType = "float",
): Tensor {
  return makeTensor("constant", [], { value }, shape, dtype);
}
