// Unrolled itself as a child of the bench: ours.mjs in the folder above says how the library is used.
//
//   node ours.mjs '{"task":"train","cell":"lstm","hidden":128,...}'      (task: train, evaluate, sample)

import { makeEvaluation, makeOurs, makeSampler } from "../ours.mjs";
import { serve } from "./serve.mjs";

const options = JSON.parse(process.argv[2]);

if (options.task === "sample") {
  const sampler = await makeSampler(options);
  serve({
    name: sampler.name,
    unitsPerStep: 1,
    go: async (steps) => ({ drawn: (await sampler.sample(steps)).length }),
  });
} else if (options.task === "evaluate") {
  const { name, tokens, evaluate } = await makeEvaluation(options);
  serve({
    name: `${name}, evaluation`,
    unitsPerStep: tokens,
    async go(steps) {
      let loss = Number.NaN;
      for (let i = 0; i < steps; i++) loss = await evaluate();
      return { loss };
    },
  });
} else {
  const trainer = await makeOurs(options);
  serve({
    name: trainer.name,
    unitsPerStep: options.batch * options.bptt,
    go: async (steps) => ({ loss: await trainer.step(steps) }),
  });
}
