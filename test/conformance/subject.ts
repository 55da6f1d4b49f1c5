// What the laws are tried on: an engine, with the precision that it works in and the bound that it must keep.
import { expect } from "vitest";
import type { CompileOptions, Engine, Session, Value } from "../../src/engine/index.ts";
import type { Tensor } from "../../src/tensor/index.ts";

export interface Subject {
  engine: Engine;
  precision: "float32" | "float64";
  /** Largest |difference| / (1 + |expected|) that passes. */
  tolerance: number;
  /**
   * What is tried briefly, unless all is (`thorough.ts`): the laws, by a few cells in place of all (each is still compared
   * with the reference); or, where loading a graph takes long, also one case in place of all of an operation and of parity.
   */
  brief?: "laws" | "all" | undefined;
}

export type Values = Record<string, Value>;

/** A compiled program that feeds each engine the arrays that it takes. */
export type Run = (feeds: Values) => Promise<Values>;

/** Compiles for the subject; `release` frees all that was compiled. */
export function workbench({ engine, precision }: Subject) {
  const open: Session[] = [];
  return {
    async compile(outputs: Record<string, Tensor>, options?: CompileOptions): Promise<Run> {
      const program = await engine.compile({ outputs }, options);
      open.push(program);
      const names = new Set(program.inputs.map(({ attrs }) => attrs.name));
      return (feeds) => {
        const needed = Object.entries(feeds).filter(([name]) => names.has(name) || name.startsWith("mask."));
        return program.run(Object.fromEntries(needed.map(([name, value]) => [name, as(precision, value)])));
      };
    },
    async release(): Promise<void> {
      for (const program of open.splice(0)) await program.release();
    },
  };
}

function as(precision: Subject["precision"], value: Value): Value {
  return value.dtype === "float" && precision === "float32" ? { ...value, data: Float32Array.from(value.data) } : value;
}

/** Every named value is close to the expected one, shape and all. */
export function expectClose(actual: Values, expected: Values, tolerance: number): void {
  expect(Object.keys(actual).sort()).toEqual(Object.keys(expected).sort());
  const faults: string[] = [];
  for (const [name, want] of Object.entries(expected)) {
    const got = actual[name]!;
    if (String(got.shape) !== String(want.shape)) faults.push(`${name}: [${got.shape}], not [${want.shape}]`);
    else {
      const at = want.data.findIndex(
        (value, i) => !(Math.abs(got.data[i]! - value) <= tolerance * (1 + Math.abs(value))),
      );
      if (at >= 0) faults.push(`${name}[${at}]: ${got.data[at]}, not ${want.data[at]}`);
    }
  }
  expect(faults).toEqual([]);
}

/** Some of the values, by a test of their names. */
export const only = (values: Values, keep: (name: string) => boolean): Values =>
  Object.fromEntries(Object.entries(values).filter(([name]) => keep(name)));

/** Changes each value of a record. */
export const each = (values: Values, change: (value: Value, name: string) => Value): Values =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, change(value, name)]));

/** The value with other indexes along one axis: `take(x, 0, [2, 1, 0])` turns it round. */
export function take(value: Value, axis: number, indexes: readonly number[]): Value {
  const { shape, dtype, data } = value;
  const inner = shape.slice(axis + 1).reduce((a, b) => a * b, 1);
  const outer = shape.slice(0, axis).reduce((a, b) => a * b, 1);
  const taken: number[] = [];
  for (let o = 0; o < outer; o++) {
    for (const i of indexes) {
      const start = (o * shape[axis]! + i) * inner;
      taken.push(...data.subarray(start, start + inner));
    }
  }
  const out =
    dtype === "float" ? Float64Array.from(taken) : dtype === "int" ? Int32Array.from(taken) : Uint8Array.from(taken);
  return { shape: shape.map((length, i) => (i === axis ? indexes.length : length)), dtype, data: out };
}

/** Whole numbers from start to end (exclusive). */
export const span = (start: number, end: number): number[] => Array.from({ length: end - start }, (_, i) => start + i);

export const cut = (value: Value, axis: number, start: number, end: number): Value =>
  take(value, axis, span(start, end));

export function join(parts: readonly Value[], axis: number): Value {
  const first = parts[0]!;
  const inner = first.shape.slice(axis + 1).reduce((a, b) => a * b, 1);
  const outer = first.shape.slice(0, axis).reduce((a, b) => a * b, 1);
  const joined: number[] = [];
  for (let o = 0; o < outer; o++) {
    for (const { shape, data } of parts) {
      joined.push(...data.subarray(o * shape[axis]! * inner, (o + 1) * shape[axis]! * inner));
    }
  }
  const length = parts.reduce((total, { shape }) => total + shape[axis]!, 0);
  return floats(
    first.shape.map((old, i) => (i === axis ? length : old)),
    joined,
  );
}

export const floats = (shape: readonly number[], data: ArrayLike<number>): Value => ({
  shape,
  dtype: "float",
  data: Float64Array.from(data),
});

export const zerosLike = ({ shape, data }: Value): Value => floats(shape, new Float64Array(data.length));

/** The sum of values of one shape. */
export function total(parts: readonly Value[]): Value {
  const data = new Float64Array(parts[0]!.data.length);
  for (const part of parts) for (let i = 0; i < data.length; i++) data[i]! += part.data[i]!;
  return floats(parts[0]!.shape, data);
}
