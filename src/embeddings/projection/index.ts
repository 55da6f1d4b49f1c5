export { type Matrix, takeRows, unitRows } from "./matrix.ts";
export { type Pca, type PcaOptions, pca } from "./pca.ts";
