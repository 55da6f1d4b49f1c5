// How fast an engine trains a model: some steps of the run that is to come, on a session of its own.
import { foldIn, randomKey } from "../base/index.ts";
import { engineOf } from "../engine/default.ts";
import type { TrainOptions } from "./loop.ts";
import { adamW } from "./optimizers/index.ts";
import { phases } from "./phases.ts";
import { trainingRunner } from "./runner.ts";
import { shardsOf } from "./shards.ts";
import type { Trainable } from "./trainable.ts";

/**
 * Trains a copy of the model's parameters for about `seconds` and returns the tokens per second. The model is not changed.
 * Compiling and the first step, which warms up, do not count.
 */
export async function trainingSpeed<Data>(
  model: Trainable<Data>,
  data: Data,
  options: TrainOptions<Data>,
  seconds = 1,
): Promise<number> {
  const { optimizer = adamW(), batchSize = 32, bptt = 64, clipNorm = 1, seed = 1337 } = options;
  const { threads, workers, groups, reportEvery = 1 } = options;
  const engine = engineOf("trainingSpeed", options.engine);
  const source = model.batches(data, { batchSize, bptt, seed });
  const shards = options.shards ?? shardsOf(model, source.kind, engine, batchSize);
  const { active } = phases(model.specs, model.layout, source.perEpoch)(0);
  const step = { kind: source.kind, optimizer, clipNorm, active, groups, shards };
  const runner = await trainingRunner(model, step, engine, { threads, workers });
  try {
    const zeros = () => new Float32Array(model.layout.length);
    const moments = Object.fromEntries(optimizer.moments.map((name) => [name, zeros()]));
    await runner.write({ parameters: model.parameters, moments, carried: {} });
    let cursor = source.start;
    let [tokens, began] = [0, 0];
    for (let number = 0; ; number++) {
      const batch = source.at(cursor);
      const spent = (performance.now() - began) / 1000;
      const last = number > 1 && spent + spent / (number - 1) >= seconds;
      const report = number === 0 || last || number % reportEvery === 0;
      const key = foldIn(foldIn(randomKey(seed), "dropout"), number);
      await runner.run(batch, { step: number + 1, learningRate: optimizer.config.learningRate, key, report });
      cursor = batch.next;
      if (number === 0) began = performance.now();
      else tokens += batch.tokens;
      if (last) return tokens / ((performance.now() - began) / 1000);
    }
  } finally {
    await runner.release();
  }
}
