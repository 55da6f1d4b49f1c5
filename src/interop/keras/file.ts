// A Keras file as its layers with their weights: `.keras` of Keras 3 (a zip archive with JSON and HDF5), or the older `.h5`.
import { fail } from "../../base/index.ts";
import { readZip } from "../binary/zip.ts";
import { type Hdf5File, isHdf5, readHdf5 } from "../hdf5/read.ts";
import type { Matrix } from "../onnx-operators.ts";
import { type KerasLayer, kerasLayers, titleOf } from "./layers.ts";

export interface KerasFile {
  /** In the order in which data passes them. */
  readonly layers: readonly KerasLayer[];
  /** `3.15.1`, where the file has it. */
  readonly version: string;
  /**
   * The weights of a layer in Keras's order (kernel, recurrent kernel, bias). `parts` names a layer inside of it:
   * `forward_layer` and `backward_layer` of a Bidirectional, `layer` of a TimeDistributed.
   */
  weights(layer: KerasLayer, part?: string): Matrix[];
}

/**
 * @param where how errors name the file
 * @throws UnrolledError with code "file" where the file is damaged, "data" where its layers do not form a chain
 */
export function readKerasFile(bytes: Uint8Array, where: string): KerasFile {
  return isHdf5(bytes) ? fromH5(bytes, where) : fromArchive(bytes, where);
}

function fromArchive(bytes: Uint8Array, where: string): KerasFile {
  const archive = readZip(bytes, where);
  const config = archive.get("config.json");
  const weights = archive.get("model.weights.h5");
  if (!config || !weights)
    return fail({
      where,
      expected: "config.json and model.weights.h5 in the archive",
      received: archive.names.slice(0, 6).join(", ") || "an empty archive",
      hint: archive.names.some((name) => /weights\.(json|npz)$/.test(name))
        ? "save it without max_shard_size"
        : 'save the whole model: model.save("model.keras")',
      code: "file",
    });
  const { all, chain } = kerasLayers(parse(config, `${where}(config.json)`), where);
  const { arrays } = readHdf5(weights, { where: `${where}(model.weights.h5)` });
  // Groups are named by class, numbered where one comes again: lstm, lstm_1.
  const seen = new Map<string, number>();
  const groups = all.map(({ type }) => {
    const base = snake(type);
    const times = seen.get(base) ?? 0;
    seen.set(base, times + 1);
    return times === 0 ? base : `${base}_${times}`;
  });
  const metadata = archive.get("metadata.json");
  return {
    layers: chain,
    version: metadata ? String((parse(metadata, where) as { keras_version?: unknown }).keras_version) : "",
    weights(layer, part) {
      const group = `layers/${groups[layer.index]}${part ? `/${part}` : ""}`;
      const found = [`${group}/vars`, `${group}/cell/vars`].find((path) => arrays.has(`${path}/0`));
      if (!found) return missing(layer, `${group}/vars/0`, where);
      const list: Matrix[] = [];
      for (let i = 0; arrays.has(`${found}/${i}`); i++) list.push(arrays.get(`${found}/${i}`)!);
      return list;
    },
  };
}

function fromH5(bytes: Uint8Array, where: string): KerasFile {
  const file = readHdf5(bytes, { where });
  const config = file.texts.get("@model_config");
  if (typeof config !== "string")
    return fail({
      where,
      expected: "a whole model",
      received: "weights alone",
      hint: 'save the whole model: model.save("model.keras")',
      code: "file",
    });
  const { chain } = kerasLayers(parse(new TextEncoder().encode(config), where), where);
  return { layers: chain, version: String(file.texts.get("@keras_version") ?? ""), weights: weightsInH5(file, where) };
}

/** A layer's arrays are listed by its group; those of a Bidirectional are all forward ones, then all backward ones. */
function weightsInH5({ arrays, texts }: Hdf5File, where: string): KerasFile["weights"] {
  return (layer, part) => {
    const group = `model_weights/${layer.name}`;
    const names = texts.get(`${group}@weight_names`);
    const all = Array.isArray(names) ? names.map((name) => arrays.get(`${group}/${name}`)) : [];
    if (all.length === 0 || all.some((one) => !one)) return missing(layer, `${group} with weight_names`, where);
    const half = all.length / 2;
    if (part === "forward_layer") return all.slice(0, half) as Matrix[];
    return (part === "backward_layer" ? all.slice(half) : all) as Matrix[];
  };
}

const missing = (layer: KerasLayer, expected: string, where: string): never =>
  fail({
    where: `${where}: ${titleOf(layer)}`,
    expected,
    received: "none",
    hint: "the file may be from Keras 3.0: save it again with a newer release",
    code: "file",
  });

/** `SimpleRNN` -> `simple_rnn`, as Keras names groups. */
const snake = (type: string): string =>
  type
    .replace(/\W+/g, "")
    .replace(/(.)([A-Z][a-z]+)/g, "$1_$2")
    .replace(/([a-z])([A-Z])/g, "$1_$2")
    .toLowerCase();

function parse(bytes: Uint8Array, where: string): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return fail({ where, expected: "JSON", received: "another text", hint: "the file is damaged", code: "file" });
  }
}
