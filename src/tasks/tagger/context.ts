// A trained language model of characters as what a tagger reads besides words: its hidden states, which stay as they are.
import { fail } from "../../base/index.ts";
import { weightsOf } from "../../networks/model.ts";
import {
  embedding,
  freeze,
  type Layer,
  type LayerFromConfigOptions,
  layerFromConfig,
  pretrained,
} from "../../nn/index.ts";
import type { LanguageModel } from "../sequence/language-model.ts";

export interface TaggerContext {
  /** The characters that it knows, by id: `context` of `taggerVocabulary`. */
  readonly tokens: readonly string[];
  readonly embedding: Layer;
  readonly encoder: Layer;
}

/**
 * The frozen layers of a language model of characters, for `taggerVocabulary` and `tagger`.
 *
 * @throws UnrolledError where the model reads other tokens than characters
 *
 * @example
 * ```ts
 * const context = contextOf(await load("models/enwiki", { task: "language-model" }));
 * const vocabulary = taggerVocabulary(sentences, { context: context.tokens });
 * const model = tagger({ vocabulary, context });
 * ```
 */
export function contextOf(model: LanguageModel, options: LayerFromConfigOptions = {}): TaggerContext {
  const { tokenizer, config } = model;
  if (tokenizer.kind !== "char")
    fail({
      where: "contextOf",
      expected: "a language model of characters",
      received: `one of ${tokenizer.kind} tokens`,
      hint: "unrolled train TEXT --tokens char",
    });
  const weights = weightsOf(model);
  const below = (prefix: string) =>
    Object.fromEntries(
      Object.entries(weights)
        .filter(([name]) => name.startsWith(`${prefix}.`))
        .map(([name, { data }]) => [name.slice(prefix.length + 1), data as Float32Array]),
    );
  const table = config.embedding
    ? layerFromConfig(config.embedding, options)
    : embedding({ embeddingSize: config.embeddingSize });
  return {
    tokens: tokenizer.vocabulary.tokens,
    embedding: freeze(pretrained(table, below("embedding"))),
    encoder: freeze(pretrained(layerFromConfig(config.encoder, options), below("encoder"))),
  };
}
