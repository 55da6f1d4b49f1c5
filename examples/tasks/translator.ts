// Translator: one sequence into another (many-to-many, Tx != Ty), with attention and beam search.
import {
  charTokenizer,
  predict,
  report,
  type Translation,
  tasks,
  train,
  trainOptions,
  translator,
} from "../../src/index.ts"; // "unrolled"

export async function run(
  pairs: readonly Translation[],
  held: readonly Translation[],
): Promise<{ exactMatch: number; text: string }> {
  const specials = ["pad", "bos", "eos", "unk"] as const;
  const text = pairs.flatMap(({ source, target }) => [source, target]).join("");
  const tokenizer = charTokenizer.fit(text, { specials });
  const recipe = tasks.translator.recipe({ rows: pairs.length, kind: "toy" }, { hiddenSize: 32, epochs: 25 });
  const model = translator({ tokenizer, ...tasks.translator.options(recipe) });
  for await (const _ of train(model, pairs, trainOptions(recipe)));
  const { exactMatch } = await report(model, held, { beamSize: 3 });
  for await (const { translations } of predict(model, [held[0]!.source], { beamSize: 3 }))
    return { exactMatch, text: translations[0]!.text };
  throw new Error("no translation");
}
