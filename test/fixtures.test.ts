// The fixtures say what they claim: their layout, checked with the plainest possible LSTM and optimizer, by hand.

import { statSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { type FixtureTensor, fixture, type RecurrentCase, worst } from "./fixture.ts";

const names = ["rnn-tanh", "rnn-relu", "gru", "lstm", "gru-reset-before", "lstm-peepholes", "gru-simplified"] as const;
const sigmoid = (v: number) => 1 / (1 + Math.exp(-v));
const row = ({ shape, data }: FixtureTensor, i: number) => data.slice(i * shape.at(-1)!, (i + 1) * shape.at(-1)!);
const dot = (a: number[], b: number[]) => a.reduce((sum, v, i) => sum + v * b[i]!, 0);

/** One layer of an LSTM over row b of the batch, from the equations: outputs [T][H] and the state at its length. */
function lstmRow({ parameters: p, input, initial, lengths, options: { hiddenSize: H } }: RecurrentCase, b: number) {
  const T = input.shape[1]!;
  let h = row(initial.h!, b);
  let c = row(initial.c!, b);
  const outputs: number[] = [];
  for (let t = 0; t < T; t++) {
    if (lengths && t >= lengths[b]!) {
      outputs.push(...h.map(() => 0));
      continue;
    }
    const x = row(input, b * T + t);
    const gate = (block: number, k: number) => {
      const r = block * H + k;
      const biases = p.bias_ih_l0!.data[r]! + p.bias_hh_l0!.data[r]!;
      return dot(row(p.weight_ih_l0!, r), x) + dot(row(p.weight_hh_l0!, r), h) + biases;
    };
    const next = c.map((old, k) => sigmoid(gate(1, k)) * old + sigmoid(gate(0, k)) * Math.tanh(gate(2, k)));
    h = h.map((_, k) => sigmoid(gate(3, k)) * Math.tanh(next[k]!));
    c = next;
    outputs.push(...h);
  }
  return { outputs, h, c };
}

describe("fixtures", () => {
  it.each(fixture("lstm").filter(({ options }) => options.numLayers === 1 && !options.bidirectional))(
    "lstm, $name: the equations of the header give the outputs",
    (one) => {
      const rows = Array.from({ length: one.input.shape[0]! }, (_, b) => lstmRow(one, b));
      const { output, final } = one.expected;
      expect(
        worst(
          rows.flatMap(({ outputs }) => outputs),
          output.data,
        ),
      ).toBeLessThan(1e-11);
      expect(
        worst(
          rows.flatMap(({ h }) => h),
          final.h!.data,
        ),
      ).toBeLessThan(1e-11);
      expect(
        worst(
          rows.flatMap(({ c }) => c),
          final.c!.data,
        ),
      ).toBeLessThan(1e-11);
    },
  );

  it("adam: two lines of arithmetic give the parameters", () => {
    const [{ start, gradients } = {}] = fixture("optimizers");
    const adam = fixture("optimizers").find(({ name }) => name === "adam")!;
    const p = [...start!.bias!.data];
    const m = p.map(() => 0);
    const v = p.map(() => 0);
    for (let step = 1; step <= 50; step++) {
      row(gradients!.bias!, step - 1).forEach((g, i) => {
        m[i] = 0.9 * m[i]! + 0.1 * g;
        v[i] = 0.999 * v[i]! + 0.001 * g * g;
        p[i]! -= (0.01 * (m[i]! / (1 - 0.9 ** step))) / (Math.sqrt(v[i]! / (1 - 0.999 ** step)) + 1e-8);
      });
    }
    expect(worst(p, adam.expected.after["50"].bias!.data)).toBeLessThan(1e-11);
  });

  it.each(names)("%s: nothing given is zero, so that a forgotten bias or state shows", (name) => {
    for (const { parameters, initial, input, expected } of fixture(name)) {
      for (const { data } of [...Object.values(parameters), ...Object.values(initial), input]) {
        expect(data.every((value) => value !== 0 && Math.fround(value) === value)).toBe(true);
      }
      expect(Object.keys(expected.gradients.parameters)).toEqual(Object.keys(parameters));
    }
  });

  it("stays small", () => {
    const files = [...names, "language-model", "optimizers", "training", "onnx-nodes"];
    const bytes = files.map((name) => statSync(new URL(`./fixtures/${name}.json`, import.meta.url)).size);
    expect(bytes.reduce((a, b) => a + b)).toBeLessThan(3e6);
  });
});
