// A residual connection around a cell: x<t> is added to the output. As a layer: `residual`.
import { fail } from "../../base/index.ts";
import { add } from "../../tensor/ops.ts";
import type { Cell } from "../cell.ts";

/** The cell with its input added to its output; both must have the same width. The states do not change. */
export function residualCell(inner: Cell): Cell {
  const { onnx: _, ...rest } = inner;
  return {
    ...rest,
    config: { name: "residual", cell: inner.config },
    outputSize(sizes) {
      const width = inner.outputSize(sizes);
      if (width !== sizes.inputSize)
        fail({
          where: `residual(${inner.config.name})`,
          code: "shape",
          expected: `an output of width ${sizes.inputSize}, the width of its input`,
          received: String(width),
        });
      return width;
    },
    step(parameters, x, state, masks) {
      const { output, state: next } = inner.step(parameters, x, state, masks);
      return { output: add(x, output), state: next };
    },
  };
}
