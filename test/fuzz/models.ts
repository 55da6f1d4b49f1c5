// Saved models and exported ones with a file that was changed: loaded, then used once.
import { referenceEngine } from "../../src/engine/index.ts";
import { exportOnnx, modelFiles, modelFromFiles } from "../../src/files/index.ts";
import { gru } from "../../src/nn/index.ts";
import { compose, fitForecast, forecaster, generate, type Model, predict, report } from "../../src/tasks/index.ts";
import { train } from "../../src/train/index.ts";
import { modelNamed } from "../export/models.ts";
import type { Target } from "./readers.ts";

const engine = referenceEngine();
const values = Float64Array.from({ length: 60 }, (_, t) => 10 + t + (t % 4));
const series = { names: ["sales"], series: [values], length: values.length };

/** One inference with whatever was loaded. */
async function useOnce(model: Model): Promise<void> {
  const draw = async (results: AsyncIterable<unknown>) => {
    for await (const _ of results);
  };
  switch (model.task) {
    case "language-model":
      return draw(generate(model, { maxTokens: 2, seed: 1, engine }));
    case "generator":
      return draw(compose(model, { count: 1, maxTokens: 3, seed: 1, engine }));
    case "forecaster":
      return draw(predict(model, [{ series }], { engine }));
    case "translator":
      return draw(predict(model, ["abc"], { engine, beamSize: 2, maxLength: 4 } as object));
    case "toy":
      return void (await report(model, { from: 0, count: 2 }, { engine }));
    case "tagger":
      return draw(predict(model, ["Ann saw Rome"], { engine }));
    default:
      return draw(predict(model as Extract<Model, { task: "classifier" }>, ["a fine film"], { engine }));
  }
}

const made: [string, Model][] = [
  "language model, lstm",
  "classifier, stacked, attention",
  "classifier, feed-forward",
  "regressor",
  "tagger, CRF and characters",
  "translator, attention",
  "generator, text",
  "generator, frames",
  "toy, numbers",
].map((name): [string, Model] => [name, modelNamed(name)]);
made.push([
  "forecaster",
  forecaster({ ...fitForecast({ series }, { length: 9 }), encoder: gru({ hiddenSize: 3 }) }) as Model,
]);

/** The files of a model without the checksum, which would refuse every change of the weights. */
async function filesOf(model: Model): Promise<Map<string, Uint8Array>> {
  const files = await modelFiles(model);
  const { sha256: _, ...config } = JSON.parse(new TextDecoder().decode(files.get("config.json")!));
  return files.set("config.json", new TextEncoder().encode(JSON.stringify(config)));
}

/** One target for each file of a model. */
const targetsOf = (name: string, files: ReadonlyMap<string, Uint8Array>, share: number): Target[] =>
  [...files].map(([file, bytes]) => ({
    name: `load: ${name}, ${file}`,
    seeds: [bytes],
    json: file.endsWith(".json"),
    share,
    async read(changed) {
      const all = new Map(files).set(file, changed);
      await useOnce((await modelFromFiles("model", all, { training: files.has("training/state.json") })) as Model);
    },
  }));

/** A language model in the middle of its training. */
async function stopped(): Promise<Map<string, Uint8Array>> {
  const model = modelNamed("language model, lstm") as Extract<Model, { task: "language-model" }>;
  const options = { engine, steps: 2, batchSize: 2, bptt: 3, valid: "abcde" };
  for await (const _ of train(model, "abcdeabcdeabcde", options));
  return filesOf(model);
}

export async function modelTargets(): Promise<Target[]> {
  const folders = await Promise.all(made.map(async ([name, model]) => targetsOf(name, await filesOf(model), 30)));
  const onnx = made.flatMap(([name, model]): Target[] => {
    const parts = Object.entries(exportOnnx(model) as Record<string, Uint8Array>);
    if (parts.length > 1) return [];
    return parts.map(([part, bytes]) => ({
      name: `load: ${name}, ${part}.onnx`,
      seeds: [bytes],
      share: 110,
      read: async (changed) => useOnce((await modelFromFiles("m.onnx", new Map([["m.onnx", changed]]))) as Model),
    }));
  });
  return [...folders.flat(), ...targetsOf("in training", await stopped(), 30), ...onnx];
}
