// Files of torch.save (test/fixtures/make_import_files.py) as models: logits are PyTorch's within 1e-5.
import { describe, expect, it } from "vitest";
import fixture from "../../../test/fixtures/import-files.json" with { type: "json" };
import old from "../../../test/fixtures/import-files-1.13.json" with { type: "json" };
import { referenceEngine, type Value } from "../../engine/index.ts";
import { getParameters, readTokens, readWeights, type StateDict, writeSafetensors } from "../../interop/index.ts";
import { weightsOf } from "../../networks/model.ts";
import { nodeEngine } from "../../node/engine.ts";
import { predict } from "../../tasks/index.ts";
import { classifierTask } from "../../tasks/reader/index.ts";
import { languageModelTask } from "../../tasks/sequence/index.ts";
import { taggerTask } from "../../tasks/tagger/index.ts";
import { importLanguageModel, importTagger } from "./import-model.ts";
import { importClassifier, importForecaster, importRegressor } from "./import-reader.ts";
import { importSentenceEncoder } from "./sentence-encoder.ts";
import { importVocabulary } from "./vocabulary.ts";

const { tokens, ids } = fixture;
const [B, T] = [ids.length, ids[0]!.length];
type Files = Record<string, { as: string; base64: string; output?: number[] }>;
/** Those of torch 2.13, and those of 1.13 with the release behind their names. */
const files: Files = {
  ...(fixture.files as Files),
  ...Object.fromEntries(Object.entries(old.files as Files).map(([name, file]) => [`${name}; torch 1.13`, file])),
};
/** A Buffer, as `readFile` gives. */
const bytesOf = (name: string) => Buffer.from(files[name]!.base64, "base64");
const inputs: Value = { dtype: "int", shape: [B, T], data: Int32Array.from(ids.flat()) };

async function logitsOf(state: StateDict, order = tokens): Promise<number[]> {
  const model = importLanguageModel(state, { tokens: order, activation: "tanh" });
  return run(model, state);
}

async function run(model: ReturnType<typeof importLanguageModel>, _: StateDict): Promise<number[]> {
  const { outputs, states } = languageModelTask.graphs(model).model!;
  const session = await referenceEngine().compile({
    outputs: { logits: outputs.logits! },
    constants: weightsOf(model),
  });
  const zeros = Object.entries(states).map(([name, shape]): [string, Value] => [
    `state.${name}`,
    { dtype: "float", shape: [B, ...shape], data: new Float32Array(B * shape[0]!) },
  ]);
  // The file's ids, as the model's tokenizer has them.
  const own = Int32Array.from(ids.flat(), (id) => model.tokenizer.vocabulary.id(tokens[id]!)!);
  const { logits } = await session.run({ ids: { ...inputs, data: own } as Value, ...Object.fromEntries(zeros) });
  const V = tokens.length;
  const place = tokens.map((token) => model.tokenizer.vocabulary.id(token)!);
  return Array.from({ length: B * T * V }, (_, i) => logits!.data[Math.floor(i / V) * V + place[i % V]!]!);
}

function expectClose(found: ArrayLike<number>, expected: readonly number[]): void {
  expect(found.length).toBe(expected.length);
  expect(Math.max(...expected.map((x, i) => Math.abs(x - found[i]!)))).toBeLessThan(1e-5);
}

const languageModels = Object.entries(files).filter(([, file]) => file.as === "language-model" && file.output);

describe("a language model of a PyTorch file", () => {
  it.each(languageModels)("%s", async (name, { output }) => {
    const { state, tokens: own } = readWeights(bytesOf(name));
    if (name.startsWith("flair")) expect(own).toEqual(tokens);
    const activation = name.includes("relu") ? "relu" : "tanh";
    expectClose(await run(importLanguageModel(state, { tokens, activation }), state), output!);
  });

  it("whose unknown token is not the first: rows move", async () => {
    const { state } = readWeights(bytesOf("LSTM"));
    const turned = Object.fromEntries(
      Object.entries(state).map(([name, { shape, data }]) => {
        if (!/^(encoder|decoder)\./.test(name)) return [name, { shape, data }];
        const width = shape[1] ?? 1;
        return [
          name,
          { shape, data: Float32Array.from([...Array.from(data).slice(width), ...Array.from(data).slice(0, width)]) },
        ];
      }),
    );
    const order = [...tokens.slice(1), tokens[0]!];
    expect(importVocabulary(order).tokenizer.special.unk).toBe(0);
    expectClose(await logitsOf(turned, order), files.LSTM!.output!);
  });

  it("in half precision, from torch.save and from safetensors alike", async () => {
    const { state } = readWeights(bytesOf("LSTM, half precision"));
    const halves = Object.fromEntries(
      Object.entries(state).map(([name, { shape, data }]) => [
        name,
        {
          dtype: "BF16" as const,
          shape,
          data: Uint16Array.from(new Uint32Array(Float32Array.from(data).buffer), (x) => x >> 16),
        },
      ]),
    );
    const again = readWeights(writeSafetensors(halves)).state;
    for (const found of [await logitsOf(state), await logitsOf(again)]) {
      const errors = files.LSTM!.output!.map((x, i) => Math.abs(x - found[i]!));
      expect(Math.max(...errors)).toBeLessThan(0.02); // 8 bits of precision and more
      expect(Math.max(...errors)).toBeGreaterThan(0);
    }
  });

  it("names what it cannot import", () => {
    const { state } = readWeights(bytesOf("LSTM"));
    expect(() => importLanguageModel(state, { tokens: tokens.slice(1) })).toThrow(
      "expected 7 tokens, one for each row of [7,3], got 6",
    );
    expect(() => importLanguageModel(state, { tokens: tokens.map(() => "a") })).toThrow('got "a" twice');
    const more = { ...state, "proj.weight": { shape: [9, 9], data: new Float32Array(81) } };
    expect(() => importLanguageModel(more, { tokens })).toThrow("got further tensors: proj.weight [9,9]");
    expect(() => importLanguageModel({ "conv.weight": { shape: [1], data: [0] } }, { tokens })).toThrow(
      "got conv.weight",
    );
    const projected = { ...state, "rnn.weight_hr_l0": { shape: [2, 4], data: new Float32Array(8) } };
    expect(() => importLanguageModel(projected, { tokens })).toThrow("projections");
  });
});

const releases = ["", "; torch 1.13"];
it.each(releases)("a classifier of a PyTorch file%s", async (release) => {
  const { state } = readWeights(bytesOf(`classifier${release}`));
  const model = importClassifier(state, { tokens, labels: ["x", "y", "z"], pooling: "max" });
  const { outputs } = classifierTask.graphs(model).model!;
  const session = await referenceEngine().compile({ outputs, constants: weightsOf(model) });
  const lengths: Value = { dtype: "int", shape: [B], data: new Int32Array(B).fill(T) };
  const { probabilities } = await session.run({ inputs, lengths });
  const logits = files[`classifier${release}`]!.output!;
  const expected = Array.from({ length: B }, (_, b) => {
    const powers = logits.slice(3 * b, 3 * b + 3).map(Math.exp);
    return powers.map((power) => power / powers.reduce((x, y) => x + y));
  });
  expectClose(probabilities!.data as Float32Array, expected.flat());
});

it.each(releases)("a tagger, a tagger with a CRF, a regressor, a forecaster%s", async (release) => {
  const lengths: Value = { dtype: "int", shape: [B], data: new Int32Array(B).fill(T) };
  const engine = referenceEngine();
  for (const name of ["tagger", "tagger, GRU and CRF"]) {
    const { state } = readWeights(bytesOf(name + release));
    const model = importTagger(state, { tokens, tags: ["O", "B-X", "I-X"] });
    const { outputs } = taggerTask.graphs(model).model!;
    const session = await engine.compile({ outputs, constants: weightsOf(model) });
    const { emissions } = await session.run({ words: inputs, lengths });
    expectClose(emissions!.data as Float32Array, files[name + release]!.output!);
    expect(model.config.decoder.type).toBe(name === "tagger" ? "independent" : "crf");
    if (name === "tagger") continue;
    const { "decoder.transitions": transitions } = getParameters(model);
    expect(Array.from(transitions!.data)).toEqual(Array.from(state["crf.transitions"]!.data));
    const { "crf.start_transitions": _, ...part } = state;
    expect(() => importTagger(part, { tokens, tags: ["O", "X", "Y"] })).toThrow(
      "expected a CRF as that of pytorch-crf, with crf.start_transitions [3], got crf.transitions [3,3] alone",
    );
  }
  const regressor = importRegressor(readWeights(bytesOf(`regressor${release}`)).state, { tokens, pooling: "mean" });
  const texts = ids.map((row) =>
    row
      .map((id) => tokens[id])
      .join("")
      .replace("<unk>", "?"),
  );
  const found: number[] = [];
  for await (const { value } of predict(regressor, texts, { engine })) found.push(value);
  expectClose(found, files[`regressor${release}`]!.output!);
  const { state } = readWeights(bytesOf(`forecaster${release}`));
  const model = importForecaster(state, { series: ["u", "v"], length: 5 });
  const series = [0, 1].map((d) => Float64Array.from(fixture.steps[0]!, (step) => step[d]!));
  for await (const { values } of predict(model, [{ series: { names: ["u", "v"], series, length: 5 } }], { engine }))
    expectClose(values, files[`forecaster${release}`]!.output!.slice(0, 3));
});

it.each(releases)(
  "LASER2's encoder gives sentence vectors, whatever the lengths beside a sentence%s",
  async (release) => {
    const encoder = importSentenceEncoder(readWeights(bytesOf(`LASER2${release}`)).state);
    expect(encoder.size).toBe(8);
    const found = await encoder.vectors([...ids, ids[0]!.slice(0, 3)], { engine: nodeEngine({ threads: 1 }) });
    expectClose(
      found.slice(0, 2).flatMap((row) => [...row]),
      files[`LASER2${release}`]!.output!,
    );
    const [alone] = await encoder.vectors([ids[0]!.slice(0, 3)], { engine: nodeEngine({ threads: 1 }) });
    expectClose(found[2]!, [...alone!]);
  },
);

it("reads lists of tokens, and refuses other files", () => {
  const bytes = (text: string) => new TextEncoder().encode(text);
  expect(readTokens(bytes('["a","\\n"]'))).toEqual(["a", "\n"]);
  expect(readTokens(bytes('{"b":1,"a":0}'))).toEqual(["a", "b"]);
  expect(readTokens(bytes('{"b":2,"a":1}'))).toEqual(["<pad>", "a", "b"]);
  expect(readTokens(bytes("the\ncat\n"))).toEqual(["the", "cat"]);
  expect(readTokens(bytes("[\n]\n"))).toEqual([]);
  expect(readTokens(Uint8Array.of(0x80, 2, 0x5d, 0x28, 0x58, 1, 0, 0, 0, 0x61, 0x65, 0x2e))).toEqual(["a"]);
  expect(() => readTokens(bytes('{"b":5}'))).toThrow("expected a list of tokens");
  expect(() => readWeights(Uint8Array.of(0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a, 0))).toThrow(
    "HDF5, the format of Keras",
  );
});
