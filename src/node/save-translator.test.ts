import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { bpeTokenizer, charTokenizer } from "../data/index.ts";
import { additive, bidirectional, gru, lstm } from "../nn/index.ts";
import { predictor, type Translator, translator } from "../tasks/index.ts";
import { train } from "../train/index.ts";
import { nodeEngine } from "./engine.ts";
import { load, save } from "./save.ts";

const engine = nodeEngine({ threads: 1 });
const pairs = [
  { source: "one two", target: "eins zwei" },
  { source: "two", target: "zwei" },
];
const text = pairs.flatMap(({ source, target }) => [source, target]);
const specials = ["bos", "eos", "unk"] as const;

it("a saved translator answers the same, bit for bit, and goes on with training", async () => {
  const folder = join(await mkdtemp(join(tmpdir(), "unrolled-")), "m");
  const model = translator({
    tokenizer: { source: bpeTokenizer.fit(text, { merges: 9 }), target: charTokenizer.fit(text, { specials }) },
    encoder: bidirectional(gru({ hiddenSize: 3 })),
    decoder: lstm({ hiddenSize: 3, dropout: 0.2 }),
    attention: additive({ size: 3 }),
    inputFeeding: true,
    embeddingSize: 4,
    dropout: 0.1,
    smoothing: 0.1,
  });
  const options = { engine, steps: 3, batchSize: 2 };
  for await (const { step } of train(model, pairs, options)) if (step === 2) break;
  await save(model, folder);
  const again = await load(folder, { training: true });
  if (again.task !== "translator") throw new Error(again.task);
  expect(again.config).toEqual(model.config);
  const translate = async (one: Translator) =>
    (await predictor(one, { engine })).run(["one", "two two"], { beamSize: 2, nBest: 2, maxTokens: 5 });
  expect(await translate(again)).toEqual(await translate(model));
  for (const one of [model, again]) for await (const _ of train(one, pairs, { ...options, resume: true }));
  expect(again.parameters).toEqual(model.parameters);
});

it("one tokenizer for both sides stays one", async () => {
  const folder = join(await mkdtemp(join(tmpdir(), "unrolled-")), "m");
  const tokenizer = charTokenizer.fit(text, { specials });
  const rest = {
    encoder: gru({ hiddenSize: 2 }),
    decoder: gru({ hiddenSize: 2 }),
    attention: "none",
    embeddingSize: 2,
  } as const;
  await save(translator({ tokenizer, shareEmbeddings: true, ...rest }), folder);
  const again = await load(folder);
  if (again.task !== "translator") throw new Error(again.task);
  expect(again.tokenizers.source).toBe(again.tokenizers.target);
});
