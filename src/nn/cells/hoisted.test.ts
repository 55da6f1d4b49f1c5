// Cells whose products read the input only: the passes compute all products outside the loop, forward and backward.
import { describe, expect, it } from "vitest";
import { gradient } from "../../compile/gradient.ts";
import { finalPasses, forwardPasses, runPasses } from "../../compile/passes/index.ts";
import { graphSize } from "../../compile/print.ts";
import { input, sum } from "../../tensor/index.ts";
import { bidirectional, type Layer, preNorm, stacked } from "../index.ts";
import { parameterInputs } from "../parameters.ts";
import { type CellName, encoderOf } from "./built-in.ts";

/** Products at each step of each loop: of the forward graph, and of a whole training step. */
function productsInLoops(layer: Layer, inputSize: number) {
  const block = layer.build(inputSize);
  const parameters = parameterInputs(block.parameters);
  const { outputs } = block.apply(parameters, input("x", ["T", "B", inputSize]), {
    lengths: input("lengths", ["B"], { dtype: "int" }),
    resetAt: input("resetAt", ["T", "B"], { dtype: "int" }),
  });
  const forward = runPasses({ outputs }, forwardPasses);
  const gradients = gradient(sum(forward.outputs!), Object.values(parameters));
  const step = runPasses({ ...forward, ...Object.fromEntries(gradients.map((one, i) => [`d${i}`, one])) }, finalPasses);
  const inLoops = (graph: typeof forward) => graphSize(graph).loops.map(({ products }) => products);
  return { forward: inLoops(forward), step: inLoops(step) };
}

const hoisted: CellName[] = ["min-gru", "min-lstm", "sru", "qrnn", "rg-lru"];

describe.each(hoisted)("%s", (name) => {
  it.each([3, 5])("no product in any loop, %i inputs", (inputSize) => {
    const { forward, step } = productsInLoops(encoderOf(name, { hiddenSize: 5 }), inputSize);
    expect(forward).toEqual([0]);
    expect(step).toEqual([0, 0]);
  });
  it("no product in any loop of a deep network", () => {
    const one = encoderOf(name, { hiddenSize: 4 });
    const deep = stacked([bidirectional(encoderOf(name, { hiddenSize: 2 })), preNorm(one), preNorm(one)]);
    const { forward, step } = productsInLoops(deep, 3);
    expect(forward).toEqual([0, 0, 0, 0]);
    expect(step).toEqual(new Array(8).fill(0));
  });
});

it("an LSTM keeps its recurrent product", () => {
  expect(productsInLoops(encoderOf("lstm", { hiddenSize: 5 }), 3).forward).toEqual([1]);
});
