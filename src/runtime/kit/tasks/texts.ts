// Exported models that read a text and give one result: classifier and regressor.
import { tokenizerFromJSON } from "../../../data/tokenizers/from-json.ts";
import { readInput, readingFeeds } from "../../../tasks/reader/rows.ts";
import type { ModelData } from "../encoding.ts";
import type { Result } from "../graph.ts";
import { type OpenOptions, open, type WeightSource } from "../open.ts";

export interface TextInfo {
  tokenizer: unknown;
  maxLength: number;
  /** Tokens that a text is cut or padded to. */
  window?: number;
}

/** Runs the model's graph over one text. */
export async function textReader(data: ModelData, source: WeightSource, options?: OpenOptions) {
  const { graphs, shared } = await open(data, source, options);
  const { tokenizer: saved, maxLength, window } = data.info as TextInfo;
  const tokenizer = tokenizerFromJSON(saved);
  return {
    shared,
    read(text: string): { ids: Int32Array; results: Record<string, Result> } {
      const row = readInput(text, { tokenizer, maxLength });
      const results = graphs.model!.run(readingFeeds([row], undefined, window));
      return { ids: row.values as Int32Array, results };
    },
    tokensOf: (ids: Int32Array) => Array.from(ids, (id) => tokenizer.vocabulary.token(id)),
  };
}
