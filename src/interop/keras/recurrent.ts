// Keras's recurrent layers as ours. Kernels are transposed; an LSTM's gates have one order (i, f, c, o), a GRU's differ
// (Keras z, r, h; ours r, z, n). One bias, but two of a GRU with `reset_after`.
import { fail } from "../../base/index.ts";
import { bidirectional, type CellName, encoderOf, type Layer } from "../../nn/index.ts";
import type { Matrix } from "../onnx-operators.ts";
import type { StateDict } from "../pytorch.ts";
import { type KerasConfig, type KerasLayer, record, sizeIn, titleOf } from "./layers.ts";

export interface KerasRecurrent {
  readonly layer: Layer;
  /** Name for messages: `lstm`. */
  readonly cell: CellName;
  /** Under PyTorch's names, of layer `k`. */
  readonly tensors: StateDict;
  readonly outputSize: number;
  /** Whether it gives the outputs of all steps. */
  readonly sequences: boolean;
}

const blocksOf: Readonly<Record<string, readonly number[]>> = { LSTM: [0, 1, 2, 3], GRU: [1, 0, 2], SimpleRNN: [0] };
export const isRecurrent = ({ type }: KerasLayer): boolean => type in blocksOf || type === "Bidirectional";

/** @throws UnrolledError with code "data" that names the option which has no counterpart */
export function recurrentLayer(
  layer: KerasLayer,
  weights: (part?: string) => readonly Matrix[],
  { k, inputSize, where }: { k: number; inputSize: number; where: string },
): KerasRecurrent {
  const place = `${where}: ${titleOf(layer)}`;
  if (layer.type !== "Bidirectional") {
    const one = direction(layer.type, layer.config, weights(), { suffix: `_l${k}`, inputSize, place });
    if (layer.config.go_backwards === true) refuse(place, "a layer that reads forward", "go_backwards");
    return { ...one, sequences: layer.config.return_sequences === true };
  }
  const { merge_mode: merge, layer: forward, backward_layer: backward } = layer.config;
  if (merge !== "concat") refuse(place, 'merge_mode "concat"', JSON.stringify(merge) ?? "none");
  const [there, back] = [forward, backward ?? forward].map(record);
  const type = classOf(there!);
  const config = record(there!.config);
  if (back!.class_name !== type || record(back!.config).units !== config.units)
    refuse(place, "two layers of one kind and size", `${type} and ${classOf(back!)}`);
  if (config.go_backwards === true) refuse(place, "a forward layer that reads forward", "go_backwards");
  const one = direction(type, config, weights("forward_layer"), { suffix: `_l${k}`, inputSize, place });
  const other = direction(type, record(back!.config), weights("backward_layer"), {
    suffix: `_l${k}_reverse`,
    inputSize,
    place,
  });
  if (one.cell !== other.cell) refuse(place, "two layers of one kind", `${one.cell} and ${other.cell}`);
  return {
    layer: bidirectional(one.layer),
    cell: one.cell,
    tensors: { ...one.tensors, ...other.tensors },
    outputSize: 2 * one.outputSize,
    sequences: config.return_sequences === true,
  };
}

function direction(
  type: string,
  config: KerasConfig,
  [kernel, recurrent, bias]: readonly Matrix[],
  { suffix, inputSize, place }: { suffix: string; inputSize: number; place: string },
): Omit<KerasRecurrent, "sequences"> {
  const blocks = Object.hasOwn(blocksOf, type) ? blocksOf[type]! : refuse(place, "LSTM, GRU or SimpleRNN", type);
  const H = sizeIn(config, "units", place);
  const activation = activationOf(config.activation);
  const allowed = type === "SimpleRNN" ? ["tanh", "relu"] : ["tanh"];
  if (!allowed.includes(activation)) refuse(place, `activation ${allowed.join(" or ")}`, activation);
  const gate = activationOf(config.recurrent_activation);
  if (type !== "SimpleRNN" && gate !== "sigmoid") refuse(place, "recurrent_activation sigmoid", gate);
  if (config.return_state === true) refuse(place, "one output", "return_state");
  const after = config.reset_after !== false;
  const G = blocks.length;
  const rows = after && type === "GRU" ? 2 : 1;
  checkShape(place, "kernel", kernel, [inputSize, G * H]);
  checkShape(place, "recurrent_kernel", recurrent, [H, G * H]);
  if (config.use_bias !== false) checkShape(place, "bias", bias, rows === 2 ? [2, G * H] : [G * H]);
  const cell: CellName =
    type === "LSTM"
      ? "lstm"
      : type === "GRU"
        ? after
          ? "gru"
          : "gru-reset-before"
        : activation === "relu"
          ? "rnn-relu"
          : "rnn";
  const biases = Array.from({ length: rows }, (_, row) =>
    vector(G * H, (i) => bias?.data[row * G * H + blocks[Math.floor(i / H)]! * H + (i % H)] ?? 0),
  );
  return {
    layer: encoderOf(cell, { hiddenSize: H }),
    cell,
    outputSize: H,
    tensors: {
      [`weight_ih${suffix}`]: transposed(kernel!, blocks, H),
      [`weight_hh${suffix}`]: transposed(recurrent!, blocks, H),
      [`bias_ih${suffix}`]: biases[0]!,
      ...(rows === 2 ? { [`bias_hh${suffix}`]: biases[1]! } : {}),
    },
  };
}

/** [D, G H] -> [G H, D], with blocks of H rows in another order. */
function transposed({ shape: [D = 0, rows = 0], data }: Matrix, blocks: readonly number[], H: number): Matrix {
  const out = new Float32Array(D * rows);
  for (let row = 0; row < rows; row++) {
    const column = blocks[Math.floor(row / H)]! * H + (row % H);
    for (let d = 0; d < D; d++) out[row * D + d] = data[d * rows + column]!;
  }
  return { shape: [rows, D], data: out };
}

/** A kernel [D, K] as a weight [K, D]. */
export const weightOf = (kernel: Matrix): Matrix => transposed(kernel, [0], kernel.shape[1]!);

const vector = (size: number, at: (i: number) => number): Matrix => ({
  shape: [size],
  data: Float32Array.from({ length: size }, (_, i) => at(i)),
});

export const classOf = ({ class_name: name }: KerasConfig): string =>
  typeof name === "string" ? name : "a layer without class_name";

/** The name of an activation; Keras writes a string, or an object for one of its own. */
export const activationOf = (value: unknown): string =>
  typeof value === "string" ? value : String(record(value).class_name ?? record(value).config ?? "linear");

export function checkShape(where: string, name: string, value: Matrix | undefined, shape: readonly number[]): void {
  if (String(value?.shape) !== String(shape))
    fail({
      where,
      expected: `${name} [${shape}]`,
      received: value ? `[${value.shape}]` : "none",
      hint: "quantized and LoRA weights are not read",
      code: "data",
    });
}

export const refuse = (where: string, expected: string, received: string): never =>
  fail({ where, expected, received, hint: "build the network from layers and use setParameters", code: "data" });
