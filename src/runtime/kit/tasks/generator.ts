// An exported generator of texts: names in a language, say.

import type { ModelData } from "../encoding.ts";
import type { OpenOptions, WeightSource } from "../open.ts";
import { tokenizerFromJSON } from "../tokenizer.ts";
import { type ComposeOptions, pieceWriter } from "./pieces.ts";

export async function load(data: ModelData, source: WeightSource, options?: OpenOptions) {
  const { shared, begin, tokens } = await pieceWriter(data, source, options);
  const { content } = data.info as { content: { tokenizer: unknown } };
  const tokenizer = tokenizerFromJSON(content.tokenizer);
  const ends = tokenizer.special as { bos: number; eos: number };
  return {
    ...shared,
    content: "text",
    compose(given: ComposeOptions = {}) {
      const begun = begin(given);
      const start = given.start ? tokenizer.encode(String(given.start)) : [];
      return { labels: begun.labels, text: tokenizer.decode(tokens(begun, ends, start, given)) };
    },
  };
}
