// Weights that PyTorch or Keras trained, as models with an output at each step: language models and taggers.
import { fail } from "../../base/index.ts";
import type { TagScheme } from "../../data/index.ts";
import { taggerVocabularyFromJSON } from "../../data/tags/tagger-vocabulary.ts";
import { setParameters } from "../../interop/index.ts";
import { crf, independent } from "../../nn/index.ts";
import { type LanguageModel, languageModel } from "../../tasks/sequence/index.ts";
import { type Tagger, tagger } from "../../tasks/tagger/index.ts";
import {
  checkActivation,
  checkReads,
  checkRows,
  type ImportOptions,
  type ImportSource,
  modulesOf,
  moved,
  outputOf,
  under,
  vocabularyOf,
  zeros,
} from "./parts.ts";

/**
 * A language model of a network with an embedding, recurrent layers and a linear output: modules of one's own, AWD-LSTM
 * (fastai), a character language model of flair, or what `readKeras` gives.
 *
 * @throws UnrolledError with code "data" that names what cannot be imported
 *
 * @example
 * ```ts
 * const { tensors } = readPyTorch(await readFile("model.pt"));
 * const model = importLanguageModel(stateDict(tensors), { tokens });
 * ```
 */
export function importLanguageModel(source: ImportSource, options: ImportOptions): LanguageModel {
  const { where = "import", tokens } = options;
  const modules = modulesOf(source, where, options);
  const { encoder, recurrent, output, bias } = modules;
  const { embedding, tokenizer, rows } = vocabularyOf(modules, tokens, where);
  checkReads(modules, true, "language model", where);
  checkActivation(modules, ["softmax", "linear"], where);
  checkRows(where, output ?? embedding, rows.length, "tokens");
  const embeddingSize = embedding.shape[1]!;
  const model = languageModel({ tokenizer, encoder, embeddingSize, tieWeights: output === undefined });
  setParameters(model, {
    "embedding.weight": moved(embedding, rows),
    ...under("encoder", recurrent),
    ...(output ? { "output.weight": moved(output, rows) } : {}),
    "output.bias": bias ? moved(bias, rows) : zeros(rows.length),
  });
  return model;
}

export interface ImportTaggerOptions extends ImportOptions {
  /** In the order of the output's rows: parts of speech, or `B-PER`, `I-PER`, `O`. */
  tags: readonly string[];
}

/**
 * A tagger of a network with an embedding, recurrent layers and a linear output over tags, with the chain of pytorch-crf where
 * there is one. One of the tokens must be the unknown one.
 *
 * @throws UnrolledError with code "data" that names what cannot be imported
 *
 * @example
 * ```ts
 * const model = importTagger(stateDict(tensors), { tokens, tags: ["O", "B-PER", "I-PER"] });
 * ```
 */
export function importTagger(source: ImportSource, options: ImportTaggerOptions): Tagger {
  const { where = "import", tokens, tags } = options;
  const modules = modulesOf(source, where, options);
  const { embedding, tokenizer, rows } = vocabularyOf(modules, tokens, where);
  checkReads(modules, true, "tagger", where);
  checkActivation(modules, ["softmax", "linear"], where);
  const { special, vocabulary, kind } = tokenizer;
  if (special.unk !== 0)
    fail({
      where,
      expected: "an unknown token among the tokens: <unk>, [UNK] or UNK",
      received: tokens.slice(0, 5).join(", "),
      hint: "a tagger reads words that it has not seen",
      code: "data",
    });
  if (new Set(tags).size !== tags.length)
    fail({ where, expected: "distinct tags", received: tags.join(", "), code: "data" });
  const words = vocabulary.toJSON();
  const scheme = schemeOf(tags);
  const model = tagger({
    vocabulary: taggerVocabularyFromJSON({
      words,
      parts: { tokens: ["<unk>"], specials: ["<unk>"], counts: [0] },
      characters: kind === "char",
      lowercase: words.tokens.every((token) => token === token.toLowerCase()),
      tags: [...tags],
      scheme,
      written: scheme,
    }),
    encoder: modules.encoder,
    decoder: modules.crf ? crf() : independent(),
    embeddingSize: embedding.shape[1]!,
    characters: false,
  });
  setParameters(model, {
    "words.weight": moved(embedding, rows),
    ...under("encoder", modules.recurrent),
    ...outputOf(modules, where, tags.length, "tags"),
    ...under("decoder", modules.crf),
  });
  return model;
}

/** How spans are written, from the tags alone; a tag of padding does not count. */
function schemeOf(tags: readonly string[]): TagScheme | "none" {
  const marks = new Set<string>();
  for (const tag of tags)
    if (!/^(?:<pad>|\[?pad\]?)$/i.test(tag)) {
      const mark = tag === "O" ? "O" : /^([BIESLU])-./.exec(tag)?.[1];
      if (mark === undefined) return "none";
      marks.add(mark);
    }
  if (marks.has("E") || marks.has("S")) return "IOBES";
  if (marks.has("L") || marks.has("U")) return "BILOU";
  return marks.has("B") ? "IOB2" : "none";
}
