// A language model of a text: tokens, training with what is held out as the judge, a folder to keep it in, and writing.
//
// In a project of your own, write `from "unrolled"` for the import below.
import {
  adamW,
  charTokenizer,
  generate,
  languageModel,
  load,
  lstm,
  oneCycle,
  save,
  split,
  temperature,
  topK,
  train,
} from "../src/index.ts";

/** Trains on the text, keeps the model in the folder, loads it again and lets it write. */
export async function run(text: string, folder: string, { steps = 1000, hiddenSize = 128 } = {}) {
  const tokenizer = charTokenizer.fit(text);
  const data = split(tokenizer.encode(text), { valid: 0.1 });
  const model = languageModel({ tokenizer, encoder: lstm({ hiddenSize, dropout: 0.1 }), seed: 1337 });

  const losses: number[] = [];
  for await (const { valid } of train(model, data.train, {
    optimizer: adamW({ learningRate: 8e-3 }),
    schedule: oneCycle(),
    batchSize: 16,
    bptt: 32, // the gradient stops after 32 characters; the state carries on
    clipNorm: 1,
    steps,
    valid: data.valid,
  })) {
    if (valid) losses.push(valid.bitsPerToken);
  }
  await save(model, folder);

  const again = await load(folder);
  let written = "";
  for await (const piece of generate(again, {
    prompt: text.slice(0, 4),
    filters: [temperature(0.8), topK(20)],
    maxTokens: 60,
    seed: 42,
  })) {
    written += piece;
  }
  return { losses, written };
}
