// Texts with labels become a classifier, texts with numbers a regressor.
import { fail } from "../../base/index.ts";
import { drawValidation } from "../../data/hold-out.ts";
import { linesOf, rowReader } from "../../data/index.ts";
import { fitTokenizer, type TokenKind } from "../../data/tokenizers/fit.ts";
import {
  type ClassifierOptions,
  classifier,
  classifierTask,
  type LabeledRecipe,
  type RegressorOptions,
  regressor,
  regressorTask,
  rowFacts,
  targetScale,
} from "../../tasks/index.ts";
import { examplesOf } from "../examples.ts";
import type { OpenedFile } from "../file.ts";
import { chosenOf, lighten, type RunRecipe, type Subject, type SubjectOptions } from "../subject.ts";

export function labeledSubject(file: OpenedFile, numeric: boolean, options: SubjectOptions): Subject {
  const { name: source, recognized, text } = file;
  const { seed, light } = options;
  const chosen = chosenOf(options.chosen) as Partial<LabeledRecipe>;
  const reader = rowReader(numeric ? "regression" : "classification", { source, recognized, numeric });
  const all = [...reader.rows(linesOf(text))];
  if (all.length < 2) fail({ where: source, expected: "two or more rows", received: String(all.length), code: "data" });
  const labelOf = numeric ? {} : { labelOf: ({ label }: { label: string }) => label };
  const [kept, valid = []] = drawValidation(all, 0.1, { seed, source, ...labelOf });
  const rows = [...kept];
  const data = { rows, source };
  const tokenizer = fitTokenizer(rows, { tokens: chosen.tokens as TokenKind | undefined });
  const labels = [...new Set(all.map(({ label }) => label))].sort();
  if (!numeric && labels.length < 2)
    fail({
      where: source,
      expected: "two or more classes",
      received: `only ${JSON.stringify(labels[0])}`,
      hint: "add rows with another label",
      code: "data",
    });
  const task = numeric ? regressorTask : classifierTask;
  const texts = rows.map((row) => row.text);
  const { tokens, longest } = rowFacts(texts, { tokenizer, maxLength: 1000 });
  const facts = { rows: rows.length, longest };
  const picked = light ? lighten(chosen, task.recipe(facts, chosen), tokens, rows.length) : chosen;
  const recipe = task.recipe(facts, picked as Partial<LabeledRecipe>);
  const model = numeric
    ? regressor({
        ...(regressorTask.options(recipe) as Pick<RegressorOptions, "encoder">),
        tokenizer,
        seed,
        scale: targetScale(data),
      })
    : classifier({
        ...(classifierTask.options(recipe) as Pick<ClassifierOptions, "encoder">),
        tokenizer,
        seed,
        labels,
      });
  return {
    task: numeric ? "regressor" : "classifier",
    model: model as unknown as Subject["model"],
    train: data,
    valid: valid.length > 0 ? { rows: valid, source } : undefined,
    recipe: { ...recipe, seed } as RunRecipe,
    facts: {
      file: source,
      recognized: recognized.message,
      rows: rows.length,
      validRows: valid.length,
      tokens,
      validTokens: rowFacts(
        valid.map((row) => row.text),
        { tokenizer, maxLength: 1000 },
      ).tokens,
      vocabulary: tokenizer.vocabulary.size,
      unit: "tokens",
    },
    examples: examplesOf(model, { rows: valid }),
  };
}
