import { describe, expect, it } from "vitest";
import { noise } from "../../test/gradient-check.ts";
import { referenceEngine } from "../engine/index.ts";
import {
  bidirectional,
  collect,
  gru,
  type Layer,
  lstm,
  minGru,
  parameterInputs,
  qrnn,
  rgLru,
  rnn,
  sru,
  stacked,
  under,
} from "../nn/index.ts";
import { nodeEngine } from "../node/index.ts";
import { input, mul, slice, sum } from "../tensor/index.ts";
import { gradientFlow } from "./flow.ts";

const [T, D, H] = [6, 2, 3];

/** A target that reads the last step of a layer, and values for its inputs. */
function subject(layer: ReturnType<typeof lstm>, seed: number) {
  const block = layer.build(D);
  const specs = collect({ encoder: block });
  const x = input("x", ["T", "B", D]);
  const { outputs } = block.apply(under(parameterInputs(specs), "encoder"), x);
  const scores = sum(mul(outputs, input("weights", ["T", 1, 1])));
  const feeds = {
    x: noise([T, 1, D], seed),
    weights: { shape: [T, 1, 1], dtype: "float" as const, data: Float64Array.of(0, 0, 0, 0, 0, 1) },
    ...Object.fromEntries(specs.map(({ name, shape }, i) => [name, noise(shape, seed + i, { low: -0.6, high: 0.6 })])),
  };
  return { target: scores, feeds, specs };
}

describe("gradientFlow", () => {
  it("gives what the chain rule gives for the lecture's network: a product of Jacobians", async () => {
    const { target, feeds } = subject(rnn({ hiddenSize: H }), 3);
    const flow = await gradientFlow({ target, feeds, length: T, engine: referenceEngine() });
    const W = feeds["encoder.weight_ih_l0" as "x"].data;
    const U = feeds["encoder.weight_hh_l0" as "x"].data;
    const b = feeds["encoder.bias_ih_l0" as "x"].data;
    const states: number[][] = [];
    let a = new Array<number>(H).fill(0);
    for (let t = 0; t < T; t++) {
      a = a.map((_, i) => {
        let z = b[i]!;
        for (let d = 0; d < D; d++) z += W[i * D + d]! * feeds.x.data[t * D + d]!;
        for (let j = 0; j < H; j++) z += U[i * H + j]! * a[j]!;
        return Math.tanh(z);
      });
      states.push(a);
    }
    // d/da<T> of the sum is all ones; da<t-1> = U' (da<t> * (1 - a<t>^2))
    let da = new Array<number>(H).fill(1);
    const norms = [Math.hypot(...da)];
    for (let t = T - 1; t > 0; t--) {
      const dz = da.map((g, i) => g * (1 - states[t]![i]! ** 2));
      da = da.map((_, j) => dz.reduce((sum, g, i) => sum + U[i * H + j]! * g, 0));
      norms.unshift(Math.hypot(...da));
    }
    const [layer] = flow.layers;
    expect(layer!.layer).toBe("encoder l0");
    for (let t = 0; t < T; t++) {
      expect(layer!.gradients.a![t]).toBeCloseTo(norms[t]!, 10);
      expect(layer!.states.a![t]).toBeCloseTo(Math.hypot(...states[t]!), 10);
    }
    expect(flow.value).toBeCloseTo(
      states.at(-1)!.reduce((x, y) => x + y),
      10,
    );
  });

  it("names layers, directions, states and gates, and agrees on both engines", async () => {
    const { target, feeds, specs } = subject(
      stacked([bidirectional(lstm({ hiddenSize: H })), gru({ hiddenSize: H })]),
      9,
    );
    const exact = await gradientFlow({ target, feeds, specs, length: T, engine: referenceEngine() });
    const fast = await gradientFlow({ target, feeds, specs, length: T, engine: nodeEngine() });
    expect(exact.layers.map(({ layer, reverse }) => [layer, reverse])).toEqual([
      ["encoder l0", false],
      ["encoder l0 reverse", true],
      ["encoder l1", false],
    ]);
    expect(Object.keys(exact.layers[0]!.gates)).toEqual(["input", "forget", "output"]);
    expect(Object.keys(exact.layers[2]!.gates)).toEqual(["reset", "update"]);
    expect(Object.keys(exact.layers[0]!.gradients)).toEqual(["h", "c"]);
    for (const [i, layer] of exact.layers.entries()) {
      for (const part of ["gradients", "gates", "states"] as const) {
        for (const [name, values] of Object.entries(layer[part])) {
          expect(values).toHaveLength(T);
          values.forEach((value, t) => {
            expect(fast.layers[i]![part][name]![t]).toBeCloseTo(value, 4);
          });
        }
      }
    }
  });

  it("is the difference that a nudge of the state makes, the memory of an LSTM included", async () => {
    const { target, feeds, specs } = subject(lstm({ hiddenSize: 1 }), 5);
    const { layers } = await gradientFlow({ target, feeds, specs, length: T, engine: referenceEngine() });
    // One unit: the memory's gradient at T-1 is that of h through o * tanh(c) alone, so at most 1 and above 0.
    expect(layers[0]!.gradients.h!.at(-1)).toBeCloseTo(1, 12);
    const last = layers[0]!.gradients.c!.at(-1)!;
    const o = layers[0]!.gates.output!.at(-1)!;
    const c = layers[0]!.states.c!.at(-1)!; // |c|; 1 - tanh^2 is even
    expect(last).toBeCloseTo(o * (1 - Math.tanh(c) ** 2), 10);
    // and one step before: through h's way to the gates and through the forget gate; the latter alone is a bound only in sign
    expect(layers[0]!.gradients.c!.at(-2)).toBeGreaterThan(0);
  });

  it.each<[string, Layer, string[]]>([
    ["sru", sru({ hiddenSize: H }), ["forget", "reset"]],
    ["qrnn", qrnn({ hiddenSize: H }), ["forget", "output"]],
    ["minGru", minGru({ hiddenSize: H }), ["update"]],
    ["rgLru", rgLru({ hiddenSize: H }), ["recurrence", "input"]],
  ])("%s: gates that only the output reads are there too", async (_, layer, gates) => {
    const { target, feeds, specs } = subject(layer, 5);
    const { layers } = await gradientFlow({ target, feeds, specs, length: T, engine: referenceEngine() });
    expect(Object.keys(layers[0]!.gates)).toEqual(gates);
  });

  it("numbers the gates of a cell without names", async () => {
    const { target, feeds } = subject(lstm({ hiddenSize: H }), 5);
    const { layers } = await gradientFlow({ target, feeds, length: T, engine: referenceEngine() });
    expect(Object.keys(layers[0]!.gates)).toEqual(["gate 1", "gate 2", "gate 3"]);
  });

  it("finds nothing in a graph without recurrent layers", async () => {
    const x = input("x", ["T", "B", D]);
    const flow = await gradientFlow({
      target: sum(slice(x, 2, 0, 1)),
      feeds: { x: noise([T, 1, D], 1) },
      length: T,
      engine: referenceEngine(),
    });
    expect(flow.layers).toEqual([]);
    expect(flow.saliency).toEqual(new Array(T).fill(1)); // d (x + ...) / d x of the numbers themselves
  });
});
