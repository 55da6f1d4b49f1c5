// Pairs of texts become a translator.
import { fail } from "../../base/index.ts";
import { holdOutPairs } from "../../data/hold-out.ts";
import { linesOf, rowReader } from "../../data/index.ts";
import { pairTokenizers, type TokenKind, usualLength } from "../../data/tokenizers/fit.ts";
import {
  splitLong,
  type TranslatorOptions,
  type TranslatorRecipe,
  translator,
  translatorTask,
} from "../../tasks/index.ts";
import { examplesOf } from "../examples.ts";
import type { OpenedFile } from "../file.ts";
import { chosenOf, lighten, type RunRecipe, type Subject, type SubjectOptions } from "../subject.ts";

export function pairsSubject(file: OpenedFile, options: SubjectOptions): Subject {
  const { name: source, recognized, text } = file;
  const { seed, light } = options;
  const chosen = chosenOf(options.chosen) as Partial<TranslatorRecipe>;
  const all = [...rowReader("pairs", { source, recognized }).rows(linesOf(text))];
  const [kept, held] = holdOutPairs(all, 0.1, seed);
  const rows = [...kept];
  if (rows.length === 0)
    fail({ where: source, expected: "two or more pairs", received: String(all.length), code: "data" });
  const kind = recognized.format === "scan" ? "commands" : "texts";
  const first = translatorTask.recipe({ rows: rows.length, kind }, chosen);
  const tokenizer = pairTokenizers(rows, { tokens: first.tokens as TokenKind });
  const sides = "kind" in tokenizer ? { source: tokenizer, target: tokenizer } : tokenizer;
  const facts = { rows: rows.length, kind, longest: usualLength(tokenizer, rows) };
  const count = (some: readonly { target: string }[]) =>
    some.reduce((sum, { target }) => sum + sides.target.encode(target).length + 1, 0);
  const tokens = count(rows);
  const wanted = { ...chosen, tokens: first.tokens };
  // Each target token costs a source token and the attention over the source too.
  const picked = light ? lighten(wanted, translatorTask.recipe(facts, wanted), 3 * tokens, rows.length) : wanted;
  const recipe = translatorTask.recipe(facts, picked as Partial<TranslatorRecipe>);
  const model = translator({
    ...(translatorTask.options(recipe) as Pick<TranslatorOptions, "encoder" | "decoder" | "attention">),
    tokenizer,
    shareEmbeddings: "kind" in tokenizer,
    seed,
  });
  const { kept: train } = splitLong(model.tokenizers, rows, model.config.maxTokens);
  const { kept: valid } = splitLong(model.tokenizers, held, model.config.maxTokens);
  if (train.length === 0) fail({ where: source, expected: "pairs", received: "none", code: "data" });
  return {
    task: "translator",
    model: model as unknown as Subject["model"],
    train,
    valid: valid.length > 0 ? valid : undefined,
    recipe: { ...recipe, seed } as RunRecipe,
    facts: {
      file: source,
      recognized: recognized.message,
      rows: train.length,
      validRows: valid.length,
      tokens,
      validTokens: count(valid),
      vocabulary: sides.target.vocabulary.size,
      unit: "target tokens",
    },
    examples: examplesOf(model, valid),
  };
}
