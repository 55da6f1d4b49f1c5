// All operations. Total: one that is declared and has no row does not compile.
import { makerOf, type Op } from "../op.ts";
import type { OpName } from "../tensor.ts";
import axes from "./axes.ts";
import elementwise from "./elementwise.ts";
import leaves from "./leaves.ts";
import loops from "./loops.ts";
import products from "./products.ts";
import reductions from "./reductions.ts";
import rows from "./rows.ts";
import tables from "./tables.ts";

export const table: { readonly [K in OpName]: Op<K> } = {
  ...leaves,
  ...elementwise,
  ...axes,
  ...reductions,
  ...rows,
  ...products,
  ...tables,
  ...loops,
};

/** Applies an operation by name. */
export const apply = makerOf(table);
