// unrolled evaluate: reads the text as the model was trained to, in lines or as one stream.

import { fail } from "../base/index.ts";
import { readText } from "../node/index.ts";
import { countUnknown, evaluate, linesOf, load } from "./library.ts";

export async function evaluateText(folder: string, file: string, threads?: number) {
  const model = await load(folder, { task: "language-model" });
  const text = await readText(file);
  const { tokenizer } = model;
  const lines = tokenizer.special.eos === undefined ? undefined : [...linesOf(text)].filter((line) => line !== "");
  const ids = tokenizer.encode(lines ? lines.join("") : text);
  if (ids.length < 2) {
    fail({ where: file, expected: "at least 2 tokens", received: String(ids.length), code: "data" });
  }
  const { nats, bitsPerToken, perplexity, tokens, tokensPerSecond } = await evaluate(model, lines ?? ids, { threads });
  return {
    nats,
    bitsPerToken,
    perplexity,
    tokens,
    tokensPerSecond,
    unit: tokenizer.kind === "char" ? "character" : "word",
    unknown: countUnknown(tokenizer, ids),
  };
}
