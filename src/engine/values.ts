// Flat buffers as named values.
import { type ParameterLayout, view } from "../tensor/parameters.ts";
import type { Value } from "./engine.ts";

export const ints = (data: Int32Array, ...shape: number[]): Value => ({ dtype: "int", shape, data });
export const floats = (data: Float32Array, ...shape: number[]): Value => ({ dtype: "float", shape, data });

/** Views of a flat buffer as named values. */
export function namedValues(flat: Float32Array, layout: ParameterLayout): Record<string, Value> {
  return Object.fromEntries(
    layout.slots.map((slot) => [slot.name, { shape: slot.shape, dtype: "float", data: view(flat, slot) }]),
  );
}
