// A PyTorch state_dict becomes a model: its logits are PyTorch's (fixtures/language-model.json, make_fixtures.py).
import { describe, expect, it } from "vitest";
import { charTokenizer } from "../../src/data/index.ts";
import { referenceEngine, type Value } from "../../src/engine/index.ts";
import {
  fromPyTorch,
  getParameters,
  type Matrix,
  readSafetensors,
  setParameters,
  toPyTorch,
  writeSafetensors,
} from "../../src/interop/index.ts";
import { encoderOf, freeze, gru, lstm, parameterInputs } from "../../src/nn/index.ts";
import { type LanguageModel, languageModel } from "../../src/tasks/index.ts";
import { input } from "../../src/tensor/index.ts";
import { fixture, type LanguageModelCase, worst } from "../fixture.ts";
import { ints } from "../gradient-check.ts";
import { floats } from "./subject.ts";

const tokenizer = charTokenizer.fit("abcdefg");
const rename = { project: "output" };
const cases = fixture("language-model");
const lstmCase = cases.find(({ name }) => name === "lstm")!;

function modelOf({ options: { cell, embeddingSize, hiddenSize, numLayers, tied } }: LanguageModelCase): LanguageModel {
  const encoder = encoderOf(cell as "lstm", { hiddenSize, numLayers });
  return languageModel({ tokenizer, encoder, embeddingSize, tieWeights: tied });
}

/** Logits [B, T, V] from the model's own parameters. */
async function logitsOf(model: LanguageModel, { tokens, initial, options }: LanguageModelCase): Promise<number[]> {
  const state = Object.fromEntries(
    Object.keys(model.state).map((name) => [name, input(name, ["B", options.hiddenSize])]),
  );
  const { logits } = model.apply(parameterInputs(model.specs), input("ids", ["B", "T"], { dtype: "int" }), { state });
  const [B, T] = tokens.shape as [number, number];
  const feeds: Record<string, Value> = {
    ids: ints([B, T], Array.from(tokens.data)),
  };
  for (const [name, { shape, data }] of Object.entries(getParameters(model))) feeds[name] = floats(shape, data);
  for (const name of Object.keys(model.state)) {
    const [, letter = "", layer] = /^([a-z])_l(\d+)$/.exec(name)!;
    const theirs = initial[letter === "a" ? "h" : letter]!;
    const size = B * options.hiddenSize;
    feeds[name] = floats([B, options.hiddenSize], theirs.data.slice(Number(layer) * size, (Number(layer) + 1) * size));
  }
  const program = await referenceEngine().compile({ outputs: { logits } });
  const { data } = (await program.run(feeds)).logits!;
  return Array.from(data);
}

describe.each(cases.map((one) => [one.name, one] as const))("%s", (_, one) => {
  it("setParameters takes the state_dict as it is, and through fromPyTorch", async () => {
    for (const named of [one.parameters, fromPyTorch(one.parameters)]) {
      const model = modelOf(one);
      setParameters(model, named, { rename });
      expect(worst(await logitsOf(model, one), one.expected.logits.data)).toBeLessThan(1e-10);
    }
  });
  it("out and in again changes nothing", () => {
    const [from, to] = [modelOf(one), modelOf(one)];
    setParameters(from, one.parameters, { rename });
    setParameters(to, getParameters(from));
    expect(to.parameters).toEqual(from.parameters);
    setParameters(to, toPyTorch(getParameters(from)));
    expect(to.parameters).toEqual(from.parameters);
  });
});

describe("setParameters", () => {
  const setting = (named: Readonly<Record<string, Matrix>>, options = {}) => {
    const model = modelOf(lstmCase);
    const before = model.parameters.slice();
    return {
      act: () => {
        try {
          setParameters(model, named, options);
        } finally {
          expect(model.parameters).toEqual(before); // refused as a whole
        }
      },
    };
  };

  it("lists what is missing and unknown, and proposes the new names", () => {
    const { "project.bias": bias, "encoder.weight_hh_l0": _, ...rest } = lstmCase.parameters;
    expect(setting({ ...rest, "head.bias": bias! }).act).toThrow(
      "setParameters: missing: encoder.weight_hh_l0, output.weight, output.bias; unknown: project.weight, head.bias\n" +
        '  hint: rename: { "project": "output", "head": "output" }',
    );
  });
  it("gives the shape that it expects", () => {
    const wide = { shape: [20, 9], data: new Float32Array(180) };
    expect(setting({ ...lstmCase.parameters, "encoder.weight_ih_l0": wide }, { rename }).act).toThrow(
      "setParameters(encoder.weight_ih_l0): expected [20, 4], got [20, 9]",
    );
    const short = { shape: [20, 4], data: new Float32Array(3) };
    expect(setting({ ...lstmCase.parameters, "encoder.weight_ih_l0": short }, { rename }).act).toThrow(
      "expected [20, 4], got [20, 4] with 3 numbers",
    );
  });
  it("refuses a GRU that resets before the product", () => {
    const one = cases.find(({ name }) => name === "gru")!;
    const encoder = gru({ hiddenSize: 5, reset: "before" });
    const model = languageModel({ tokenizer, encoder, embeddingSize: 4 });
    expect(() => setParameters(model, one.parameters, { rename })).toThrow("PyTorch's GRU resets after the product");
  });
  it("accepts a tied weight that is listed twice, and not another one", () => {
    const one = cases.find(({ name }) => name === "lstm tied")!;
    const twice = { ...one.parameters, "project.weight": one.parameters["embedding.weight"]! };
    const model = modelOf(one);
    setParameters(model, twice, { rename });
    const other = { ...twice["project.weight"], data: twice["project.weight"].data.map((value) => value + 1) };
    expect(() => setParameters(model, { ...twice, "project.weight": other }, { rename })).toThrow(
      "unknown: output.weight",
    );
  });
  it("takes the tensors of a safetensors file", () => {
    const [from, to] = [modelOf(lstmCase), modelOf(lstmCase)];
    setParameters(from, lstmCase.parameters, { rename });
    const files = Object.entries(lstmCase.parameters).map(
      ([name, { shape, data }]) => [name, { shape, data: Float32Array.from(data) }] as const,
    );
    const { tensors } = readSafetensors(writeSafetensors(Object.fromEntries(files)));
    setParameters(to, tensors, { rename });
    expect(to.parameters).toEqual(from.parameters);
  });
  it("partial: sets frozen and trainable parameters that are given, and drops the training state", () => {
    const frozen = languageModel({ tokenizer, encoder: freeze(lstm({ hiddenSize: 2 })), embeddingSize: 4 });
    const before = getParameters(frozen);
    const held = frozen.parameters;
    frozen.training = {} as never;
    setParameters(
      frozen,
      {
        "encoder.bias_ih_l0": { shape: [8], data: new Array(8).fill(3) },
        "output.bias": { shape: [7], data: new Array(7).fill(4) },
      },
      { partial: true },
    );
    const after = getParameters(frozen);
    expect([...after["encoder.bias_ih_l0"]!.data]).toEqual(new Array(8).fill(3));
    expect([...after["output.bias"]!.data]).toEqual(new Array(7).fill(4));
    expect(after["embedding.weight"]).toEqual(before["embedding.weight"]);
    expect(frozen.training).toBeUndefined();
    expect(frozen.parameters).not.toBe(held);
  });
});
