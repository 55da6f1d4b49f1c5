// Unrolled's side of the translator measure: ../translator.mjs has the model and the data.

import { makeTranslator } from "../translator.mjs";
import { serve } from "./serve.mjs";

const options = JSON.parse(process.argv[2]);
const { adamW, nodeEngine, train } = await import("../../dist/index.js");
const { model, pairs } = await makeTranslator(options);
const engine = nodeEngine({ threads: options.threads });
const run = train(model, pairs, {
  optimizer: adamW({ learningRate: 2e-3 }),
  batchSize: options.batch,
  clipNorm: 1,
  steps: 1e9, // until the bench has seen enough
  seed: 1,
  engine,
  threads: options.threads,
});
serve({
  name: `unrolled on ${engine.name}`,
  unitsPerStep: options.batch,
  async go(steps) {
    let loss = Number.NaN;
    for (let i = 0; i < steps; i++) loss = (await run.next()).value.loss;
    return { loss };
  },
});
