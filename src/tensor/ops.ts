// The operations, as functions of tensors. Each family's file has its rows: shapes, meanings, gradients.
export * from "./ops/axes.ts";
export * from "./ops/elementwise.ts";
export * from "./ops/leaves.ts";
export * from "./ops/products.ts";
export * from "./ops/reductions.ts";
export * from "./ops/rows.ts";
export { apply } from "./ops/table.ts";
export * from "./ops/tables.ts";
