// Music becomes a generator.
import { fail } from "../../base/index.ts";
import { readWhole } from "../../data/index.ts";
import { musicPieces } from "../../data/piece-data.ts";
import { type GeneratorOptions, generator, generatorTask } from "../../tasks/index.ts";
import type { OpenedFile } from "../file.ts";
import { chosenOf, lighten, type RunRecipe, type Subject, type SubjectOptions } from "../subject.ts";

const units = { text: "characters", melody: "sixteenths", frames: "time steps" } as const;

export function piecesSubject(file: OpenedFile, options: SubjectOptions): Subject {
  const { name: source, recognized, bytes } = file;
  const { seed, light } = options;
  const chosen = chosenOf(options.chosen);
  const data = musicPieces(readWhole("music", bytes, { source, recognized }), { valid: 0.1, seed, source });
  const { content, fields, train, valid } = data;
  if (train.length === 0) fail({ where: source, expected: "pieces of music", received: "none", code: "data" });
  const facts = { rows: train.length, kind: content.type };
  const count = (pieces: typeof train) =>
    pieces.reduce((sum, piece) => {
      if (content.type === "frames") return sum + piece.steps!.length;
      return sum + (content.type === "melody" ? content.coder.encode(piece.music!).length : 0) + 1;
    }, 0);
  const tokens = count(train);
  const picked = light ? lighten(chosen, generatorTask.recipe(facts, chosen), tokens, train.length) : chosen;
  const recipe = generatorTask.recipe(facts, picked);
  const model = generator({
    ...(generatorTask.options(recipe) as Pick<GeneratorOptions, "encoder">),
    content,
    fields,
    seed,
  });
  return {
    task: "generator",
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
      vocabulary: content.type === "melody" ? content.coder.vocabulary.size : 88,
      unit: units[content.type],
    },
    examples: [{ input: "" }],
  };
}
