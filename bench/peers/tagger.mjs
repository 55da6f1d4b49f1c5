// Unrolled's tagger as a child of the bench: node tagger.mjs '{"source":"en_ewt-ud-train.conllu.gz","decoder":"crf",...}'

import { makeTagger } from "../ours.mjs";
import { serve } from "./serve.mjs";

const options = JSON.parse(process.argv[2]);
const { name, step } = await makeTagger(options);
serve({ name, unitsPerStep: options.batch, go: async (steps) => ({ loss: await step(steps) }) });
