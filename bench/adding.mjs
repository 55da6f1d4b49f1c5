// The adding problem: test mean squared error of a GRU after a given budget (Hochreiter & Schmidhuber 1997; T = 600 as in
// Li et al. 2018).
//
//   npm run build && node bench/adding.mjs [T] [--minutes M | --steps N] [--seed S] [--hidden H] [--batch B] [--lr X] [--timescale T]
//
// The gates begin with memories of 1 to T steps (chrono initialization, Tallec & Ollivier 2018); --timescale 0: without.
import { parseArgs } from "node:util";
import * as u from "./library.mjs";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    minutes: { type: "string" },
    steps: { type: "string", default: "2000" },
    seed: { type: "string", default: "1" },
    hidden: { type: "string", default: "64" },
    batch: { type: "string", default: "32" },
    lr: { type: "string", default: "0.004" },
    timescale: { type: "string" },
    cell: { type: "string", default: "gru" },
  },
});
const toy = `adding:${positionals[0] ?? 600}`;
const [seed, hiddenSize, batchSize, learningRate] = ["seed", "hidden", "batch", "lr"].map((name) =>
  Number(values[name]),
);
const timescale = Number(values.timescale ?? positionals[0] ?? 600) || undefined;
const model = u.toyModel({ toy, encoder: u[values.cell]({ hiddenSize, timescale }), seed });
const test = { from: 0, count: 1000 };
const budget = values.minutes ? { minutes: Number(values.minutes) } : { steps: Number(values.steps) };
const began = performance.now();
let last;
for await (const progress of u.train(
  model,
  { from: 10_000, count: 1e6 },
  {
    ...budget,
    batchSize,
    optimizer: u.adamW({ learningRate, weightDecay: 0 }),
    schedule: u.oneCycle(),
    clipNorm: 1,
    seed,
  },
)) {
  last = progress;
  if (progress.step % 100 === 0)
    console.log(`step ${progress.step}  ${progress.elapsed.toFixed(0)} s  loss ${progress.loss.toExponential(2)}`);
}
const seconds = (performance.now() - began) / 1000;
const { nats: mse } = await u.evaluate(model, test);
console.log(
  JSON.stringify({
    bench: toy,
    target: "test MSE 1e-3",
    mse,
    steps: last.step,
    seed,
    trainSeconds: Math.round(seconds),
    recipe: { cell: values.cell, hiddenSize, batchSize, learningRate, timescale, ...budget },
  }),
);
