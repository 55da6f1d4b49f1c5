// The matrix product.
import { fail } from "../../base/index.ts";
import { makerOf, type Numbers, type Ops, wrong } from "../op.ts";
import { broadcastShapes, type Dim, type Shape, showShape } from "../shape.ts";
import { broadcastStrides, offsets, sizeOf } from "../strides.ts";
import { isOp, type Tensor } from "../tensor.ts";
import { sumTo } from "./axes.ts";
import { add } from "./elementwise.ts";

interface ProductAttrs {
  /** Over the last two axes; either operand may be read transposed. Leading axes broadcast. */
  matmul: { transA: boolean; transB: boolean };
}
declare module "../tensor.ts" {
  interface OpAttrs extends ProductAttrs {}
}

const products: Ops<keyof ProductAttrs> = {
  matmul: {
    kind: "product",
    sinks: true,
    shape: ([a, b], { transA, transB }) => {
      if (a!.shape.length < 2 || b!.shape.length < 2) {
        wrong("matmul", "two tensors with at least 2 axes", `${showShape(a!.shape)} and ${showShape(b!.shape)}`);
      }
      const [m, k] = lastTwo(a!.shape, transA);
      const [k2, n] = lastTwo(b!.shape, transB);
      if (k !== k2) {
        wrong(
          "matmul",
          `inner axes of one length, left [.., ${m}, ${k}] times right [${k}, ..]`,
          `right [${k2}, ${n}]`,
        );
      }
      return {
        shape: [...broadcastShapes("matmul", a!.shape.slice(0, -2), b!.shape.slice(0, -2)), m, n],
        dtype: "float",
      };
    },
    compute: ([a, b], { attrs: { transA, transB } }, shape) => {
      const [left, k] = operandPlaces(a!, transA, shape);
      const [right] = operandPlaces(b!, !transB, shape);
      const [m, n] = shape.slice(-2) as [number, number];
      const out = new Float64Array(sizeOf(shape));
      for (let i = 0; i < out.length; i++) {
        const matrix = Math.floor(i / (m * n));
        const row = (matrix * m + Math.floor((i % (m * n)) / n)) * k;
        const column = (matrix * n + (i % n)) * k;
        for (let j = 0; j < k; j++) out[i]! += a!.data[left[row + j]!]! * b!.data[right[column + j]!]!;
      }
      return out;
    },
    // y = A B: dA = g B', dB = A' g. With a flag, the operand is read transposed, and so is its gradient.
    gradient: ({ inputs: [a, b], attrs: { transA, transB } }, g, [needA, needB]) => [
      needA
        ? sumTo(transA ? matmul(b!, g, { transA: transB, transB: true }) : matmul(g, b!, { transB: !transB }), a!)
        : null,
      needB
        ? sumTo(transB ? matmul(g, a!, { transA: true, transB: transA }) : matmul(a!, g, { transA: !transA }), b!)
        : null,
    ],
  },
};
export default products;
const make = makerOf(products);

/** Product over the last two axes: `matmul(a [.., m, k], b [.., k, n]) -> [.., m, n]`; `transB` reads b as [.., n, k]. */
export const matmul = (a: Tensor, b: Tensor, { transA = false, transB = false } = {}): Tensor =>
  make("matmul", [a, b], { transA, transB });

/** x [.., D], weight [H, D] (PyTorch's layout) -> [.., H]; plus bias [H] if given. */
export function linear(x: Tensor, weight: Tensor, bias?: Tensor): Tensor {
  const width = x.shape.at(-1);
  if (weight.shape.length !== 2 || weight.shape[1] !== width) {
    const name = isOp(weight, "input") ? `linear(${weight.attrs.name})` : "linear";
    fail({
      where: name,
      code: "shape",
      expected: `input with last axis ${weight.shape[1]}, as the weight ${showShape(weight.shape)} has`,
      received: showShape(x.shape),
    });
  }
  const product = matmul(x, weight, { transB: true });
  return bias ? add(product, bias) : product;
}

function lastTwo(shape: Shape, transposed: boolean): [Dim, Dim] {
  const [a, b] = shape.slice(-2) as [Dim, Dim];
  return transposed ? [b, a] : [a, b];
}

/** The places of matrices [.., m, k] (read transposed if asked), leading axes broadcast to those of the product; and k. */
function operandPlaces(x: Numbers, transposed: boolean, product: readonly number[]): [Int32Array, number] {
  const [rowLength, columnLength] = x.shape.slice(-2) as [number, number];
  const view = [...product.slice(0, -2), rowLength, columnLength];
  const strides = broadcastStrides(x.shape, view);
  if (transposed) {
    view.push(...view.splice(-2, 1));
    strides.push(...strides.splice(-2, 1));
  }
  return [offsets(view, strides), view.at(-1)!];
}
