// Vectors of texts: the mean of word vectors, or a language model's state after the text.
import { fail } from "../base/index.ts";
import { wordRanges } from "../data/index.ts";
import type { WordVectors } from "../embeddings/index.ts";
import type { LanguageModel } from "../tasks/index.ts";
import type { ContinuousBatch, Item } from "./continuous.ts";
import { checkLength } from "./text-writer.ts";

/** Mean of the vectors of a text's words, unknown words left out; of lower-case words where a word is unknown as written. */
export function meanVector(vectors: WordVectors, text: string): Float32Array {
  const sum = new Float32Array(vectors.dim);
  let count = 0;
  const words = vectors.has(text) ? [text] : wordRanges(text).map(([start, end]) => text.slice(start, end));
  for (const word of words) {
    const found = vectors.get(word) ?? vectors.get(word.toLowerCase());
    if (!found) continue;
    count++;
    for (let i = 0; i < sum.length; i++) sum[i]! += found[i]!;
  }
  if (count === 0)
    fail({
      where: "input",
      expected: "a text with words that have vectors",
      received: JSON.stringify(text),
      code: "data",
    });
  return sum.map((value) => value / count);
}

/** Hidden state of the last layer after the text, [hiddenSize]. */
export async function stateVector(
  model: LanguageModel,
  batch: ContinuousBatch<Item>,
  text: string,
  signal?: AbortSignal,
): Promise<Float32Array> {
  const { bos } = model.tokenizer.special;
  const ids = [...(bos === undefined ? [] : [bos]), ...model.tokenizer.encode(text, { unknown: "error" })];
  if (ids.length === 0) fail({ where: "input", expected: "a text", received: '""', code: "data" });
  checkLength("input", ids.length);
  let vector: Float32Array = new Float32Array(0);
  const hidden =
    Object.keys(model.state)
      .filter((name) => name.startsWith("h"))
      .at(-1) ?? Object.keys(model.state).at(-1)!;
  const end = (states: Readonly<Record<string, Float32Array>>) => {
    vector = states[hidden]!;
  };
  await batch.write({ start: ids, next: () => undefined, end }, signal);
  return vector;
}
