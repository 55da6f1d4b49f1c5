// Generator: from a label to a sequence (one-to-many): names in the style of a language.
import { charTokenizer, generator, type Piece, predict, report, tasks, train, trainOptions } from "../../src/index.ts"; // "unrolled"

export async function run(
  pieces: readonly Piece[],
  languages: readonly string[],
): Promise<{ nats: number; names: string[] }> {
  const text = pieces.map((piece) => piece.text).join("");
  const recipe = tasks.generator.recipe({ rows: pieces.length }, { hiddenSize: 32, dropout: 0, epochs: 20 });
  const tokenizer = charTokenizer.fit(text, { specials: ["pad", "bos", "eos"] });
  const content = { type: "text", tokenizer } as const;
  const model = generator({ content, fields: { language: languages }, ...tasks.generator.options(recipe) });
  for await (const _ of train(model, pieces, trainOptions(recipe)));
  const names: string[] = [];
  const requests = languages.map((language) => ({ labels: { language } }));
  for await (const { text: name } of predict(model, requests, { maxTokens: 12, temperature: 0.5 })) names.push(name!);
  return { nats: (await report(model, pieces)).nats, names };
}
