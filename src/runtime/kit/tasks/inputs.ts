// Exported models that read a text, or steps of numbers, and give one result: classifier and regressor.

import { type FeatureScale, type NumberSteps, type Reads, readInput, readingFeeds } from "../../../data/readings.ts";
import type { ModelData } from "../encoding.ts";
import type { Result } from "../graph.ts";
import { type OpenOptions, open, type WeightSource } from "../open.ts";
import { tokenizerFromJSON } from "../tokenizer.ts";

export interface ReaderInfo {
  /** Of models of texts. */
  tokenizer?: unknown;
  /** Of models of steps of numbers. */
  features?: readonly FeatureScale[];
  maxLength: number;
  /** Tokens that a text is cut or padded to. */
  window?: number;
}

/** Runs the model's graph over one input. */
export async function inputReader(data: ModelData, source: WeightSource, options?: OpenOptions) {
  const { graphs, shared } = await open(data, source, options);
  const { tokenizer: saved, features, maxLength, window } = data.info as ReaderInfo;
  const tokenizer = features ? undefined : tokenizerFromJSON(saved);
  return {
    shared,
    read(input: string | NumberSteps): { length: number; results: Record<string, Result>; tokens?: string[] } {
      const row = readInput(input, { tokenizer, features, maxLength } as Reads, data.task);
      const results = graphs.model!.run(readingFeeds([row], features?.length, window));
      const tokens = tokenizer && Array.from(row.values, (id) => tokenizer.vocabulary.token(id));
      return { length: row.length, results, tokens };
    },
  };
}
