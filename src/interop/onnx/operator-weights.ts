// The weights of a standard operator in a file, and back to the parameters of the cell that it came from.
import { fail } from "../../base/index.ts";
import type { Value } from "../../engine/index.ts";
import { builtInCell, type Cell, type CellConfig, cellNameOf } from "../../nn/index.ts";
import { fromOnnxOperator, type OperatorWeights, toOnnxOperator } from "../onnx-operators.ts";
import type { OnnxTensor } from "./read.ts";

/** Where an operator's weights came from. */
export interface OperatorRecord {
  /** Prefix of its initializers: `<name>.W`, `<name>.R`, `<name>.B`, `<name>.P`. */
  readonly name: string;
  readonly cell: CellConfig;
  /** Names of the model's parameters by the cell's. */
  readonly parameters: Readonly<Record<string, string>>;
}

/** The operator's weights of a cell whose parameters have these names. */
export function operatorWeights(
  cell: Cell,
  parameters: Readonly<Record<string, string>>,
  constants: Readonly<Record<string, Value>>,
): Partial<OperatorWeights> & { R: OperatorWeights["R"] } {
  const named = Object.entries(parameters).map(([own, from]) => [own, constants[from]!] as const);
  return toOnnxOperator(cell, [Object.fromEntries(named)]);
}

/** The model's parameters that an operator's initializers hold, by their names. */
export function parametersOf(
  { name, cell, parameters }: OperatorRecord,
  tensors: ReadonlyMap<string, OnnxTensor>,
  where: string,
): Record<string, { shape: readonly number[]; data: Float32Array }> {
  const known = cellNameOf(cell);
  if (!known) return fail({ where, expected: "a cell with an ONNX operator", received: cell.name, code: "file" });
  const need = (part: string): OnnxTensor =>
    tensors.get(`${name}.${part}`) ??
    fail({
      where,
      expected: `the weights "${name}.${part}"`,
      received: "none",
      hint: "a tool has rewritten the file",
      code: "file",
    });
  const P = tensors.get(`${name}.P`);
  const [own] = fromOnnxOperator(builtInCell(known), {
    W: need("W"),
    R: need("R"),
    B: need("B"),
    ...(P ? { P } : {}),
  });
  return Object.fromEntries(
    Object.entries(parameters).map(([part, to]) => {
      const { shape, data } = own![part] ?? fail({ where, problem: `no "${part}" in ${known}`, code: "file" });
      return [to, { shape, data: Float32Array.from(data) }];
    }),
  );
}
