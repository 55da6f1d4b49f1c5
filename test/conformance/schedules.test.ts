// What the schedules make of twenty models, counted. A pass that stops firing shows here, and so does one that a change
// makes fire more often. Per loop: operations at each step, of which products; `+` operations outside all loops.
import { describe, expect, it } from "vitest";
import { gradient } from "../../src/compile/gradient.ts";
import { forwardPasses, runPasses } from "../../src/compile/passes/index.ts";
import { graphSize } from "../../src/compile/print.ts";
import { optimize } from "../../src/engine/onnx/passes.ts";
import {
  additive,
  attend,
  bidirectional,
  collect,
  dense,
  embedding,
  gru,
  type Layer,
  layerNorm,
  lstm,
  parameterInputs,
  recurrent,
  residual,
  rnn,
  sequenceCrossEntropy,
  sru,
  stacked,
  under,
} from "../../src/nn/index.ts";
import {
  add,
  concat,
  input,
  linear,
  mul,
  reshape,
  scan,
  sum,
  type Tensor,
  tanh,
  zeros,
} from "../../src/tensor/index.ts";
import { cells } from "./cells.ts";
import { trace } from "./traced.ts";
import { writtenOutGru, writtenOutLstm } from "./written-out.ts";

type Outputs = Readonly<Record<string, Tensor>>;

/** `19/1, 26/1 + 8`: two loops with 19 and 26 operations at each step, one product each, and 8 operations outside. */
function counted(outputs: Outputs): string {
  const { outside, loops } = graphSize(outputs);
  return `${loops.map(({ operations, products }) => `${operations}/${products}`).join(", ")} + ${outside}`;
}

/** Prediction, then training. */
function layerSizes(layer: Layer, ragged = false): string[] {
  const { forward, loss, inputs, gradients } = trace(layer, 3, { ragged });
  const before = runPasses({ ...forward, loss }, forwardPasses);
  const cotangents = gradient(before.loss!, inputs);
  const { loss: _, ...results } = before;
  const named = Object.fromEntries(Object.keys(gradients).map((name, i) => [name, cotangents[i]!]));
  return [counted(optimize(results)), counted(optimize({ ...results, ...named }))];
}

/** Prediction, training, and one step at a time. */
function languageModelSizes(encoder: Layer, { vocabulary = 7, tied = false } = {}): string[] {
  const blocks = {
    embedding: embedding({ embeddingSize: 4 }).build(vocabulary),
    encoder: encoder.build(4),
    project: dense({ outputSize: vocabulary, tied }).build(4),
  };
  const all = parameterInputs(collect(blocks));
  const weight: Record<string, Tensor> = tied ? { weight: all["embedding.weight"]! } : {};
  const logitsOf = (tokens: Tensor) => {
    const { outputs } = blocks.encoder.apply(
      under(all, "encoder"),
      blocks.embedding.apply(under(all, "embedding"), tokens).outputs,
    );
    return blocks.project.apply({ ...under(all, "project"), ...weight }, outputs).outputs;
  };
  const ids = (name: string, time: "T" | 1) => input(name, [time, "B"], { dtype: "int" });
  const loss = sequenceCrossEntropy(logitsOf(ids("tokens", "T")), ids("targets", "T")).mean;
  const before = runPasses({ loss }, forwardPasses);
  const gradients = gradient(before.loss!, Object.values(all));
  const training = { ...before, ...Object.fromEntries(gradients.map((g, i) => [`g${i}`, g])) };
  const step = optimize({ logits: logitsOf(ids("tokens", 1)) }, { baked: true });
  return [counted(optimize(before)), counted(optimize(training)), counted(step)];
}

/** A decoder that looks back at M [B, S, 3] and feeds what it saw to its next step. Prediction and training. */
function attentionSizes(): string[] {
  const attention = additive({ size: 4 }).build(4, 3);
  const [W, U, b] = [input("W", [4, 5]), input("U", [4, 4]), input("b", [4])];
  const all = { ...parameterInputs(attention.parameters), W, U, b };
  const memory = input("memory", ["B", "S", 3]);
  const keys = attention.keys(all, memory);
  const { outputs } = scan(
    ([x], { a, seen }) => {
      const next = tanh(add(linear(concat([x!, seen]), W, b), linear(a, U)));
      const looked = attend(attention, all, reshape(next, ["B", 1, 4]), {
        memory,
        keys,
        mask: input("mask", ["B", "S"]),
      });
      return { outputs: [next], state: { a: next, seen: reshape(looked.contexts, ["B", 3]) } };
    },
    { initial: { a: input("a", ["B", 4]), seen: zeros(["B", 3]) }, xs: [input("x", ["T", "B", 2])] },
  );
  const before = runPasses({ loss: sum(mul(outputs[0]!, outputs[0]!)) }, forwardPasses);
  const gradients = gradient(before.loss!, Object.values(all));
  const training = { ...before, ...Object.fromEntries(gradients.map((g, i) => [`g${i}`, g])) };
  return [counted(optimize(before)), counted(optimize(training))];
}

const of = (name: keyof typeof cells): Layer => recurrent(cells[name]!.cell, { hiddenSize: 4 });
const written = () => recurrent(writtenOutLstm, { hiddenSize: 4 });

const table: Record<string, [sizes: () => string[], ...expected: string[]]> = {
  rnn: [() => layerSizes(of("rnn")), "5/1 + 4", "6/1, 7/1 + 18"],
  "rnn with ReLU": [() => layerSizes(of("rnn relu")), "5/1 + 4", "6/1, 7/1 + 18"],
  "a user's own cell": [() => layerSizes(of("a user's own")), "5/1 + 4", "6/1, 7/1 + 18"],
  gruSimplified: [() => layerSizes(of("gruSimplified")), "12/1 + 4", "13/1, 18/1 + 18"],
  gru: [() => layerSizes(of("gru")), "21/1 + 5", "22/1, 26/1 + 21"],
  "gru, reset before": [() => layerSizes(of("gru reset before")), "20/2 + 6", "21/2, 30/2 + 26"],
  lstm: [() => layerSizes(of("lstm")), "17/1 + 6", "18/1, 27/1 + 23"],
  peepholeLstm: [() => layerSizes(of("peepholeLstm")), "23/1 + 12", "24/1, 42/1 + 33"],
  "sru: what needs no state is done outside, up to a width of 256": [
    () => layerSizes(sru({ hiddenSize: 256 })),
    "7/0 + 20",
    "7/0, 10/0 + 56",
  ],
  "sru, wide": [() => layerSizes(sru({ hiddenSize: 257 })), "21/0 + 6", "21/0, 34/0 + 22"],
  "lstm on rows of unlike lengths": [() => layerSizes(of("lstm"), true), "20/1 + 14", "21/1, 34/1 + 31"],
  "lstm, bidirectional": [
    () => layerSizes(bidirectional(of("lstm"))),
    "17/1, 17/1 + 13",
    "18/1, 18/1, 27/1, 27/1 + 46",
  ],
  "lstm, three layers": [
    () => layerSizes(lstm({ hiddenSize: 4, numLayers: 3 })),
    "17/1, 17/1, 17/1 + 18",
    "18/1, 18/1, 18/1, 27/1, 27/1, 27/1 + 63",
  ],
  "gru between normalization and residuals": [
    () => layerSizes(stacked([layerNorm(), residual(gru({ hiddenSize: 3 })), layerNorm()])),
    "21/1 + 30",
    "22/1, 26/1 + 87",
  ],
  "LSTM written gate by gate": [() => layerSizes(written()), "17/1 + 9", "18/1, 27/1 + 38"],
  "GRU written gate by gate": [
    () => layerSizes(recurrent(writtenOutGru, { hiddenSize: 4 })),
    "21/1 + 8",
    "22/1, 26/1 + 33",
  ],
  "three LSTMs written gate by gate": [
    () => layerSizes(stacked([written(), written(), written()])),
    "17/1, 17/1, 17/1 + 27",
    "18/1, 18/1, 18/1, 27/1, 27/1, 27/1 + 108",
  ],
  "a decoder with attention": [attentionSizes, "20/5 + 11", "22/5, 26/4 + 34"],
  "language model, rnn": [() => languageModelSizes(rnn({ hiddenSize: 4 })), "5/1 + 14", "6/1, 7/1 + 32", " + 8"],
  "language model, lstm": [() => languageModelSizes(lstm({ hiddenSize: 4 })), "17/1 + 14", "18/1, 27/1 + 32", " + 16"],
  "language model, two layers of gru": [
    () => languageModelSizes(gru({ hiddenSize: 4, numLayers: 2 })),
    "21/1, 21/1 + 18",
    "22/1, 22/1, 26/1, 26/1 + 47",
    " + 31",
  ],
  "language model, tied output": [
    () => languageModelSizes(lstm({ hiddenSize: 4 }), { tied: true }),
    "17/1 + 14",
    "18/1, 27/1 + 33",
    " + 16",
  ],
  "language model of 5,000 tokens": [
    () => languageModelSizes(lstm({ hiddenSize: 4 }), { vocabulary: 5000 }),
    "17/1 + 14",
    "18/1, 27/1 + 33",
    " + 16",
  ],
  "language model, written gate by gate": [
    () => languageModelSizes(written()),
    "17/1 + 17",
    "18/1, 27/1 + 47",
    " + 21",
  ],
};

describe("the schedule of", () => {
  it.each(Object.entries(table))("%s", (_, [sizes, ...expected]) => {
    expect(sizes()).toEqual(expected);
  });
});

const promised: Record<string, [slide: Layer, own: Layer]> = {
  "an LSTM": [written(), lstm({ hiddenSize: 4 })],
  "a GRU": [recurrent(writtenOutGru, { hiddenSize: 4 }), gru({ hiddenSize: 4 })],
  "four LSTMs, stacked": [stacked([written(), written(), written(), written()]), lstm({ hiddenSize: 4, numLayers: 4 })],
  "two bidirectional LSTMs, stacked": [
    stacked([bidirectional(written()), bidirectional(written())]),
    stacked([bidirectional(lstm({ hiddenSize: 4 })), bidirectional(lstm({ hiddenSize: 4 }))]),
  ],
};

describe("a cell written gate by gate gets the loops of the built-in one", () => {
  const loops = (text: string) => text.replace(/ \+.*/, "");
  it.each(Object.entries(promised))("%s", (_, [slide, own]) => {
    for (const ragged of [false, true])
      expect(layerSizes(slide, ragged).map(loops)).toEqual(layerSizes(own, ragged).map(loops));
  });
});
