// From the names and shapes of a state_dict to the network that they belong to: an embedding, recurrent layers, an output.
// Modules may have any names; AWD-LSTM (fastai) is brought to plain names first.
import { fail } from "../base/index.ts";
import { bidirectional, encoderOf, type Layer, stacked } from "../nn/index.ts";
import type { Matrix } from "./onnx-operators.ts";
import type { StateDict } from "./pytorch.ts";

export interface RecurrentModules {
  /** [V, E]. */
  readonly embedding: Matrix;
  /** From the embedding up. */
  readonly encoder: Layer;
  /** The encoder's tensors under PyTorch's names, for one module: `weight_ih_l0`, `bias_hh_l1_reverse`. */
  readonly recurrent: StateDict;
  readonly cell: "lstm" | "gru" | "rnn" | "rnn-relu";
  /** Absent where the output shares the embedding's table. */
  readonly output?: Matrix;
  readonly bias?: Matrix;
  /** What follows, for messages: "AWD-LSTM (fastai)". */
  readonly kind: string;
}

export interface ModulesOptions {
  /** The activation of a plain recurrent network, which a file does not say; tanh by default. */
  activation?: "tanh" | "relu";
  where?: string;
}

const recurrentName = /^(.*?)(weight|bias)_(ih|hh|hr)_l(\d+)(_reverse)?$/;

/**
 * The modules of a state_dict with an embedding, `nn.LSTM`, `nn.GRU` or `nn.RNN` layers, and a linear output.
 *
 * @throws UnrolledError with code "data" that names the tensors which have no place in such a network
 *
 * @example
 * ```ts
 * const { encoder, embedding } = recurrentModules(stateDict(readPyTorch(bytes).tensors));
 * ```
 */
export function recurrentModules(state: StateDict, options: ModulesOptions = {}): RecurrentModules {
  const { where = "recurrentModules", activation = "tanh" } = options;
  const fastai = Object.keys(state).some((name) => /^0\.rnns\.\d+\./.test(name));
  const plain = fastai ? fromFastai(state) : state;
  const { layers, names } = recurrentLayers(plain, where);
  const rest = Object.entries(plain).filter(([name]) => !names.has(name));
  const tables = rest.filter(([name, { shape }]) => /weight$/.test(name) && shape.length === 2);
  const width = layers[0]!.inputSize;
  const embedding = tables.find(([, { shape }]) => shape[1] === width);
  if (!embedding)
    return fail({
      where,
      expected: `an embedding of ${width} columns`,
      received: tables.map(([name, { shape }]) => `${name} [${shape}]`).join(", ") || "no table",
      code: "data",
    });
  const top = layers.at(-1)!;
  const outputSize = top.hidden * (top.both ? 2 : 1);
  const output = tables.find(([name, { shape }]) => name !== embedding[0] && shape[1] === outputSize);
  const tied = !output || sameNumbers(output[1], embedding[1]);
  const rows = (output ?? embedding)[1].shape[0];
  const biasName = output?.[0].replace(/weight$/, "bias");
  const bias = rest.find(
    ([name, { shape }]) => shape.length === 1 && shape[0] === rows && (!biasName || name === biasName),
  );
  const used = new Set([embedding[0], output?.[0], bias?.[0]]);
  const left = rest.filter(([name]) => !used.has(name));
  if (left.length > 0)
    fail({
      where,
      expected: "an embedding, recurrent layers and a linear output",
      received: `further tensors: ${left
        .map(([name, { shape }]) => `${name} [${shape}]`)
        .slice(0, 6)
        .join(", ")}`,
      hint: "build the network from layers and use setParameters",
      code: "data",
    });
  const cell = { 4: "lstm", 3: "gru", 1: activation === "relu" ? "rnn-relu" : "rnn" } as const;
  const kinds = [...new Set(layers.map(({ gates }) => gates))];
  const name = kinds.length === 1 ? cell[kinds[0] as 1 | 3 | 4] : undefined;
  if (!name) return fail({ where, expected: "layers of one cell", received: `rows of ${kinds} gates`, code: "data" });
  const built = layers.map(({ hidden, both }) => {
    const one = encoderOf(name, { hiddenSize: hidden });
    return both ? bidirectional(one) : one;
  });
  return {
    embedding: embedding[1],
    encoder: built.length === 1 ? built[0]! : stacked(built),
    recurrent: Object.assign({}, ...layers.map(({ tensors }) => tensors)),
    cell: name,
    ...(tied ? {} : { output: output[1] }),
    ...(bias ? { bias: bias[1] } : {}),
    kind: fastai ? "AWD-LSTM (fastai)" : `embedding, ${layers.length} x ${name}, linear output`,
  };
}

interface LayerTensors {
  readonly inputSize: number;
  readonly hidden: number;
  /** 4 of an LSTM, 3 of a GRU, 1 of a plain network. */
  readonly gates: number;
  readonly both: boolean;
  readonly tensors: StateDict;
}

/** The recurrent layers in the order of the file, numbered through over all modules. */
function recurrentLayers(state: StateDict, where: string): { layers: LayerTensors[]; names: Set<string> } {
  const names = new Set<string>();
  const places = new Map<string, Map<string, Matrix>>();
  for (const [name, value] of Object.entries(state)) {
    const match = recurrentName.exec(name);
    if (!match) continue;
    const [, prefix, kind, side, layer, reverse = ""] = match;
    if (side === "hr")
      fail({ where, problem: `${name}: LSTMs with projections (proj_size) cannot be imported`, code: "data" });
    names.add(name);
    const key = `${prefix}\0${layer!.padStart(4, "0")}`;
    if (!places.has(key)) places.set(key, new Map());
    places.get(key)!.set(`${kind}_${side}${reverse}`, value);
  }
  const prefixes = [...new Set([...places.keys()].map((key) => key.split("\0")[0]!))];
  const ordered = prefixes.flatMap((prefix) =>
    [...places].filter(([key]) => key.startsWith(`${prefix}\0`)).sort(([a], [b]) => (a < b ? -1 : 1)),
  );
  if (ordered.length === 0)
    fail({
      where,
      expected: "tensors of nn.LSTM, nn.GRU or nn.RNN, such as rnn.weight_ih_l0",
      received: Object.keys(state).slice(0, 6).join(", ") || "no tensors",
      code: "data",
    });
  let below: number | undefined;
  const layers = ordered.map(([key, parts], k): LayerTensors => {
    const [prefix, layer] = key.split("\0");
    const need = (part: string): Matrix =>
      parts.get(part) ??
      fail({ where, expected: `${prefix}${part}_l${Number(layer)}`, received: "none", code: "data" });
    const [rows, inputSize] = need("weight_ih").shape as [number, number];
    const hidden = need("weight_hh").shape[1]!;
    const both = parts.has("weight_ih_reverse");
    const gates = rows / hidden;
    if (![1, 3, 4].includes(gates) || (below !== undefined && inputSize !== below))
      fail({
        where: `${where}: ${prefix}l${Number(layer)}`,
        expected: below === undefined ? "1, 3 or 4 gates" : `an input of ${below}, the width of the layer below`,
        received: `weight_ih [${need("weight_ih").shape}], weight_hh [${need("weight_hh").shape}]`,
        code: "data",
      });
    below = hidden * (both ? 2 : 1);
    const tensors: Record<string, Matrix> = {};
    for (const reverse of both ? ["", "_reverse"] : [""])
      for (const part of ["weight_ih", "weight_hh", "bias_ih", "bias_hh"]) {
        const given = part.startsWith("bias") ? parts.get(part + reverse) : need(part + reverse);
        tensors[`${part}_l${k}${reverse}`] = given ?? { shape: [rows], data: new Float32Array(rows) }; // bias=False
      }
    return { inputSize, hidden, gates, both, tensors };
  });
  return { layers, names };
}

/** fastai wraps each layer for weight drop: `_raw` is the weight that is trained, the other a copy with holes. */
function fromFastai(state: StateDict): StateDict {
  const out: Record<string, Matrix> = {};
  for (const [name, value] of Object.entries(state)) {
    const layer = /^0\.rnns\.(\d+)\.(?:module\.)?(.*?)(_raw)?$/.exec(name);
    if (layer) {
      const [, k, part, raw] = layer;
      if (raw || !(`0.rnns.${k}.${part}_raw` in state)) out[`rnns.${k}.${part}`] = value;
    } else if (!name.startsWith("0.encoder_dp.")) out[name] = value; // the same table again
  }
  return out;
}

const sameNumbers = (a: Matrix, b: Matrix): boolean =>
  String(a.shape) === String(b.shape) &&
  Array.prototype.every.call(a.data, (value: number, i: number) => value === b.data[i]);
