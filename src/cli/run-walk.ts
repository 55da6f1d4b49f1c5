// unrolled walk: a small language model is traced, rewritten, differentiated and lowered; each graph is printed.
import { fail } from "../base/index.ts";
import { gradient } from "../compile/gradient.ts";
import { forwardPasses, type Pass } from "../compile/passes/index.ts";
import { graphSize, printGraph } from "../compile/print.ts";
import { lower } from "../engine/onnx/lower.ts";
import { encodeModel } from "../engine/onnx/model.ts";
import { onnxPasses } from "../engine/onnx/passes.ts";
import { printOnnx } from "../engine/onnx/print.ts";
import { collect, dense, embedding, parameterInputs, sequenceCrossEntropy, under } from "../nn/index.ts";
import { input, type Tensor } from "../tensor/index.ts";
import { type CellName, encoderOf } from "./cells.ts";
import { type Host, writeJson } from "./host.ts";

/** Sizes small enough to read and unlike each other, so that shapes tell axes apart. */
const [V, D, H] = [5, 3, 4];

type Outputs = Readonly<Record<string, Tensor>>;

interface Stage {
  name: string;
  about: string;
  text: string;
  /** Operations outside loops, and in each loop at every step. */
  size?: ReturnType<typeof graphSize>;
}

const about: Readonly<Record<string, string>> = {
  trace: `the model as it is written, run once on symbols: V = ${V} tokens, embedding ${D}, ${H} units`,
  simplify: "small equalities: adding 0, multiplying by 1, reshaping twice; what is computed twice becomes one",
  hoist: "a product that does not need the state leaves the loop, and is done for all steps at once",
  gatherFirst: "the table is multiplied before its rows are looked up: V products in place of T B",
  gradient: "the chain rule, written with the same operations; the gradient of a loop is a loop the other way",
  sink: "what a loop only hands out leaves it: a weight's gradient becomes one product over all steps",
  layout:
    "inside a loop features become rows, so that the weights stand at the left, where the runtime reads them as they lie",
};

export function runWalk(
  host: Host,
  { cell, stage: only, json }: { cell: CellName; stage?: string; json?: boolean },
): void {
  const all = walk(cell);
  const chosen = only === undefined ? all : all.filter(({ name }) => name === only);
  if (chosen.length === 0) {
    fail({
      where: "--stage",
      expected: `one of ${[...new Set(all.map(({ name }) => name))].join(", ")}`,
      received: only!,
    });
  }
  const { bold, dim } = host.colors;
  for (const { name, about, text, size } of chosen) {
    if (json) writeJson(host, { stage: name, about, size, text });
    else host.out(`${bold(`== ${name}`)}  ${about}\n${size ? `${dim(sizeText(size))}\n` : ""}\n${text}\n`);
  }
}

/** The stages that change something, in order. */
export function walk(cell: CellName): Stage[] {
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
    about: `the file that ONNX Runtime gets: ${bytes.toLocaleString("en-US")} bytes, standard operators`,
    text: printOnnx(graph),
  });
  return stages;
}

function trace(cell: CellName): { loss: Tensor; parameters: Record<string, Tensor> } {
  const blocks = {
    embedding: embedding({ dim: D }).build(V),
    encoder: encoderOf(cell, { hiddenSize: H }).build(D),
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

function sizeText({ outside, loops }: ReturnType<typeof graphSize>): string {
  const each = loops.map(
    ({ operations, products }, i) => `loop${i + 1} repeats ${operations}, ${products} of them products`,
  );
  return [`${outside} operations once`, ...each].join("; ");
}
