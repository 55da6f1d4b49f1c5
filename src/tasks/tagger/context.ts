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
  under,
} from "../../nn/index.ts";
import type { LanguageModel } from "../sequence/language-model.ts";

export interface TaggerContext {
  /** The characters that it knows, by id: `context` of `taggerVocabulary`. */
  readonly tokens: readonly string[];
  readonly embedding: Layer;
  readonly encoder: Layer;
}

export interface ContextOptions extends LayerFromConfigOptions {
  /** For messages; `contextOf` by default. */
  where?: string;
}

/** What a language model reads, where that is something else than single characters. */
function unlikeCharacters({ tokenizer }: LanguageModel): string | undefined {
  const { kind, unit } = tokenizer.toJSON() as { kind: string; unit?: string };
  if (kind === "char") return unit === "grapheme" ? "graphemes" : undefined;
  return { word: "words", bpe: "subwords" }[kind] ?? `${kind} tokens`;
}

/**
 * The frozen layers of a language model of characters, for `taggerVocabulary` and `tagger`.
 *
 * @throws UnrolledError with code "data" where it is not a language model of characters
 *
 * @example
 * ```ts
 * const context = contextOf(await load("models/enwiki", { task: "language-model" }));
 * const vocabulary = taggerVocabulary(sentences, { context: context.tokens });
 * const model = tagger({ vocabulary, context });
 * ```
 */
export function contextOf(
  model: LanguageModel | { readonly task: string },
  { where = "contextOf", ...options }: ContextOptions = {},
): TaggerContext {
  const other = isLanguageModel(model) ? unlikeCharacters(model) : undefined;
  if (!isLanguageModel(model) || other)
    return fail({
      where,
      expected: "a language model of characters",
      received: other ? `one of ${other}` : `a ${model.task}`,
      hint: "npx unrolled train TEXT --tokens char",
      code: "data",
    });
  const { tokenizer, config } = model;
  const weights = weightsOf(model);
  const below = (prefix: string) =>
    Object.fromEntries(Object.entries(under(weights, prefix)).map(([name, { data }]) => [name, data as Float32Array]));
  const table = config.embedding
    ? layerFromConfig(config.embedding, options)
    : embedding({ embeddingSize: config.embeddingSize });
  return {
    tokens: tokenizer.vocabulary.tokens,
    embedding: freeze(pretrained(table, below("embedding"))),
    encoder: freeze(pretrained(layerFromConfig(config.encoder, options), below("encoder"))),
  };
}

const isLanguageModel = (model: { readonly task: string }): model is LanguageModel => model.task === "language-model";
