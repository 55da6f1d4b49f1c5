// Layer normalization in front of a cell: the cell reads LN(x<t>). With `residualCell` around it, the pre-norm block.
import { add, mul } from "../../tensor/ops.ts";
import type { Cell } from "../cell.ts";
import { fill } from "../init.ts";
import { normalized } from "../layers/layer-norm.ts";

/** The cell with a normalized input. Adds the parameters norm_weight and norm_bias [D] to those of the cell. */
export function layerNormCell(inner: Cell): Cell {
  const { onnx: _, ...rest } = inner;
  return {
    ...rest,
    config: { name: "layerNorm", cell: inner.config },
    parameters: (sizes) => ({
      ...inner.parameters(sizes),
      norm_weight: { shape: [sizes.inputSize], init: fill(1) },
      norm_bias: { shape: [sizes.inputSize], init: fill(0) },
    }),
    step: (parameters, x, state, masks) => {
      const read = add(mul(normalized(x), parameters.norm_weight!), parameters.norm_bias!);
      return inner.step(parameters, read, state, masks);
    },
  };
}
