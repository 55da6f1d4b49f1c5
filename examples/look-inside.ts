// What a cell becomes: its graph, the graph of its gradients, and what the passes make of them.
import { gradient } from "../src/compile/gradient.ts";
import { forwardPasses, runPasses } from "../src/compile/passes/index.ts";
import { printGraph } from "../src/compile/print.ts";
import { optimize } from "../src/engine/onnx/passes.ts";
import { type Layer, parameterInputs } from "../src/nn/index.ts";
import { input, mean, mul } from "../src/tensor/index.ts";

/** The graph of a squared output and its gradients, as text: as written, and as it runs. */
export function run(layer: Layer): { written: string; runs: string } {
  const block = layer.build(3);
  const parameters = parameterInputs(block.parameters);
  const { outputs } = block.apply(parameters, input("x", ["T", "B", 3]));
  const forward = { loss: mean(mul(outputs, outputs)) };
  const { loss } = runPasses(forward, forwardPasses);
  const gradients = gradient(loss!, Object.values(parameters));
  const names = Object.keys(parameters);
  const all = { loss: loss!, ...Object.fromEntries(names.map((name, i) => [`d.${name}`, gradients[i]!])) };
  return { written: printGraph(forward), runs: printGraph(optimize(all)) };
}
