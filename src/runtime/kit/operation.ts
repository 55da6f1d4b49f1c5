// What an operation is to the planner.
import type { Attributes, Dim, Instruction } from "./encoding.ts";
import type { Memory } from "./memory.ts";
import type { View } from "./views.ts";

/** Makes the call of one operation, and says where its result is. */
export type Operation = (
  planner: Planner,
  inputs: readonly View[],
  shape: readonly number[],
  attributes: Attributes,
) => View;

export interface Planner {
  readonly memory: Memory;
  readonly values: Map<number, View>;
  /** A place for a value of this shape. */
  fresh(shape: readonly number[]): View;
  /** Adds a call. */
  call(step: () => void): void;
  shapeOf(shape: readonly Dim[]): number[];
  value(id: number): View;
  /** Plans instructions; the calls go to their own list. */
  inner(instructions: readonly Instruction[]): (() => void)[];
}
