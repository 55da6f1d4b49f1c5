// ONNX's own node cases for RNN, GRU and LSTM: their weights brought into our cells give their results, and our export
// of those cells to the operators gives them too. The two directions of the conversion are tested against each other
// and against PyTorch's layers.
import * as ort from "onnxruntime-node";
import { describe, expect, it } from "vitest";
import { referenceEngine, type Value } from "../../src/engine/index.ts";
import { fromOnnxOperator, fromPyTorch, type Matrix, operatorModel, toPyTorch } from "../../src/interop/index.ts";
import {
  bidirectional,
  builtInCell,
  type CellName,
  lstmCell,
  minGruCell,
  parameterInputs,
  recurrent,
} from "../../src/nn/index.ts";
import { firstPlace } from "../../src/nn/layer.ts";
import { input } from "../../src/tensor/index.ts";
import { fixture, worst } from "../fixture.ts";

const value = ({ shape, data }: Matrix): Value => ({ shape, dtype: "float", data: Float32Array.from(data) });
const turned = ({ shape, data }: Matrix, [a, b]: [number, number]): Matrix => {
  const perm = shape.map((_, i) => (i === a ? b : i === b ? a : i));
  const out = perm.map((axis) => shape[axis]!);
  const strides = shape.map((_, i) => shape.slice(i + 1).reduce((x, y) => x * y, 1));
  const result = Array.from({ length: data.length }, (_, flat) => {
    let rest = flat;
    let at = 0;
    for (let i = out.length - 1; i >= 0; i--) {
      at += (rest % out[i]!) * strides[perm[i]!]!;
      rest = Math.floor(rest / out[i]!);
    }
    return data[at]!;
  });
  return { shape: out, data: result };
};

describe.each(fixture("onnx-nodes"))("$name", (node) => {
  const { attributes, inputs, expected } = node;
  const given = inputs as Record<string, Matrix>;
  const direction = (attributes as Record<string, unknown>).direction ?? "forward";
  const batchFirst = (attributes as Record<string, unknown>).layout === 1;
  const before = !(attributes as Record<string, unknown>).linear_before_reset;
  const names: Record<typeof node.operator, CellName> = {
    RNN: "rnn",
    GRU: before ? "gru-reset-before" : "gru",
    LSTM: given.P ? "lstm-peephole" : "lstm",
  };
  const cell = builtInCell(names[node.operator]);
  const { W, R, B, P } = given as { W: Matrix; R: Matrix; B?: Matrix; P?: Matrix };
  const x = batchFirst ? turned(given.X!, [0, 1]) : given.X!;
  const [T, batch] = x.shape as [number, number, number];
  const hidden = R.shape[2]!;
  const count = R.shape[0]!;
  const directions = fromOnnxOperator(cell, { W, R, B, P });
  const lengths = given.sequence_lens ? Int32Array.from(given.sequence_lens.data) : new Int32Array(batch).fill(T);
  const zero: Matrix = { shape: [count, batch, hidden], data: new Float32Array(count * batch * hidden) };
  const want = (name: string) => {
    const result = (expected as Record<string, Matrix | undefined>)[name];
    if (!result) return undefined;
    return batchFirst ? (name === "Y" ? turned(turned(result, [0, 1]), [1, 2]) : turned(result, [0, 1])) : result;
  };

  it("our cell gives its results", async () => {
    const one = recurrent(cell, { hiddenSize: hidden });
    const layer = count === 2 ? bidirectional(one) : one;
    const block = layer.build(x.shape[2]!, direction === "reverse" ? { layer: 0, reverse: true } : firstPlace);
    const parameters = parameterInputs(block.parameters);
    const state = Object.fromEntries(
      Object.entries(block.state).map(([name, shape]) => [name, input(name, ["B", ...shape])]),
    );
    const { outputs, final } = block.apply(parameters, input("x", ["T", "B", x.shape[2]!]), {
      state,
      lengths: input("lengths", ["B"], { dtype: "int" }),
    });
    const feeds: Record<string, Value> = { x: value(x), lengths: { shape: [batch], dtype: "int", data: lengths } };
    for (const { name } of block.parameters) {
      const [, plain = "", reverse] = /^(.*)_l0(_reverse)?$/.exec(name)!;
      feeds[name] = value(directions[count === 2 && reverse ? 1 : 0]![plain]!);
    }
    const initial = (name: string): Matrix => (name.startsWith("c") ? given.initial_c : given.initial_h) ?? zero;
    for (const name of Object.keys(state)) {
      const { data } = initial(name);
      const at = name.endsWith("_reverse") && count === 2 ? batch * hidden : 0;
      feeds[name] = {
        shape: [batch, hidden],
        dtype: "float",
        data: Float32Array.from({ length: batch * hidden }, (_, i) => data[at + i]!),
      };
    }
    const finals = Object.fromEntries(Object.entries(final).map(([name, tensor]) => [`final.${name}`, tensor]));
    const results = await (await referenceEngine().compile({ outputs: { y: outputs, ...finals } })).run(feeds);
    const y = want("Y");
    if (y) expect(worst(results.y!.data, turned(y, [1, 2]).data)).toBeLessThan(1e-6);
    for (const [letter, name] of [
      ["h", "Y_h"],
      ["c", "Y_c"],
    ] as const) {
      const last = want(name);
      if (!last) continue;
      const names = Object.keys(final).filter((key) => (letter === "c" ? key.startsWith("c") : !key.startsWith("c")));
      const found = names.flatMap((key) => [...results[`final.${key}`]!.data]);
      expect(worst(found, last.data)).toBeLessThan(1e-6);
    }
    expect(y ?? want("Y_h") ?? want("Y_c")).toBeDefined();
  });

  it("our export to the operator gives its results", async () => {
    const model = operatorModel({ cell, layers: [directions], reverse: direction === "reverse" });
    const session = await ort.InferenceSession.create(model, { logSeverityLevel: 3, intraOpNumThreads: 1 });
    const tensor = ({ shape, data }: Matrix) => new ort.Tensor("float32", Float32Array.from(data), shape as number[]);
    const feeds: Record<string, ort.Tensor> = {
      x: tensor(x),
      lengths: new ort.Tensor("int32", lengths, [batch]),
      h0: tensor(given.initial_h ?? zero),
    };
    if (node.operator === "LSTM") feeds.c0 = tensor(given.initial_c ?? zero);
    const results = await session.run(feeds);
    const y = want("Y");
    if (y) expect(worst(results.y!.data as Float32Array, turned(y, [1, 2]).data)).toBeLessThan(1e-5);
    const h = want("Y_h");
    if (h) expect(worst(results["h0.next"]!.data as Float32Array, h.data)).toBeLessThan(1e-5);
    const c = want("Y_c");
    if (c) expect(worst(results["c0.next"]!.data as Float32Array, c.data)).toBeLessThan(1e-5);
    await session.release();
  });
});

describe.each(["lstm", "gru", "rnn-tanh", "rnn-relu"] as const)("PyTorch's %s as an ONNX operator", (name) => {
  it.each(fixture(name))("$name", async ({ options, parameters, input: x, initial, lengths, expected }) => {
    const { numLayers = 1, bidirectional: both = false } = options;
    const own = fromPyTorch(parameters);
    const cell = builtInCell(name === "rnn-tanh" ? "rnn" : name);
    const directionsOf = (k: number) =>
      ["", ...(both ? ["_reverse"] : [])].map((ending) =>
        Object.fromEntries(
          ["weight_ih", "weight_hh", "bias_ih", "bias_hn"].flatMap((key) =>
            own[`${key}_l${k}${ending}`] ? [[key, own[`${key}_l${k}${ending}`]!]] : [],
          ),
        ),
      );
    const layersOf = Array.from({ length: numLayers }, (_, k) => directionsOf(k));
    const model = operatorModel({ cell, layers: layersOf });
    const session = await ort.InferenceSession.create(model, { logSeverityLevel: 3, intraOpNumThreads: 1 });
    const [batch, T] = x.shape as [number, number];
    const dirs = both ? 2 : 1;
    const feeds: Record<string, ort.Tensor> = {
      x: new ort.Tensor("float32", Float32Array.from(turned(x, [0, 1]).data), [T, batch, x.shape[2]!]),
      lengths: new ort.Tensor("int32", Int32Array.from(lengths ?? new Array(batch).fill(T)), [batch]),
    };
    const states = Object.entries(initial);
    for (let k = 0; k < numLayers; k++)
      for (const [key, { shape, data }] of states) {
        const size = dirs * batch * shape[2]!;
        const letter = key.startsWith("c") ? "c" : "h";
        feeds[`${letter}${k}`] = new ort.Tensor("float32", Float32Array.from(data.slice(k * size, (k + 1) * size)), [
          dirs,
          batch,
          shape[2]!,
        ]);
      }
    const { y } = await session.run(feeds);
    const output = turned(expected.output, [0, 1]);
    expect(worst(y!.data as Float32Array, output.data)).toBeLessThan(1e-5);
    await session.release();
  });
  it("there and back: the sums of biases and everything else stay", () => {
    const { parameters } = fixture(name)[0]!;
    const own = fromPyTorch(parameters);
    const back = toPyTorch(own);
    expect(Object.keys(back).sort()).toEqual(Object.keys(parameters).sort());
    expect(fromPyTorch(back)).toEqual(own);
    expect(() => toPyTorch({ ...own, weight_peephole_l0: own.bias_ih_l0! })).toThrow(/peepholes/);
  });
});

it("a cell without an operator is refused", () => {
  expect(() => operatorModel({ cell: minGruCell(), layers: [] })).toThrow(
    /operatorModel\(minGru\): expected a cell with/,
  );
  expect(lstmCell().onnx?.type).toBe("LSTM");
});
