// One cell on its way from the slide to ONNX: a small language model is traced, rewritten, differentiated and lowered.
import { gradient } from "../compile/gradient.ts";
import { forwardPasses, type Pass } from "../compile/passes/index.ts";
import { graphSize, printGraph } from "../compile/print.ts";
import { lower } from "../engine/onnx/lower.ts";
import { encodeModel } from "../engine/onnx/model.ts";
import { onnxPasses } from "../engine/onnx/passes.ts";
import { printOnnx } from "../engine/onnx/print.ts";
import {
  type Cell,
  type CellName,
  collect,
  dense,
  embedding,
  encoderOf,
  parameterInputs,
  recurrent,
  sequenceCrossEntropy,
  under,
} from "../nn/index.ts";
import { input, type Tensor } from "../tensor/index.ts";

/** Sizes small enough to read, and all different, so that shapes identify axes. */
const [V, D, H] = [5, 3, 4];

type Outputs = Readonly<Record<string, Tensor>>;

/** One graph on the way. */
export interface Stage {
  name: string;
  about: string;
  text: string;
  /** Operations outside loops, and in each loop at every step. */
  size?: ReturnType<typeof graphSize>;
}

const about: Readonly<Record<string, string>> = {
  trace: `the model as it is written, run once on symbols: V = ${V} tokens, embedding ${D}, ${H} units`,
  simplify:
    "removes additions of 0, multiplications by 1, double reshapes and needless repetitions; merges equal computations",
  singleStep: "replaces a loop over one time step with its body",
  fuse: "joins products that read the same tensor into one product, and sums over their parts into one sum",
  hoist: "moves products that do not depend on the state out of the loop, to compute all steps at once",
  gatherFirst: "multiplies the embedding table before looking up its rows: V products instead of T B",
  gradient: "the chain rule, written with the same operations; the gradient of a loop is a loop in reverse",
  sink: "moves results out of the loop: a weight's gradient becomes one product over all steps",
  handOutLess: "hands one value out of the loop where results follow from it; these are computed outside",
  layout: "inside a loop, makes features rows, so that the runtime reads the weights as they lie in memory",
};

/** The stages that change something, in order. */
export function walk(cell: CellName | Cell): Stage[] {
  const stages: Stage[] = [];
  let last = "";
  const show = (name: string, outputs: Outputs) => {
    const text = printGraph(outputs);
    if (text !== last) stages.push({ name, about: about[name] ?? "", text, size: graphSize(outputs) });
    last = text;
  };
  const passes = (start: Outputs, list: Readonly<Record<string, Pass>>): Outputs =>
    Object.entries(list).reduce((outputs, [key, pass]) => {
      const names = Object.keys(outputs);
      const results = pass(Object.values(outputs));
      const after = Object.fromEntries(names.map((name, i) => [name, results[i]!]));
      show(key.startsWith("simplify") ? "simplify" : key, after);
      return after;
    }, start);

  const { loss, parameters } = trace(cell);
  show("trace", { loss });
  const forward = passes({ loss }, forwardPasses);
  const names = Object.keys(parameters);
  const gradients = gradient(forward.loss!, Object.values(parameters));
  const both = { ...forward, ...Object.fromEntries(names.map((name, i) => [`d.${name}`, gradients[i]!])) };
  show("gradient", both);
  const { graph } = lower(passes(both, onnxPasses));
  const bytes = encodeModel(graph).length;
  stages.push({
    name: "onnx",
    about: `the model for ONNX Runtime: ${bytes.toLocaleString("en-US")} bytes of standard operators`,
    text: printOnnx(graph),
  });
  return stages;
}

function trace(cell: CellName | Cell): { loss: Tensor; parameters: Record<string, Tensor> } {
  const blocks = {
    embedding: embedding({ embeddingSize: D }).build(V),
    encoder: (typeof cell === "string" ? encoderOf(cell, { hiddenSize: H }) : recurrent(cell, { hiddenSize: H })).build(
      D,
    ),
    output: dense({ outputSize: V }).build(H),
  };
  const parameters = parameterInputs(collect(blocks));
  const ids = input("ids", ["T", "B"], { dtype: "int" });
  const targets = input("targets", ["T", "B"], { dtype: "int" });
  const x = blocks.embedding.apply(under(parameters, "embedding"), ids).outputs;
  const { outputs } = blocks.encoder.apply(under(parameters, "encoder"), x);
  const logits = blocks.output.apply(under(parameters, "output"), outputs).outputs;
  return { loss: sequenceCrossEntropy(logits, targets).mean, parameters };
}
