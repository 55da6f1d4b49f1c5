// Language model: learns how a text goes on, character by character, and continues a prompt.
import {
  charTokenizer,
  generate,
  languageModel,
  report,
  splitData,
  tasks,
  train,
  trainOptions,
} from "../../src/index.ts"; // "unrolled"

export async function run(text: string): Promise<{ perplexity: number; written: string }> {
  const tokenizer = charTokenizer.fit(text);
  const data = splitData(tokenizer.encode(text), { valid: 0.1 });
  const recipe = tasks["language-model"].recipe({ rows: data.train.length }, { hiddenSize: 32, steps: 150 });
  const model = languageModel({ tokenizer, ...tasks["language-model"].options(recipe) });
  for await (const _ of train(model, data.train, { ...trainOptions(recipe), valid: data.valid }));
  let written = "";
  for await (const piece of generate(model, { prompt: "the ", maxTokens: 40 })) written += piece;
  const { perplexity } = await report(model, data.valid); // per character
  return { perplexity, written };
}
