// An exported language model: it writes.
import { foldIn, random, randomKey } from "../../../base/random.ts";
import { greedy, sample } from "../../../decode/sample.ts";
import type { ModelData } from "../encoding.ts";
import { type DrawOptions, filtersOf } from "../filters.ts";
import { type OpenOptions, open, type WeightSource } from "../open.ts";
import { sequence } from "../stepper.ts";
import { tokenizerFromJSON } from "../tokenizer.ts";

export interface GenerateOptions extends DrawOptions {
  prompt?: string;
  seed?: number;
  maxTokens?: number;
  index?: number;
}

export async function load(data: ModelData, source: WeightSource, options?: OpenOptions) {
  const { graphs, shared } = await open(data, source, options);
  const tokenizer = tokenizerFromJSON((data.info as { tokenizer: unknown }).tokenizer);

  /** As `generate` of the library does it: the same draws from the same seed. */
  function* generate(given: GenerateOptions = {}): Generator<string, void, void> {
    const { prompt = "", seed = 42, maxTokens = 500, index = 0 } = given;
    const filters = filtersOf(given);
    const choose = given.temperature === 0 && filters.length === 1 ? greedy : sample;
    const { bos, eos } = tokenizer.special;
    const ids = prompt === "" ? [] : [...tokenizer.encode(prompt, { unknown: "error" })];
    const draws = random(foldIn(randomKey(seed), "generate", index));
    const history = [...(bos === undefined ? [] : [bos]), ...ids];
    const decoder = tokenizer.decodeStream();
    for (const id of ids) decoder.push(id);
    decoder.end(); // what follows the prompt is told apart from it
    const read = sequence(graphs.model!);
    const next = (id: number) => read({ ids: { shape: [1, 1], data: [id] } }).logits!.data;
    let logits: Float32Array | undefined;
    for (const id of history) logits = next(id);
    for (let n = 0; n < maxTokens; n++) {
      const id = logits ? choose(logits, filters, draws, history) : draws.below(tokenizer.vocabulary.size);
      if (id === eos) break;
      history.push(id);
      const piece = decoder.push(id);
      if (piece !== "") yield piece;
      if (n + 1 < maxTokens) logits = next(id);
    }
    const rest = decoder.end();
    if (rest !== "") yield rest;
  }
  return { ...shared, generate, write: (given?: GenerateOptions) => [...generate(given)].join("") };
}
