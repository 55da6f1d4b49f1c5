// A language model whose state is reset where a document begins: the documents of a stream do not see each other.
import { expect, it } from "vitest";
import { charTokenizer } from "../../data/index.ts";
import { temperature } from "../../decode/index.ts";
import { referenceEngine } from "../../engine/index.ts";
import { gru, lstm, stacked } from "../../nn/index.ts";
import { evaluate, train } from "../../train/index.ts";
import { generate, stepper } from "./generate.ts";
import { type LanguageModel, languageModel } from "./language-model.ts";
import { languageModelTask } from "./language-model-task.ts";

const engine = referenceEngine();
const documents = ["#abc", "#ca", "#bbacab"];
const text = documents.join("");
const tokenizer = charTokenizer.fit(text);
const encoder = stacked([lstm({ hiddenSize: 5 }), gru({ hiddenSize: 4 })]);
const make = (documentStart?: string) => languageModel({ tokenizer, encoder, embeddingSize: 3, documentStart });

/** The logits after each token of a text, read from a zero state. */
async function read(model: LanguageModel, part: string): Promise<number[][]> {
  const step = await stepper(model, { engine });
  const logits: number[][] = [];
  for (const id of tokenizer.encode(part)) logits.push([...(await step.read(id))]);
  await step.release();
  return logits;
}

it("reads a stream as its documents alone, token by token", async () => {
  const model = make("#");
  const alone = (await Promise.all(documents.map((part) => read(model, part)))).flat();
  expect(await read(model, text)).toEqual(alone);
  expect(await read(make(), text)).not.toEqual(alone); // without it, the state is carried
});

it("is evaluated as its documents alone, in windows of any length", async () => {
  const model = make("#");
  // Each document is scored given what it holds itself, and the next one's first token.
  let nats = 0;
  for (const [i, part] of documents.entries()) {
    const logits = await read(model, part);
    const targets = tokenizer.encode(part + (documents[i + 1] ?? "").slice(0, 1)).slice(1);
    targets.forEach((id, t) => {
      const top = Math.max(...logits[t]!);
      nats += top + Math.log(logits[t]!.reduce((sum, x) => sum + Math.exp(x - top), 0)) - logits[t]![id]!;
    });
  }
  expect((await evaluate(model, text, { engine })).nats).toBeCloseTo(nats / (text.length - 1), 10);
});

it("trains, with a gradient that stops at the beginning of a document", async () => {
  const model = make("#");
  const before = model.parameters.slice();
  for await (const { loss } of train(model, text.repeat(4), { engine, steps: 2, batchSize: 2, bptt: 6 }))
    expect(loss).toBeGreaterThan(0);
  expect(model.parameters).not.toEqual(before);
});

it("generates the same after any earlier document", async () => {
  const model = make("#");
  const write = async (prompt: string) => {
    let written = "";
    for await (const piece of generate(model, { engine, prompt, filters: [temperature(0)], maxTokens: 6 }))
      written += piece;
    return written;
  };
  expect(await write("#bacc#ab")).toBe(await write("#ab"));
});

it("is saved with the model, and must be a token", () => {
  const model = make("#");
  const again = languageModelTask.unpack(JSON.parse(JSON.stringify(languageModelTask.pack(model))));
  expect(again.config).toEqual(model.config);
  expect(() => make("<bos>")).toThrow('languageModel(documentStart): expected a token of the vocabulary, got "<bos>"');
});
