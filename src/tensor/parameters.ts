// Parameters live in one flat buffer with named views: clipping is one norm, Adam is one loop, a checkpoint is one
// write. Gradients and optimizer moments use the same layout in their own buffers.
import { fail } from "../base/index.ts";

/** A parameter's place: its name (PyTorch's: `encoder.weight_hh_l0`), shape and offset in the flat buffer. */
export interface ParameterSlot {
  readonly name: string;
  readonly shape: readonly number[];
  /** First element in the flat buffer. */
  readonly offset: number;
  /** Number of elements. */
  readonly size: number;
}

/** The offset of each parameter. Slots start at multiples of 16 floats, so each view is 64-byte aligned; the gaps stay 0. */
export interface ParameterLayout {
  readonly slots: readonly ParameterSlot[];
  /** Length of the flat buffer in floats, gaps included. */
  readonly length: number;
  /** Number of parameters, gaps not counted. */
  readonly count: number;
}

export function parameterLayout(specs: readonly { name: string; shape: readonly number[] }[]): ParameterLayout {
  const slots: ParameterSlot[] = [];
  const seen = new Set<string>();
  let offset = 0;
  let count = 0;
  for (const { name, shape } of specs) {
    if (seen.has(name)) fail({ where: "parameters", problem: `two parameters are named "${name}"` });
    seen.add(name);
    const size = shape.reduce((a, b) => a * b, 1);
    slots.push({ name, shape, offset, size });
    offset = Math.ceil((offset + size) / 16) * 16;
    count += size;
  }
  return { slots, length: offset, count };
}

/** The view of one parameter in a flat buffer of this layout. */
export function view<A extends Float32Array | Float64Array>(flat: A, slot: ParameterSlot): A {
  return flat.subarray(slot.offset, slot.offset + slot.size) as A;
}
