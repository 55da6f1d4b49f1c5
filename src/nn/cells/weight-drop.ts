// DropConnect on the recurrent weights of a cell (Wan et al., 2013; "weight drop" in Merity et al., 2018): during
// training single weights are dropped, the same ones at all steps and rows of a batch, so that the recurrence itself is
// regularized without disturbing the state.
import { checkNumber, fail } from "../../base/index.ts";
import { cast, mul } from "../../tensor/ops.ts";
import type { Cell, ParameterDeclaration } from "../cell.ts";

export interface WeightDropOptions {
  /** Fraction of the weights to drop, in [0, 1); 0.5 by default, as in AWD-LSTM. */
  p?: number;
  /** Which parameter of the cell; weight_hh by default. */
  weight?: string;
}

/** The cell with dropped recurrent weights during training. Parameters and states are those of the cell. */
export function weightDropCell(inner: Cell, { p = 0.5, weight = "weight_hh" }: WeightDropOptions = {}): Cell {
  checkNumber("weightDrop(p)", p, { min: 0, below: 1 });
  const { onnx: _, ...rest } = inner;
  const keep = 1 - p;
  const shapeOf = (declared: Readonly<Record<string, ParameterDeclaration>>): readonly number[] => {
    const one = declared[weight];
    if (!one)
      return fail({
        where: `weightDrop(${inner.config.name})`,
        expected: `a cell with the parameter ${JSON.stringify(weight)}`,
        received: Object.keys(declared).join(", "),
      });
    return "shape" in one ? one.shape : one;
  };
  return {
    ...rest,
    config: { name: "weightDrop", cell: inner.config, p, weight },
    masks: (sizes) => ({
      ...inner.masks?.(sizes),
      ...(p === 0 ? {} : { [`drop.${weight}`]: { shape: shapeOf(inner.parameters(sizes)), keep, per: "batch" } }),
    }),
    step(parameters, x, state, masks) {
      const mask = masks?.[`drop.${weight}`];
      if (!mask) return inner.step(parameters, x, state, masks);
      const dropped = mul(parameters[weight]!, mul(cast(mask, "float"), 1 / keep));
      return inner.step({ ...parameters, [weight]: dropped }, x, state, masks);
    },
  };
}
