// A model's graphs as other programs use them: numbers in the user's units, tags decoded, and every step of a text at
// once. What a task's own graphs leave to the code around them is inside.

import { graphOf } from "../../networks/model.ts";
import { bestTags } from "../../networks/viterbi.ts";
import { parameterInputs, pooling } from "../../nn/index.ts";
import { type Classifier, type Forecaster, type Regressor, stepsOf } from "../../tasks/reader/index.ts";
import type { Tagger } from "../../tasks/tagger/index.ts";
import type { InferenceGraph } from "../../tasks/task.ts";
import type { AnyTask, Model } from "../../tasks/tasks.ts";
import type { Translator } from "../../tasks/translator/index.ts";
import { translatorGraphs } from "../../tasks/translator/translate.ts";
import { taskOf } from "../../tasks/verbs.ts";
import {
  add,
  concat,
  constant,
  div,
  exp,
  input,
  log,
  mul,
  reshape,
  sigmoid,
  slice,
  softmax,
  sub,
  type Tensor,
  transpose,
} from "../../tensor/index.ts";

type Graphs = Readonly<Record<string, InferenceGraph>>;

/** The graphs to export: `model`, or `encoder` and `decoder`. */
export function exportGraphs(model: Model): Graphs {
  switch (model.task) {
    case "classifier":
      return { model: classifierExport(model) };
    case "regressor":
      return { model: regressorExport(model) };
    case "forecaster":
      return { model: forecasterExport(model) };
    case "tagger":
      return { model: taggerExport(model) };
    case "translator":
      return translatorExport(model);
    default:
      return (taskOf(model) as unknown as AnyTask).graphs(model);
  }
}

/** `inputs` int [B, T], `lengths` -> `logits` and `probabilities` [B, labels], `attention` [B, T]. */
function classifierExport(model: Classifier): InferenceGraph {
  const { outputs, attention } = model.apply(parameterInputs(model.specs));
  const probabilities = model.config.multiLabel ? sigmoid(outputs) : softmax(outputs);
  return graphOf({ logits: outputs, probabilities, ...(attention ? { attention } : {}) });
}

/** `inputs` int [B, T], `lengths` -> `value` [B] in the unit of the training labels. */
function regressorExport(model: Regressor): InferenceGraph {
  const { outputs, attention } = model.apply(parameterInputs(model.specs));
  const { mean, deviation } = model.config.scale;
  const value = add(mul(reshape(outputs, ["B"]), deviation), mean);
  return graphOf({ value, ...(attention ? { attention } : {}) });
}

/** `values` [B, T, D] in the units of the series, `lengths` -> `forecast` [B, horizon] in the target's unit. */
function forecasterExport(model: Forecaster): InferenceGraph {
  const { inputs, target } = model.config;
  const values = input("values", ["B", stepsOf(model.config), inputs.length]);
  const lengths = input("lengths", ["B"], { dtype: "int" });
  const each = (of: (scale: (typeof inputs)[number]) => number) => constant(inputs.map(of), [inputs.length]);
  const columns = inputs.map(({ log: taken }, i) => {
    const column = slice(values, 2, i, i + 1);
    return taken ? log(column) : column;
  });
  const read = inputs.some(({ log: taken }) => taken) ? concat(columns, 2) : values;
  const steps = div(
    sub(
      read,
      each(({ mean }) => mean),
    ),
    each(({ deviation }) => deviation),
  );
  const { outputs } = model.apply(parameterInputs(model.specs), { inputs: steps, lengths }); // changes from the last value
  const atEnd = pooling("last", { outputSize: inputs.length, backwardSize: 0 });
  const { pooled } = atEnd.apply({}, transpose(read, [1, 0, 2]), lengths); // [B, D]
  const { deviation, log: taken } = inputs[target]!;
  const forecast = add(mul(outputs, deviation), slice(pooled, 1, target, target + 1));
  return graphOf({ forecast: taken ? exp(forecast) : forecast });
}

/** The tagger's inputs -> `emissions` [B, T, K] and `tags` int [B, T], the best path. */
function taggerExport(model: Tagger): InferenceGraph {
  const all = parameterInputs(model.specs);
  const { emissions, lengths } = model.apply(all);
  return graphOf({
    emissions: transpose(emissions, [1, 0, 2]),
    tags: bestTags(model.decoder, all, emissions, lengths),
  });
}

/** The decoder reads any number of target tokens: `ids` int [B, T] -> `logits` [B, T, V]. */
function translatorExport(model: Translator): Graphs {
  const { network } = model;
  const { encode } = translatorGraphs(model);
  const states = Object.entries(network.state);
  const memory = network.memory && {
    memory: input("memory", ["B", "S", network.memory.memorySize]),
    keys: input("keys", ["B", "S", network.memory.keySize]),
    mask: input("mask", ["B", "S"]),
  };
  const { logits, weights, final } = network.decode(
    parameterInputs(model.specs),
    transpose(input("ids", ["B", "T"], { dtype: "int" })),
    {
      state: Object.fromEntries(states.map(([name, shape]) => [name, input(`state.${name}`, ["B", ...shape])])),
      ...(memory ? { memory } : {}),
    },
  );
  const outputs: Record<string, Tensor> = { logits, ...(weights ? { attention: weights } : {}) };
  for (const [name] of states) outputs[`next.${name}`] = final[name]!;
  return { encoder: encode, decoder: graphOf(outputs, { states: network.state }) };
}
