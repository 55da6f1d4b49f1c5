// A cell of one's own, as it stands on the lecture's slide, beside the built-in one: the same numbers, the same schedule.

import { cell, charTokenizer, languageModel, recurrent, sgd, train } from "../src/index.ts"; // "unrolled"
import { add, linear, tanh } from "../src/tensor/index.ts"; // "unrolled/tensor"

/** a<t> = tanh(Waa a<t-1> + Wax x<t> + ba) */
export const elman = cell({
  name: "elman",
  parameters: ({ inputSize: D, hiddenSize: H }) => ({ Wax: [H, D], Waa: [H, H], ba: [H] }),
  state: ["a"],
  step: ({ Wax, Waa, ba }, x, { a }) => {
    const next = tanh(add(linear(x, Wax), linear(a, Waa), ba));
    return { output: next, state: { a: next } };
  },
});

/** The training loss at each step of a short run. */
export async function run(text: string, steps = 20): Promise<number[]> {
  const tokenizer = charTokenizer.fit(text);
  const model = languageModel({ tokenizer, encoder: recurrent(elman, { hiddenSize: 16 }), seed: 1 });
  const losses: number[] = [];
  const options = { optimizer: sgd({ learningRate: 0.5 }), batchSize: 4, bptt: 16, steps };
  for await (const { loss } of train(model, text, options)) losses.push(loss);
  return losses;
}
