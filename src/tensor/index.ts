export * from "./ops.ts";
export { type ParameterLayout, type ParameterSlot, parameterLayout, view } from "./parameters.ts";
export { type ScanOptions, type ScanResult, type State, scan } from "./scan.ts";
export type { Dim, DType, Shape } from "./shape.ts";
export { showShape } from "./shape.ts";
export type { Tensor } from "./tensor.ts";
