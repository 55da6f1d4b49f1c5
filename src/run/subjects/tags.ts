// Tagged sentences become a tagger.
import { fail } from "../../base/index.ts";
import { drawValidation } from "../../data/hold-out.ts";
import { linesOf, rowReader } from "../../data/index.ts";
import { independent } from "../../nn/index.ts";
import { type TaggerOptions, type TaggerRecipe, tagger, taggerTask, taggerVocabulary } from "../../tasks/index.ts";
import { examplesOf } from "../examples.ts";
import type { OpenedFile } from "../file.ts";
import { chosenOf, lighten, type RunRecipe, type Subject, type SubjectOptions } from "../subject.ts";

export function tagsSubject(file: OpenedFile, options: SubjectOptions): Subject {
  const { name: source, recognized, text } = file;
  const { seed, light } = options;
  const chosen = chosenOf(options.chosen) as Partial<TaggerRecipe>;
  const reader = rowReader("tagging", { source, recognized });
  const all = [...reader.rows(linesOf(text))];
  if (all.length < 2)
    fail({ where: source, expected: "two or more sentences", received: String(all.length), code: "data" });
  const characters = reader.characters();
  const [kept, valid = []] = drawValidation(all, 0.1, { seed, source });
  const rows = [...kept];
  const vocabulary = taggerVocabulary(rows, { characters });
  if (vocabulary.tags.length < 2)
    fail({
      where: source,
      expected: "two or more tags",
      received: `only ${JSON.stringify(vocabulary.tags[0])}`,
      code: "data",
    });
  const spans = vocabulary.scheme !== "none";
  const facts = { rows: rows.length, kind: characters ? "characters" : "words" };
  const count = (some: readonly { tokens: readonly string[] }[]) =>
    some.reduce((sum, { tokens }) => sum + tokens.length, 0);
  const tokens = count(rows);
  const picked = light ? lighten(chosen, taggerTask.recipe(facts, chosen), tokens, rows.length) : chosen;
  const recipe = taggerTask.recipe(facts, picked as Partial<TaggerRecipe>);
  const model = tagger({
    ...(taggerTask.options(recipe) as Pick<TaggerOptions, "encoder">),
    vocabulary,
    ...(spans ? {} : { decoder: independent() }),
    seed,
  });
  return {
    task: "tagger",
    model: model as unknown as Subject["model"],
    train: rows,
    valid: valid.length > 0 ? valid : undefined,
    recipe: { ...recipe, seed } as RunRecipe,
    facts: {
      file: source,
      recognized: recognized.message,
      rows: rows.length,
      validRows: valid.length,
      tokens,
      validTokens: count(valid),
      vocabulary: vocabulary.words.size,
      unit: "tokens",
    },
    examples: examplesOf(model, valid),
  };
}
