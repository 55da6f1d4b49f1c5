// Bach's chorales: trains a generator on jsb-chorales-quarter and reports the test loss in nats a time step (88 keys
// summed, the first step of a piece not predicted), with seed and wall time.
//
//   node bench/tasks/chorales.mjs [--data FOLDER] [--seed N] [--set JSON] [--test]
//
// FOLDER (or DATA) holds jsb-chorales/jsb-chorales-quarter.json, perhaps .gz. --set overrides the recipe, which was found
// on the validation part; the test part is read with --test only. Uses the built package (dist/).
import { existsSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { adamW, evaluate, generator, gru, lstm, oneCycle, readChorales, readText, train } from "../library.mjs";

const { values } = parseArgs({
  options: {
    data: { type: "string", default: process.env.DATA },
    seed: { type: "string", default: "1" },
    set: { type: "string", default: "{}" },
    test: { type: "boolean", default: false },
  },
});
const seed = Number(values.seed);
const recipe = {
  cell: "lstm",
  hidden: 256,
  layers: 1,
  embedding: 128,
  dropout: 0.5,
  inputDropout: 0.2,
  lr: 0.004,
  decay: 0.01,
  batch: 8,
  epochs: 20,
  transpose: 0, // adds each training piece moved by up to so many semitones, up and down
  ...JSON.parse(values.set),
};
const base = join(values.data ?? "data", "jsb-chorales", "jsb-chorales-quarter.json");
const file = [base, `${base}.gz`].find((name) => existsSync(name));
if (!file) {
  console.log(`${base} is not there: give --data FOLDER (or DATA), see the head of this script`);
  process.exit(0);
}
const chorales = readChorales(await readText(file), { source: file });
const pieces = (part) => part.map((steps) => ({ steps }));
/** The piece and its transpositions within the piano's keys. */
const moved = ({ steps }) =>
  Array.from({ length: 2 * recipe.transpose + 1 }, (_, i) => i - recipe.transpose)
    .map((by) => ({ steps: steps.map((keys) => keys.map((key) => key + by)) }))
    .filter(({ steps }) => steps.flat().every((key) => key >= 21 && key <= 108));
const training = pieces(chorales.train).flatMap(moved);
const cell = { lstm, gru }[recipe.cell];
const model = generator({
  content: { type: "frames", stepsPerQuarter: 1 },
  encoder: cell({ hiddenSize: recipe.hidden, numLayers: recipe.layers, dropout: recipe.dropout }),
  embeddingSize: recipe.embedding,
  dropout: recipe.inputDropout,
  seed,
});
const began = performance.now();
for await (const { step, valid, loss } of train(model, training, {
  optimizer: adamW({ learningRate: recipe.lr, weightDecay: recipe.decay }),
  schedule: oneCycle(),
  batchSize: recipe.batch,
  epochs: recipe.epochs,
  valid: pieces(chorales.valid),
  seed,
}))
  if (valid) console.log(`step ${step}  train ${loss.toFixed(3)}  valid ${valid.nats.toFixed(4)}`);
const seconds = Math.round((performance.now() - began) / 1000);
const result = { data: "jsb-chorales-quarter", ...recipe, seed, parameters: model.layout.count, seconds };
const valid = (await evaluate(model, pieces(chorales.valid))).nats;
const test = values.test ? (await evaluate(model, pieces(chorales.test))).nats : undefined;
console.log(JSON.stringify({ ...result, valid, test }));
