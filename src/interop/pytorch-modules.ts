// From the names and shapes of a state_dict to the network that they belong to: an embedding, recurrent layers, an output,
// and the chain of a CRF. Modules may have any names; AWD-LSTM (fastai) is brought to plain names first.
import { fail } from "../base/index.ts";
import { bidirectional, encoderOf, type Layer, type Pooling, stacked } from "../nn/index.ts";
import type { Matrix } from "./onnx-operators.ts";
import type { StateDict } from "./pytorch.ts";

/** The parts of a network that was trained elsewhere. */
export interface RecurrentModules {
  /** [V, E]; absent where steps of numbers are read. */
  readonly embedding?: Matrix;
  /** Numbers that the first recurrent layer reads at a step. */
  readonly inputSize: number;
  /** From the embedding up. */
  readonly encoder: Layer;
  /** The encoder's tensors under PyTorch's names, for one module: `weight_ih_l0`, `bias_hh_l1_reverse`. */
  readonly recurrent: StateDict;
  /** A dense layer between the pooled vector and the output. */
  readonly head?: { readonly layer: Layer; readonly tensors: StateDict };
  /** Absent where the output shares the embedding's table. */
  readonly output?: Matrix;
  readonly bias?: Matrix;
  /** `softmax`, `sigmoid` or `linear`, where the file has it. */
  readonly outputActivation?: string;
  /** What the output reads, where the file has it: each step, or a vector of all of them. */
  readonly reads?: "each step" | Pooling;
  /** Steps of a window of numbers, where the file has them. */
  readonly steps?: number;
  /** A CRF as that of pytorch-crf: `transitions` [K, K], from row to column, `start_transitions` and `end_transitions` [K]. */
  readonly crf?: StateDict;
  /** What follows, for messages: "AWD-LSTM (fastai)". */
  readonly kind: string;
}

export interface ModulesOptions {
  /** The activation of a plain recurrent network, which a file does not say; tanh by default. */
  activation?: "tanh" | "relu";
  /** Steps of numbers are read: there is no embedding. False by default. */
  numbers?: boolean;
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
  const { where = "recurrentModules", activation = "tanh", numbers = false } = options;
  const fastai = Object.keys(state).some((name) => /^0\.rnns\.\d+\./.test(name));
  const plain = fastai ? fromFastai(state) : state;
  const { layers, names } = recurrentLayers(plain, where);
  const crf = crfOf(plain, where);
  const rest = Object.entries(plain).filter(([name]) => !names.has(name) && !crf?.names.has(name));
  const tables = rest.filter(([name, { shape }]) => /weight$/.test(name) && shape.length === 2);
  const width = layers[0]!.inputSize;
  const embedding = numbers ? undefined : tables.find(([, { shape }]) => shape[1] === width);
  if (!embedding && !numbers)
    return fail({
      where,
      expected: `an embedding of ${width} columns`,
      received: tables.map(([name, { shape }]) => `${name} [${shape}]`).join(", ") || "no table",
      code: "data",
    });
  const top = layers.at(-1)!;
  const outputSize = top.hidden * (top.both ? 2 : 1);
  const output = tables.find(([name, { shape }]) => name !== embedding?.[0] && shape[1] === outputSize);
  const tied = !output || (embedding !== undefined && sameNumbers(output[1], embedding[1]));
  const rows = (output ?? embedding)?.[1].shape[0];
  const biasName = output?.[0].replace(/weight$/, "bias");
  const bias = rest.find(
    ([name, { shape }]) => shape.length === 1 && shape[0] === rows && (!biasName || name === biasName),
  );
  const used = new Set([embedding?.[0], output?.[0], bias?.[0]]);
  const left = rest.filter(([name]) => !used.has(name));
  if (left.length > 0)
    fail({
      where,
      expected: numbers ? "recurrent layers and a linear output" : "an embedding, recurrent layers and a linear output",
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
    ...(embedding ? { embedding: embedding[1] } : {}),
    inputSize: width,
    encoder: built.length === 1 ? built[0]! : stacked(built),
    recurrent: Object.assign({}, ...layers.map(({ tensors }) => tensors)),
    ...(tied ? {} : { output: output[1] }),
    ...(bias ? { bias: bias[1] } : {}),
    ...(crf ? { crf: crf.tensors } : {}),
    kind: fastai
      ? "AWD-LSTM (fastai)"
      : `${embedding ? "embedding, " : ""}${layers.length} x ${name}, linear output${crf ? ", CRF" : ""}`,
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

/** The chain of pytorch-crf. Others have states of their own for the begin and the end, and columns for the tag before. */
function crfOf(state: StateDict, where: string): { tensors: StateDict; names: Set<string> } | undefined {
  const name = Object.keys(state).find((one) => /(^|\.)transitions$/.test(one));
  if (name === undefined) return undefined;
  const prefix = name.slice(0, -"transitions".length);
  const K = state[name]!.shape[0]!;
  const shapes = { transitions: [K, K], start_transitions: [K], end_transitions: [K] };
  const wrong = Object.entries(shapes).find(([part, shape]) => String(state[prefix + part]?.shape) !== String(shape));
  if (wrong) {
    const [part, shape] = wrong;
    const found = state[prefix + part];
    fail({
      where,
      expected: `a CRF as that of pytorch-crf, with ${prefix}${part} [${shape}]`,
      received: found ? `[${found.shape}]` : `${name} [${state[name]!.shape}] alone`,
      hint: "a CRF with states for begin and end (flair's) has another layout: set its parameters with setParameters",
      code: "data",
    });
  }
  const parts = Object.keys(shapes);
  return {
    tensors: Object.fromEntries(parts.map((part) => [part, state[prefix + part]!])),
    names: new Set(parts.map((part) => prefix + part)),
  };
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
