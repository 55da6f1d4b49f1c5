// Every built-in cell at the same number of parameters, as a character language model: bits per character on the last
// tenth of a text, and training speed.
//
//   npm run build && node bench/cells.mjs FILE [--cells lstm,min-gru] [--parameters N] [--layers L] [--steps N | --minutes M]
//                                              [--width H] [--pre-norm] [--seed S]
//
// --minutes is per cell. --width H: all cells with H units instead of equal parameters, for tokens per second at equal
// width. --pre-norm: each layer in a pre-norm residual block, as minGRU, SRU and RG-LRU are used in their papers.
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import * as u from "../dist/index.js";
import { cellNames, dense, encoderOf, preNorm, stacked } from "../dist/nn/index.js";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    cells: { type: "string", default: cellNames.join(",") },
    parameters: { type: "string", default: "200000" },
    width: { type: "string" },
    layers: { type: "string", default: "1" },
    "pre-norm": { type: "boolean", default: false },
    steps: { type: "string", default: "1000" },
    minutes: { type: "string" },
    batch: { type: "string", default: "32" },
    bptt: { type: "string", default: "64" },
    lr: { type: "string", default: "0.004" },
    seed: { type: "string", default: "1" },
  },
});
const file = positionals[0];
if (!file) {
  console.error(
    "usage: node bench/cells.mjs FILE [--cells a,b] [--parameters N | --width H] [--steps N | --minutes M]",
  );
  process.exit(2);
}
const [layers, batchSize, bptt, learningRate, seed] = ["layers", "batch", "bptt", "lr", "seed"].map((name) =>
  Number(values[name]),
);
const embeddingSize = 64;
const text = readFileSync(file, "utf8");
const cut = Math.floor(text.length * 0.9);
const tokenizer = u.charTokenizer.fit(text);
const [train, valid] = [text.slice(0, cut), text.slice(cut)].map((part) => tokenizer.encode(part));

/** A stack of one cell; in pre-norm blocks above a projection to the width of the state. */
function encoder(cell, hiddenSize) {
  if (!values["pre-norm"]) return encoderOf(cell, { hiddenSize, numLayers: layers });
  const blocks = Array.from({ length: layers }, () => preNorm(encoderOf(cell, { hiddenSize })));
  return stacked([dense({ outputSize: hiddenSize }), ...blocks]);
}

const modelOf = (cell, hiddenSize) =>
  u.languageModel({ tokenizer, encoder: encoder(cell, hiddenSize), embeddingSize, seed });

/** Parameters of the recurrent layers alone: embedding and output layer are the same kind of cost for all. */
function count(cell, hiddenSize) {
  const { parameters } = encoder(cell, hiddenSize).build(embeddingSize);
  return parameters.reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0);
}

/** The largest width, a multiple of 8, whose recurrent layers have at most so many parameters. */
function widthFor(cell, parameters) {
  let width = 8;
  while (count(cell, width + 8) <= parameters) width += 8;
  return width;
}

for (const cell of values.cells.split(",")) {
  const hiddenSize = values.width ? Number(values.width) : widthFor(cell, Number(values.parameters));
  const model = modelOf(cell, hiddenSize);
  const budget = values.minutes ? { minutes: Number(values.minutes) } : { steps: Number(values.steps) };
  const warm = 5; // steps before the clock starts: compilation, first allocations
  let began = performance.now();
  let last;
  const optimizer = u.adamW({ learningRate });
  const options = { ...budget, batchSize, bptt, optimizer, schedule: u.oneCycle(), clipNorm: 1, seed };
  for await (const progress of u.train(model, train, options)) {
    last = progress;
    if (progress.step === warm) began = performance.now();
  }
  const seconds = (performance.now() - began) / 1000;
  const { nats } = await u.evaluate(model, valid);
  console.log(
    JSON.stringify({
      bench: "cells",
      cell,
      hiddenSize,
      layers,
      preNorm: values["pre-norm"],
      parameters: count(cell, hiddenSize),
      bitsPerCharacter: Number((nats / Math.LN2).toFixed(4)),
      steps: last.step,
      tokensPerSecond: Math.round(((last.step - warm) * batchSize * bptt) / seconds),
      seconds: Math.round(seconds),
      seed,
    }),
  );
}
