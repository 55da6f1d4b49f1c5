// A Keras model as the parts of our networks: an embedding, recurrent layers, pooling, dense layers on top.
import { fail } from "../../base/index.ts";
import { dense, type Layer, type Pooling, stacked } from "../../nn/index.ts";
import type { Matrix } from "../onnx-operators.ts";
import type { RecurrentModules } from "../pytorch-modules.ts";
import { readKerasFile } from "./file.ts";
import { type KerasLayer, record, sizeIn, titleOf } from "./layers.ts";
import {
  activationOf,
  checkShape,
  classOf,
  isRecurrent,
  type KerasRecurrent,
  recurrentLayer,
  refuse,
  weightOf,
} from "./recurrent.ts";

/** Layers that do nothing when a model is used. */
const idle = new Set([
  "InputLayer",
  "Dropout",
  "SpatialDropout1D",
  "GaussianNoise",
  "GaussianDropout",
  "ActivityRegularization",
]);
const poolingOf: Readonly<Record<string, Pooling>> = { GlobalMaxPooling1D: "max", GlobalAveragePooling1D: "mean" };
const hiddenActivations = ["linear", "relu", "tanh", "sigmoid"] as const;
type HiddenActivation = (typeof hiddenActivations)[number];

interface KerasDense {
  readonly layer: KerasLayer;
  readonly weight: Matrix;
  readonly bias?: Matrix;
  activation: string;
}

/**
 * The network of a `.keras` file, or of an `.h5` file with the whole model: an embedding, LSTM, GRU and SimpleRNN layers
 * (in a Bidirectional too), pooling over the steps, and one or two Dense layers. Nothing in the file is run.
 *
 * @throws UnrolledError with code "file" where the file is damaged, "data" with the layer that cannot be imported
 *
 * @example
 * ```ts
 * const model = importClassifier(readKeras(await readFile("model.keras")), { tokens, labels: ["bad", "good"] });
 * ```
 */
export function readKeras(bytes: Uint8Array, { where = "readKeras" } = {}): RecurrentModules {
  const file = readKerasFile(bytes, where);
  const recurrents: KerasRecurrent[] = [];
  const denses: KerasDense[] = [];
  let embedding: Matrix | undefined;
  let pooling: Pooling | undefined;
  let input: readonly unknown[] = [];
  let width: number | undefined;

  for (const layer of file.layers) {
    const { type, config } = layer;
    const place = `${where}: ${titleOf(layer)}`;
    const top = recurrents.at(-1);
    const list = config.batch_shape ?? config.batch_input_shape;
    if (Array.isArray(list) && input.length === 0) input = list;
    if (idle.has(type)) continue;
    if (type === "Embedding" && !top && !embedding) {
      embedding = file.weights(layer)[0]!;
      checkShape(place, "embeddings", embedding, [
        sizeIn(config, "input_dim", place),
        sizeIn(config, "output_dim", place),
      ]);
      width = embedding.shape[1]!;
    } else if (isRecurrent(layer) && denses.length === 0 && !pooling && (top?.sequences ?? true)) {
      width ??= sizeIn({ "size of a step": input.at(-1) }, "size of a step", place);
      const options = { k: recurrents.length, inputSize: width, where };
      recurrents.push(recurrentLayer(layer, (part) => file.weights(layer, part), options));
      width = recurrents.at(-1)!.outputSize;
    } else if (type in poolingOf && top?.sequences && !pooling && denses.length === 0) pooling = poolingOf[type];
    else if ((type === "Dense" || type === "TimeDistributed") && top && denses.length < 2) {
      denses.push(denseOf(layer, width!, file.weights, place));
      width = denses.at(-1)!.weight.shape[0]!;
    } else if ((type === "Activation" || type === "Softmax") && denses.at(-1)?.activation === "linear")
      denses.at(-1)!.activation = type === "Softmax" ? "softmax" : activationOf(config.activation);
    else unknown(layer, place);
  }
  return assemble(where, { recurrents, denses, embedding, pooling, input, version: file.version });
}

function denseOf(
  layer: KerasLayer,
  inputSize: number,
  weights: (layer: KerasLayer, part?: string) => Matrix[],
  place: string,
): KerasDense {
  const wrapped = layer.type === "TimeDistributed";
  const inner = wrapped ? record(layer.config.layer) : { class_name: "Dense", config: layer.config };
  if (inner.class_name !== "Dense") refuse(place, "a Dense layer for each step", classOf(inner));
  const config = record(inner.config);
  const [kernel, bias] = weights(layer, wrapped ? "layer" : undefined);
  const K = sizeIn(config, "units", place);
  checkShape(place, "kernel", kernel, [inputSize, K]);
  if (config.use_bias !== false) checkShape(place, "bias", bias, [K]);
  return { layer, weight: weightOf(kernel!), ...(bias ? { bias } : {}), activation: activationOf(config.activation) };
}

const hints: Readonly<Record<string, string>> = {
  TextVectorization: "save the model without it; its vocabulary, vectorizer.get_vocabulary(), goes to --vocab",
  StringLookup: "save the model without it; its vocabulary, lookup.get_vocabulary(), goes to --vocab",
  Masking: "rows have their own lengths here: save the model without it",
  Normalization: "save the model without it; a forecaster takes --means and --deviations",
};

const unknown = ({ type }: KerasLayer, where: string): never =>
  fail({
    where,
    expected: "Embedding, LSTM, GRU or SimpleRNN (Bidirectional too), global pooling, then one or two Dense layers",
    received: `${type} at this place`,
    hint: Object.hasOwn(hints, type) ? hints[type] : "build the network from layers and use setParameters",
    code: "data",
  });

interface Parts {
  readonly recurrents: readonly KerasRecurrent[];
  readonly denses: readonly KerasDense[];
  readonly embedding: Matrix | undefined;
  readonly pooling: Pooling | undefined;
  readonly input: readonly unknown[];
  readonly version: string;
}

function assemble(where: string, { recurrents, denses, embedding, pooling, input, version }: Parts): RecurrentModules {
  const output = denses.at(-1);
  const top = recurrents.at(-1);
  if (!top || !output)
    return fail({
      where,
      expected: "recurrent layers and a Dense layer on top",
      received: top ? "no Dense layer" : "no recurrent layer",
      code: "data",
    });
  const [hidden] = denses.length === 2 ? denses : [];
  const place = hidden && `${where}: ${titleOf(hidden.layer)}`;
  if (hidden && !hiddenActivations.includes(hidden.activation as HiddenActivation))
    refuse(place!, `activation ${hiddenActivations.join(", ")}`, hidden.activation);
  const steps = input[1];
  const eachStep = top.sequences && !pooling;
  const head = hidden && headOf(hidden);
  const layers: Layer[] = [...recurrents.map(({ layer }) => layer), ...(head && eachStep ? [head.layer] : [])];
  const names = [...new Set(recurrents.map(({ cell }) => cell))].join(", ");
  return {
    ...(embedding ? { embedding } : {}),
    inputSize: embedding?.shape[1] ?? Number(input.at(-1)),
    encoder: layers.length === 1 ? layers[0]! : stacked(layers),
    recurrent: Object.assign({}, ...recurrents.map(({ tensors }) => tensors), eachStep ? head?.tensors : {}),
    ...(head && !eachStep ? { head } : {}),
    output: output.weight,
    ...(output.bias ? { bias: output.bias } : {}),
    outputActivation: output.activation,
    reads: eachStep ? "each step" : (pooling ?? "last"),
    ...(typeof steps === "number" && input.length === 3 ? { steps } : {}),
    kind: `Keras ${version}: ${embedding ? "embedding, " : ""}${recurrents.length} x ${names}, ${hidden ? "2 dense layers" : "dense"}`,
  };
}

function headOf({ weight, bias, activation }: KerasDense): NonNullable<RecurrentModules["head"]> {
  const [outputSize] = weight.shape as [number, number];
  const kept = activation === "linear" ? {} : { activation: activation as Exclude<HiddenActivation, "linear"> };
  return {
    layer: dense({ outputSize, ...kept }),
    tensors: { weight, bias: bias ?? { shape: [outputSize], data: new Float32Array(outputSize) } },
  };
}
