// Files of Keras 3 (test/fixtures/make_keras_files.py) as models: outputs are Keras's within 1e-5.
import { inflateSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import fixture from "../../../test/fixtures/keras-files.json" with { type: "json" };
import { UnrolledError } from "../../base/index.ts";
import { referenceEngine, type Value } from "../../engine/index.ts";
import { readKeras } from "../../interop/index.ts";
import { weightsOf } from "../../networks/model.ts";
import { type Model, predict } from "../../tasks/index.ts";
import { type AnyTask, tasks } from "../../tasks/tasks.ts";
import { modelFiles, modelFromFiles } from "../saved-model.ts";
import { importLanguageModel, importTagger } from "./import-model.ts";
import { importClassifier, importForecaster, importRegressor } from "./import-reader.ts";

const { tokens, ids, steps } = fixture;
const files = fixture.files as Record<string, { base64: string; output?: number[] }>;
/** A Buffer, as `readFile` gives. */
const bytesOf = (name: string) => inflateSync(Buffer.from(files[name]!.base64, "base64"));
const names = Object.keys(files);
const [B, T, V] = [ids.length, ids[0]!.length, tokens.length];
const labels = ["x", "y", "z"];
const ints = (shape: number[], data: ArrayLike<number>): Value => ({
  dtype: "int",
  shape,
  data: Int32Array.from(data),
});
const lengths = ints([B], new Array<number>(B).fill(T));

function expectClose(found: ArrayLike<number>, expected: readonly number[]): void {
  expect(found.length).toBe(expected.length);
  expect(Math.max(...expected.map((x, i) => Math.abs(x - found[i]!)))).toBeLessThan(1e-5);
}

/** An output of a model's graph, with zeros as states. */
async function run(model: Model, feeds: Record<string, Value>, output: string): Promise<Float32Array> {
  const { outputs, states = {} } = (tasks[model.task] as AnyTask).graphs(model).model!;
  const session = await referenceEngine().compile({
    outputs: { [output]: outputs[output]! },
    constants: weightsOf(model),
  });
  const zeros = Object.entries(states).map(([name, shape]): [string, Value] => [
    `state.${name}`,
    { dtype: "float", shape: [B, ...shape], data: new Float32Array(B * shape[0]!) },
  ]);
  return (await session.run({ ...feeds, ...Object.fromEntries(zeros) }))[output]!.data as Float32Array;
}

describe("a Keras file", () => {
  it.each(names.filter((name) => name.startsWith("classifier")))("%s", async (name) => {
    const model = importClassifier(readKeras(bytesOf(name)), { tokens, labels });
    const own = ids.flat().map((id) => model.tokenizer!.vocabulary.id(tokens[id]!)!);
    expectClose(await run(model, { inputs: ints([B, T], own), lengths }, "probabilities"), files[name]!.output!);
  });

  it.each(names.filter((name) => name.startsWith("binary")))("%s", async (name) => {
    const model = importClassifier(readKeras(bytesOf(name)), { tokens, labels: ["bad", "good"] });
    const again = (await modelFromFiles("m", await modelFiles(model))) as Model; // the hidden layer is saved too
    const found: number[] = [];
    const texts = ids.map((row) => row.map((id) => tokens[id]).join(""));
    for await (const { probabilities } of predict(again as typeof model, texts, { engine: referenceEngine() }))
      found.push(probabilities[1]!);
    expectClose(found, files[name]!.output!);
  });

  it("multi-label, regressor", async () => {
    const many = importClassifier(readKeras(bytesOf("multi-label: sigmoids")), { tokens, labels });
    expect(many.config.multiLabel).toBe(true);
    const own = ids.flat().map((id) => many.tokenizer!.vocabulary.id(tokens[id]!)!);
    const feeds = { inputs: ints([B, T], own), lengths };
    expectClose(await run(many, feeds, "probabilities"), files["multi-label: sigmoids"]!.output!);
    const one = importRegressor(readKeras(bytesOf("regressor")), { tokens, scale: { mean: 2, deviation: 3 } });
    const texts = ids.map((row) => row.map((id) => tokens[id]).join(""));
    const found: number[] = [];
    for await (const { value } of predict(one, texts, { engine: referenceEngine() })) found.push((value - 2) / 3);
    expectClose(found, files.regressor!.output!);
  });

  it("language model, tagger", async () => {
    const model = importLanguageModel(readKeras(bytesOf("language-model")), { tokens });
    const place = tokens.map(
      (token) => model.tokenizer.vocabulary.id(token === "" ? "<pad>" : token === "[UNK]" ? "<unk>" : token)!,
    );
    const own = ints(
      [B, T],
      ids.flat().map((id) => place[id]!),
    );
    const logits = await run(model, { ids: own }, "logits");
    const sorted = Array.from({ length: B * T * V }, (_, i) => logits[Math.floor(i / V) * V + place[i % V]!]!);
    expectClose(sorted, files["language-model"]!.output!);
    const tagger = importTagger(readKeras(bytesOf("tagger")), { tokens, tags: ["O", "B-X", "I-X"] });
    expect(tagger.vocabulary.scheme).toBe("IOB2");
    const emissions = await run(tagger, { words: own, lengths }, "emissions");
    const probabilities = Array.from({ length: B * T }, (_, i) => softmax(emissions.subarray(3 * i, 3 * i + 3)));
    expectClose(probabilities.flat(), files.tagger!.output!);
  });

  it("forecaster: raw values, and values by a scale", async () => {
    const modules = readKeras(bytesOf("forecaster"));
    const series = {
      names: ["u", "v"],
      series: [0, 1].map((d) => Float64Array.from(steps[0]!, (step) => step[d]!)),
      length: 5,
    };
    const raw = importForecaster(modules, { series: ["u", "v"] });
    expect(raw.config).toMatchObject({ length: 5, horizon: 3 });
    for await (const { values } of predict(raw, [{ series }], { engine: referenceEngine() }))
      expectClose(values, files.forecaster!.output!.slice(0, 3));
    const scaled = importForecaster(modules, { series: ["u", "v"], means: [5, 1], deviations: [2, 4] });
    const far = {
      ...series,
      series: [series.series[0]!.map((x) => 2 * x + 5), series.series[1]!.map((x) => 4 * x + 1)],
    };
    for await (const { values } of predict(scaled, [{ series: far }], { engine: referenceEngine() }))
      expectClose(
        values.map((y) => (y - 5) / 2),
        files.forecaster!.output!.slice(0, 3),
      );
  });
});

const softmax = (logits: ArrayLike<number>): number[] => {
  const powers = Array.from(logits, Math.exp);
  return powers.map((power) => power / powers.reduce((a, b) => a + b));
};

describe("what cannot be imported is named", () => {
  it.each([
    ["convolution", /Conv1D "conv1d": expected Embedding, .*, got Conv1D at this place/],
    ["two hidden layers", /Dense "dense_\d+": expected .* one or two Dense layers, got Dense at this place/],
    ["sum of directions", /Bidirectional "bidirectional_\d+": expected merge_mode "concat", got "sum"/],
    ["backwards", /LSTM "lstm_\d+": expected a layer that reads forward, got go_backwards/],
    ["hard sigmoid", /recurrent_activation sigmoid, got hard_sigmoid/],
    ["other activation", /GRU "gru_\d+": expected activation tanh, got relu/],
    ["layer norm", /got LayerNormalization at this place/],
    ["no dense layer", /expected recurrent layers and a Dense layer on top, got no Dense layer/],
    ["branches", /expected layers one after another, got a network that branches/],
    ["weights alone", /expected a whole model, got weights alone/],
    ["newer HDF5", /expected HDF5 with superblock 0 or 1/],
  ])("%s", (name, message) => {
    const read = () => readKeras(bytesOf(`refused: ${name}`));
    expect(read).toThrow(message);
    expect(read).toThrow(UnrolledError);
  });

  it("another task than the network's, other numbers of names", () => {
    const modules = readKeras(bytesOf("tagger"));
    expect(() => importClassifier(modules, { tokens, labels })).toThrow(
      "expected one output for all steps, for a classifier",
    );
    expect(() => importTagger(modules, { tokens, tags: ["A"] })).toThrow("expected 3 tags, one for each row");
    const known = tokens.map((token) => (token === "[UNK]" ? "e" : token));
    expect(() => importTagger(modules, { tokens: known, tags: labels })).toThrow("expected an unknown token");
    const forecaster = readKeras(bytesOf("forecaster"));
    expect(() => importForecaster(forecaster, { series: ["u"] })).toThrow("expected 2 series");
    expect(() => importClassifier(forecaster, { tokens, labels })).toThrow("expected an embedding");
    const language = readKeras(bytesOf("language-model"));
    expect(() => importLanguageModel(language, { tokens: tokens.slice(1) })).toThrow("expected 6 tokens");
  });

  it("a damaged archive", () => {
    const bytes = bytesOf("regressor");
    expect(() => readKeras(bytes.subarray(0, 900))).toThrow("the archive has no directory");
    expect(() => readKeras(bytesOf("refused: weights alone").subarray(0, 200))).toThrow(UnrolledError);
  });
});
