// A model that was exported is the model again: the same weights, bit for bit, and the same answers.
import { writeFileSync } from "node:fs";
import { afterAll, expect, it } from "vitest";
import { exportOnnx, hubFiles } from "../../src/files/index.ts";
import { generate, load, nodeEngine, predict } from "../../src/index.ts";
import { readOnnx } from "../../src/interop/onnx/read.ts";
import { compose, type Model, weightsOf } from "../../src/tasks/index.ts";
import { load as loadInPage } from "../../src/web/model-files.ts";
import { scratchFolder } from "../cli/terminal.ts";
import { modelNamed, modelNames } from "./models.ts";

const scratch = scratchFolder();
afterAll(() => scratch.remove());

/** The files of a model by the names that the command gives them. */
function filesOf(model: Model): Map<string, Uint8Array> {
  const files: Readonly<Record<string, Uint8Array>> = exportOnnx(model);
  const single = Object.keys(files).length === 1;
  return new Map(Object.entries(files).map(([part, bytes]) => [single ? "a.onnx" : `a.${part}.onnx`, bytes]));
}

const numbers = (model: Model) =>
  Object.fromEntries(Object.entries(weightsOf(model)).map(([name, { shape, data }]) => [name, [shape, [...data]]]));

it.each(modelNames.filter((name) => !name.endsWith("both ways")))("%s: the weights come back", async (name) => {
  const model = modelNamed(name);
  const again = await load(filesOf(model));
  expect(again.task).toBe(model.task);
  expect(numbers(again)).toEqual(numbers(model));
});

it("one file on disk, and either half of a translator, predict as before", async () => {
  const classifier = modelNamed("classifier, lstm both ways");
  const translator = modelNamed("translator, attention");
  for (const model of [classifier, translator])
    for (const [file, bytes] of filesOf(model)) writeFileSync(scratch.path(file), bytes);
  const options = { engine: nodeEngine({ threads: 1 }) };
  const answers = async (model: Model) => {
    const found: unknown[] = [];
    for await (const one of predict(model, ["a fine film"] as never[], options)) found.push(one);
    return found;
  };
  expect(await answers(await load(scratch.path("a.onnx")))).toEqual(await answers(classifier));
  for (const part of ["encoder", "decoder"])
    expect(await answers(await load(scratch.path(`a.${part}.onnx`)))).toEqual(await answers(translator));
});

const load12 = Float64Array.from({ length: 12 }, (_, t) => 50 + 9 * Math.sin(t));
const heat12 = Float64Array.from({ length: 12 }, (_, t) => -3 + 0.5 * Math.cos(t));
const series = { names: ["load", "heat"], series: [load12, heat12], length: 12 };

/** What a model answers, or writes by a seed. */
async function answersOf(model: Model): Promise<unknown[]> {
  const engine = nodeEngine({ threads: 1 });
  const drawn = { engine, seed: 7, maxTokens: 12 };
  const inputs = model.task === "forecaster" ? [{ series }] : model.task === "toy" ? [5] : ["a fine waste of Rome"];
  const items: AsyncIterable<unknown> =
    model.task === "language-model"
      ? generate(model, { ...drawn, prompt: "ab" })
      : model.task === "generator"
        ? compose(model, { ...drawn, count: 2 })
        : predict(model, inputs as never[], { engine });
  const found: unknown[] = [];
  for await (const one of items) found.push(one);
  expect(found.length).toBeGreaterThan(0);
  return found;
}

it.each([
  "language model, lstm",
  "classifier, feed-forward",
  "regressor",
  "forecaster",
  "tagger, CRF and characters",
  "translator, input feeding",
  "generator, text",
  "generator, melody",
  "toy, numbers",
  "toy, symbols",
])("%s: the same answers, from ONNX files and from a folder for the Hub", async (name) => {
  const model = modelNamed(name);
  const expected = await answersOf(model);
  expect(await answersOf(await load(filesOf(model)))).toEqual(expected);
  const hub = await hubFiles(model, { name });
  expect([...hub.keys()]).toEqual(expect.arrayContaining(["README.md", "config.json", "model.safetensors"]));
  expect(await answersOf(await load(hub))).toEqual(expected);
  const onnx = [...hub].filter(([path]) => path.startsWith("onnx/"));
  expect(onnx).toHaveLength(model.task === "translator" ? 2 : 1);
  expect(await answersOf(await load(new Map(onnx)))).toEqual(expected);
});

it("a page loads it from memory and from chosen files", async () => {
  const model = modelNamed("tagger, CRF and characters");
  const files = filesOf(model);
  const bytes = files.get("a.onnx") as Uint8Array<ArrayBuffer>;
  for (const source of [files, { "a.onnx": bytes }, [new File([bytes], "a.onnx")]])
    expect(numbers(await loadInPage(source))).toEqual(numbers(model));
});

it("loops of cells with an operator become that operator, others a Scan", () => {
  const operators = (name: string) => {
    const files: Readonly<Record<string, Uint8Array>> = exportOnnx(modelNamed(name));
    const all = Object.values(files).flatMap((bytes) => readOnnx(bytes).operators);
    return all.filter((type) => ["LSTM", "GRU", "RNN", "Scan"].includes(type)).sort();
  };
  const twice = (type: string) => [type, type];
  for (const [cell, type] of Object.entries({
    lstm: "LSTM",
    gru: "GRU",
    rnn: "RNN",
    "rnn-relu": "RNN",
    "gru-reset-before": "GRU",
    "lstm-peephole": "LSTM",
    "gru-simplified": "Scan",
    "lstm-layer-norm": "Scan",
  })) {
    expect(operators(`language model, ${cell}`), cell).toEqual(twice(type));
    expect(operators(`classifier, ${cell} both ways`), cell).toEqual(twice(type));
  }
  expect(operators("translator, no attention")).toEqual(twice("LSTM"));
  expect(operators("forecaster")).toEqual(["GRU"]);
});

it("refuses what is not a whole model", async () => {
  const files = filesOf(modelNamed("translator, attention"));
  const half = new Map([["a.encoder.onnx", files.get("a.encoder.onnx")!]]);
  await expect(load(half)).rejects.toThrow("expected the encoder and the decoder of a translator, got encoder");
  await expect(load(new Map([["a.onnx", new Uint8Array(0)]]))).rejects.toThrow("expected an ONNX file");
  await expect(load(new Map([["a.onnx", Uint8Array.of(0x3a, 0)]]))).rejects.toThrow("that Unrolled exported");
  const whole = filesOf(modelNamed("forecaster")).get("a.onnx")!;
  for (const cut of [10, whole.length >> 1, whole.length - 1])
    await expect(load(new Map([["a.onnx", whole.subarray(0, cut)]]))).rejects.toThrow(/^load\(a\.onnx\): /);
});
