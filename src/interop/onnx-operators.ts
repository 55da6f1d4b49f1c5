// The recurrent operators of ONNX (RNN-14, GRU-14, LSTM-14): converts weights to and from ours, and writes a layer as a
// model file whose loop is one such operator, for runtimes that have their own kernels for it. A cell states its operator
// (`cell.onnx`).
//
//   ours (PyTorch's rows)     LSTM i, f, g, o    GRU r, z, n
//   ONNX's rows               LSTM i, o, f, c    GRU z, r, h    B = [Wb, Rb]    P = i, o, f
import { fail } from "../base/index.ts";
import { encodeModel, type OnnxConstant, type OnnxNode } from "../engine/onnx/model.ts";
import type { Cell, OnnxOperator } from "../nn/index.ts";

/** Row-major numbers with a shape. */
export interface Matrix {
  readonly shape: readonly number[];
  readonly data: ArrayLike<number>;
}

/** One direction of one layer under our names, without endings: weight_ih, weight_hh, bias_ih, bias_hn, weight_peephole. */
export type CellParameters = Readonly<Record<string, Matrix>>;

/** The operator's inputs, for one or two directions: W [dirs, G*H, D], R [dirs, G*H, H], B [dirs, 2*G*H], P [dirs, 3*H]. */
export interface OperatorWeights {
  W: Matrix;
  R: Matrix;
  B?: Matrix;
  P?: Matrix;
}

const peepholesToOnnx = [0, 2, 1];

/** Which of the operator's optional weights a cell has. */
function formOf(where: string, cell: Cell): OnnxOperator & { name: string; innerBias: boolean; peepholes: boolean } {
  const { name } = cell.config;
  const declared = cell.parameters({ inputSize: 1, hiddenSize: 1 });
  if (!cell.onnx)
    return fail({
      where: `${where}(${name})`,
      expected: "a cell with an ONNX operator: rnn, gru, lstm or peepholeLstm",
      received: name,
      hint: "exportOnnx writes any cell as an ONNX Scan",
    });
  return { ...cell.onnx, name, innerBias: "bias_hn" in declared, peepholes: "weight_peephole" in declared };
}

/** From ONNX's weights to ours, direction by direction. The two biases are summed, except for GRU's b_hn. */
export function fromOnnxOperator(cell: Cell, { W, R, B, P }: OperatorWeights): CellParameters[] {
  const form = formOf("fromOnnxOperator", cell);
  const [directions, rows, inputSize] = W.shape as [number, number, number];
  const hidden = R.shape[2]!;
  const order = inverse(form.blocks);
  if (R.shape[0] !== directions || rows !== order.length * hidden) {
    fail({
      where: `fromOnnxOperator(${form.name})`,
      code: "shape",
      expected: `W [dirs, ${order.length * hidden}, D] for R [.., ${hidden}]`,
      received: `W [${W.shape}], R [${R.shape}]`,
    });
  }
  return Array.from({ length: directions }, (_, d) => {
    const biases = B ? part(B, d) : new Float32Array(2 * rows);
    const [input, recurrent] = [biases.subarray(0, rows), biases.subarray(rows)].map((b) =>
      blocks(b, hidden, order),
    ) as [Float32Array, Float32Array];
    const summed = input.map((b, i) => (form.innerBias && i >= 2 * hidden ? b : b + recurrent[i]!));
    return {
      weight_ih: { shape: [rows, inputSize], data: blocks(part(W, d), hidden * inputSize, order) },
      weight_hh: { shape: [rows, hidden], data: blocks(part(R, d), hidden * hidden, order) },
      bias_ih: { shape: [rows], data: summed },
      ...(form.innerBias ? { bias_hn: { shape: [hidden], data: recurrent.slice(2 * hidden) } } : {}),
      ...(form.peepholes
        ? {
            weight_peephole: {
              shape: [3 * hidden],
              data: P ? blocks(part(P, d), hidden, inverse(peepholesToOnnx)) : new Float32Array(3 * hidden),
            },
          }
        : {}),
    };
  });
}

/** From our weights, one set per direction, to ONNX's. */
export function toOnnxOperator(
  cell: Cell,
  directions: readonly CellParameters[],
): Required<Pick<OperatorWeights, "W" | "R" | "B">> & OperatorWeights {
  const first = directions[0] ?? fail({ where: "toOnnxOperator", expected: "one or two directions", received: "none" });
  const form = formOf("toOnnxOperator", cell);
  const order = form.blocks;
  const need = (parameters: CellParameters, name: string): Matrix =>
    parameters[name] ??
    fail({
      where: `toOnnxOperator(${form.name})`,
      code: "missing",
      expected: `a parameter "${name}"`,
      received: Object.keys(parameters).join(", "),
    });
  const [rows, inputSize] = need(first, "weight_ih").shape as [number, number];
  const hidden = rows / order.length;
  const all = (make: (parameters: CellParameters) => Float32Array) => joined(directions.map(make));
  const count = directions.length;
  return {
    W: {
      shape: [count, rows, inputSize],
      data: all((p) => blocks(floats(need(p, "weight_ih")), hidden * inputSize, order)),
    },
    R: { shape: [count, rows, hidden], data: all((p) => blocks(floats(need(p, "weight_hh")), hidden * hidden, order)) },
    B: {
      shape: [count, 2 * rows],
      data: all((p) => {
        const recurrent = new Float32Array(rows);
        if (form.innerBias) recurrent.set(floats(need(p, "bias_hn")), 2 * hidden);
        return joined([blocks(floats(need(p, "bias_ih")), hidden, order), recurrent]);
      }),
    },
    ...(form.peepholes
      ? {
          P: {
            shape: [count, 3 * hidden],
            data: all((p) => blocks(floats(need(p, "weight_peephole")), hidden, peepholesToOnnx)),
          },
        }
      : {}),
  };
}

export interface OperatorModelOptions {
  /** Built-in, with an ONNX operator. */
  cell: Cell;
  /** Layers from the input up, each with one set of parameters per direction (forward first). */
  layers: readonly (readonly CellParameters[])[];
  /** A single direction that runs from the last step to the first. */
  reverse?: boolean;
}

/**
 * A stack of recurrent layers as an ONNX file. Inputs: `x` [T, B, D], `lengths` int32 [B], and for each layer k
 * `h<k>` [dirs, B, H] (and `c<k>`). Outputs: `y` [T, B, dirs * H], `h<k>.next` (and `c<k>.next`).
 */
export function operatorModel({ cell, layers, reverse = false }: OperatorModelOptions): Uint8Array {
  const { type, attributes, activation } = formOf("operatorModel", cell);
  const constants: OnnxConstant[] = [{ name: "joined", dtype: "int64", shape: [3], values: [0, 0, -1] }];
  const nodes: OnnxNode[] = [];
  const states: { name: string; hidden: number; directions: number }[] = [];
  let x = "x";
  for (const [k, directions] of layers.entries()) {
    const weights = toOnnxOperator(cell, directions);
    const names = Object.entries(weights).map(([name, { shape, data }]) => {
      constants.push({ name: `${name}${k}`, dtype: "float", shape, values: Float32Array.from(data) });
      return [name, `${name}${k}`] as const;
    });
    const named = Object.fromEntries(names) as Partial<Record<string, string>>;
    const hidden = weights.R.shape[2]!;
    const own = type === "LSTM" ? [`h${k}`, `c${k}`] : [`h${k}`];
    for (const name of own) states.push({ name, hidden, directions: directions.length });
    nodes.push({
      type,
      inputs: [x, named.W!, named.R!, named.B!, "lengths", ...own, ...(named.P ? [named.P] : [])],
      outputs: [`raw${k}`, ...own.map((name) => `${name}.next`)],
      attributes: {
        hidden_size: hidden,
        direction: directions.length === 2 ? "bidirectional" : reverse ? "reverse" : "forward",
        ...attributes,
        ...(activation ? { activations: directions.map(() => activation) } : {}),
      },
    });
    // [T, dirs, B, H] -> [T, B, dirs, H] -> [T, B, dirs * H]
    const output = k === layers.length - 1 ? "y" : `y${k}`;
    nodes.push({ type: "Transpose", inputs: [`raw${k}`], outputs: [`turned${k}`], attributes: { perm: [0, 2, 1, 3] } });
    nodes.push({ type: "Reshape", inputs: [`turned${k}`, "joined"], outputs: [output] });
    x = output;
  }
  const inputSize = layers[0]![0]!.weight_ih!.shape[1]!;
  const width = states[0]!.hidden * states[0]!.directions;
  return encodeModel({
    name: "recurrent",
    nodes,
    constants,
    inputs: [
      { name: "x", dtype: "float", shape: ["T", "B", inputSize] },
      { name: "lengths", dtype: "int", shape: ["B"] },
      ...states.map(({ name, hidden, directions }) => ({
        name,
        dtype: "float" as const,
        shape: [directions, "B", hidden],
      })),
    ],
    outputs: [
      { name: "y", dtype: "float", shape: ["T", "B", width] },
      ...states.map(({ name, hidden, directions }) => ({
        name: `${name}.next`,
        dtype: "float" as const,
        shape: [directions, "B", hidden],
      })),
    ],
  });
}

const floats = ({ data }: Matrix): Float32Array => Float32Array.from(data);

/** The numbers of one direction. */
function part({ shape, data }: Matrix, direction: number): Float32Array {
  const size = shape.slice(1).reduce((a, b) => a * b, 1);
  return Float32Array.from({ length: size }, (_, i) => data[direction * size + i]!);
}

/** Equal blocks in another order: block k of the result is block `order[k]`. */
const blocks = (data: Float32Array, size: number, order: readonly number[]): Float32Array =>
  joined(order.map((from) => data.slice(from * size, (from + 1) * size)));

function inverse(order: readonly number[]): number[] {
  return order.map((_, i) => order.indexOf(i));
}

function joined(parts: readonly Float32Array[]): Float32Array {
  const out = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of parts) {
    out.set(piece, at);
    at += piece.length;
  }
  return out;
}
