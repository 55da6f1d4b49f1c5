// Rows of tables: read by id, added by id.
import { allocate, makerOf, type Ops, wrong } from "../op.ts";
import type { Dim } from "../shape.ts";
import { sizeOf } from "../strides.ts";
import type { None, Tensor } from "../tensor.ts";
import { checkId } from "./row.ts";

interface TableAttrs {
  /** (table [V, ...], ids) -> ids.shape + [...] */
  gather: None;
  /** (ids, updates) -> [rows, ...]: row r is the sum of the updates whose id is r. The gradient of gather. */
  scatterAdd: { rows: Dim };
}
declare module "../tensor.ts" {
  interface OpAttrs extends TableAttrs {}
}

const tables: Ops<keyof TableAttrs> = {
  gather: {
    kind: "lookup",
    sinks: true,
    shape: ([table, ids]) => {
      if (ids!.dtype !== "int") wrong("gather", "int ids", ids!.dtype);
      return { shape: [...ids!.shape, ...table!.shape.slice(1)], dtype: table!.dtype };
    },
    compute: ([table, ids], { dtype }, shape) => {
      const width = sizeOf(table!.shape.slice(1));
      const out = allocate(dtype, sizeOf(shape));
      for (const [i, id] of ids!.data.entries()) {
        checkId("gather", id, table!.shape[0]!);
        out.set(table!.data.subarray(id * width, (id + 1) * width), i * width);
      }
      return out;
    },
    gradient: ({ inputs: [table, ids] }, g) => [scatterAdd(ids!, g, table!.shape[0]!), null],
  },
  scatterAdd: {
    kind: "whole",
    shape: ([ids, updates], { rows }) => ({
      shape: [rows, ...updates!.shape.slice(ids!.shape.length)],
      dtype: updates!.dtype,
    }),
    compute: ([ids, updates], _, shape) => {
      const width = sizeOf(shape.slice(1));
      const out = new Float64Array(sizeOf(shape));
      for (const [i, id] of ids!.data.entries()) {
        checkId("scatterAdd", id, shape[0]!);
        for (let j = 0; j < width; j++) out[id * width + j]! += updates!.data[i * width + j]!;
      }
      return out;
    },
    gradient: ({ inputs: [ids] }, g) => [null, gather(g, ids!)],
  },
};
export default tables;
const make = makerOf(tables);

/** Rows of a table [V, D] by ids [...]: [..., D]. */
export const gather = (table: Tensor, ids: Tensor): Tensor => make("gather", [table, ids], {});
/** A table of `rows` rows: each is the sum of the updates [..., D] whose id [...] names it. */
export const scatterAdd = (ids: Tensor, updates: Tensor, rows: Dim): Tensor =>
  make("scatterAdd", [ids, updates], { rows });
