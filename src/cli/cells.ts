// The built-in cells by the names of `--cell`.
export { type CellName, cellNames, encoderOf } from "../nn/index.ts";
