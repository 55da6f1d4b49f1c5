import {
  adamW,
  charTokenizer,
  dinosaurNames,
  generate,
  languageModel,
  load,
  lstm,
  oneCycle,
  save,
  splitData,
  temperature,
  train,
} from "../src/index.ts";

const text = dinosaurNames.join("\n"); // or your own: await readText("shakespeare.txt")
const tokenizer = charTokenizer.fit(text);
const data = splitData(tokenizer.encode(text), { valid: 0.1 });
const model = languageModel({ tokenizer, encoder: lstm({ hiddenSize: 64 }), seed: 1337 });

for await (const { step, loss, valid } of train(model, data.train, {
  optimizer: adamW({ learningRate: 8e-3 }),
  schedule: oneCycle(),
  batchSize: 16,
  bptt: 32, // the gradient stops after 32 characters; the state carries on
  steps: 100,
  valid: data.valid,
}))
  if (valid)
    console.log(`step ${step}  train ${loss.toFixed(3)}  valid ${valid.bitsPerToken.toFixed(3)} bits/character`);
await save(model, "models/names");

const again = await load("models/names", { task: "language-model" });
for await (const piece of generate(again, { prompt: "Tyr", filters: [temperature(0.8)], maxTokens: 40, seed: 42 }))
  process.stdout.write(piece);
