// The built-in cells by name; they live with the tasks' recipes.
export { type CellName, cellNames, encoderOf } from "../tasks/cells.ts";
