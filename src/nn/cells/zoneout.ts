// Zoneout around a cell (Krueger et al., 2017): during training each unit of a state keeps its old value with some
// probability; otherwise it takes the expected value of that.
//
//   training    s<t> = d * s<t-1> + (1 - d) * step(s<t-1>),  d = 1 with probability `rate`
//   inference   s<t> = rate * s<t-1> + (1 - rate) * step(s<t-1>)
import { checkNumber } from "../../base/index.ts";
import { add, mul, select } from "../../tensor/ops.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { Cell, CellMask, CellSizes } from "../cell.ts";

export interface ZoneoutOptions {
  /** Probability that a unit keeps its value, in [0, 1): one for all states, or one per state: `{ h: 0.05, c: 0.5 }`. */
  rate?: number | Readonly<Record<string, number>>;
}

/** The cell with zoneout of its states, 0.1 by default. Parameters and states are those of the cell. */
export function zoneoutCell(inner: Cell, { rate = 0.1 }: ZoneoutOptions = {}): Cell {
  for (const each of typeof rate === "number" ? [rate] : Object.values(rate))
    checkNumber("zoneout(rate)", each, { min: 0, below: 1 });
  const rateOf = (state: string): number => (typeof rate === "number" ? rate : (rate[state] ?? 0));
  const { onnx: _, ...rest } = inner;
  return {
    ...rest,
    config: { name: "zoneout", cell: inner.config, rate },
    masks(sizes: CellSizes) {
      const states = Object.entries(inner.state(sizes)).filter(([name]) => rateOf(name) > 0);
      const own = states.map(([name, shape]): [string, CellMask] => [
        `zoneout.${name}`,
        { shape, keep: 1 - rateOf(name), per: "step" },
      ]);
      return { ...inner.masks?.(sizes), ...Object.fromEntries(own) };
    },
    step(parameters, x, before, masks) {
      const { output, state } = inner.step(parameters, x, before, masks);
      const kept = (name: string, after: Tensor): Tensor => {
        const p = rateOf(name);
        if (p === 0) return after;
        const mask = masks?.[`zoneout.${name}`];
        return mask ? select(mask, after, before[name]!) : add(mul(after, 1 - p), mul(before[name]!, p));
      };
      const next = Object.fromEntries(Object.entries(state).map(([name, after]) => [name, kept(name, after)]));
      // An output that is a state (h) is that state after zoneout.
      const same = Object.keys(state).find((name) => state[name] === output);
      return { output: same === undefined ? output : next[same]!, state: next };
    },
  };
}
