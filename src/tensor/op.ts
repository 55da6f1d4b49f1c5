// What an operation is: one row with its shape, its meaning in float64, its gradient, and what passes need to know.
// The rows stand in `ops/`, a file for each family; `ops/table.ts` joins them. An engine adds its own form of each.
import { fail } from "../base/index.ts";
import type { Dim, DType, Shape } from "./shape.ts";
import { makeTensor, type OpAttrs, type OpName, type Tensor } from "./tensor.ts";

/** Numbers with a shape: what the reference engine computes with. */
export interface Numbers {
  readonly shape: readonly number[];
  readonly dtype: DType;
  readonly data: NumberArray;
}
export type NumberArray = Float32Array | Float64Array | Int32Array | Uint8Array;

/**
 * How the axes of an operation behave:
 *
 * - `leaf`: no operands and no work: inputs and constants.
 * - `elementwise`: an element of the result depends on the elements at its place; operands broadcast.
 * - `rows`: works along the last axis; all operands have the same leading axes, which do not mix.
 * - `axes`: names axes by number or shape in its attributes; `shift` moves them.
 * - `product`: over the last two axes; leading axes broadcast.
 * - `lookup`: rows of a table.
 * - `whole`: none of these. It stays where it is.
 * - `loop`: a scan and what is read of it.
 */
export type OpKind = "leaf" | "elementwise" | "rows" | "axes" | "product" | "lookup" | "whole" | "loop";

/** Fed by the caller, or run by the time loop: these have no meaning and no gradient of their own. */
export type Structural = "input" | "scan" | "scanFinal" | "scanStacked";

export interface StructuralOp<K extends OpName> {
  readonly kind: OpKind;
  /** The shape and type of the result; throws where operands do not fit. */
  readonly shape: (inputs: readonly Tensor[], attrs: OpAttrs[K]) => { shape: Shape; dtype: DType };
  /** Costs less to compute again than its result costs to store and load. */
  readonly cheap?: boolean;
  /** Costs less outside a loop, for all steps at once. Element-wise work does not: inside, its operands are in the cache. */
  readonly sinks?: boolean;
  /** The attributes of the same operation once its operands and its result have time as a new first axis. */
  readonly shift?: (attrs: OpAttrs[K], time: Dim) => OpAttrs[K];
}

export interface ComputedOp<K extends OpName> extends StructuralOp<K> {
  /** The elements of the result; `shape` is the result's. */
  readonly compute: (inputs: readonly Numbers[], node: Tensor<K>, shape: readonly number[]) => NumberArray;
  /**
   * d loss / d operand for each operand, from g = d loss / d result; null for an operand that has none, or whose gradient
   * is not needed. null in place of the function: the result does not change with any operand, or jumps.
   */
  readonly gradient: ((y: Tensor<K>, g: Tensor, needed: readonly boolean[]) => (Tensor | null)[]) | null;
}

export type Op<K extends OpName> = K extends Structural ? StructuralOp<K> : ComputedOp<K>;

/** Rows for some operations. */
export type Ops<K extends OpName> = { readonly [P in K]: Op<P> };

/** What makes nodes of these operations. */
export const makerOf =
  <K extends OpName>(ops: Ops<K>) =>
  <P extends K>(op: P, inputs: readonly Tensor[], attrs: OpAttrs[P]): Tensor => {
    const { shape, dtype } = (ops[op] as StructuralOp<P>).shape(inputs, attrs);
    return makeTensor(op, inputs, attrs, shape, dtype);
  };

/** The shape rule of an operation whose result looks like its first operand. */
export const like = ([x]: readonly Tensor[]): { shape: Shape; dtype: DType } => ({ shape: x!.shape, dtype: x!.dtype });

export function wrong(where: string, expected: string, received: string): never {
  return fail({ where, code: "shape", expected, received });
}

/** An empty array for elements of a type. */
export function allocate(dtype: DType, length: number): NumberArray {
  return dtype === "float"
    ? new Float64Array(length)
    : dtype === "int"
      ? new Int32Array(length)
      : new Uint8Array(length);
}
