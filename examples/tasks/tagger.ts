// Tagger: a tag for each token (many-to-many, Tx = Ty): names of people and places.
import { predict, report, type Tagged, tagger, taggerVocabulary, tasks, train, trainOptions } from "../../src/index.ts"; // "unrolled"

export async function run(
  sentences: readonly Tagged[],
  held: readonly Tagged[],
): Promise<{ f1: number; found: string[] }> {
  const recipe = tasks.tagger.recipe({ rows: sentences.length }, { hiddenSize: 16, embeddingSize: 16, epochs: 12 });
  const vocabulary = taggerVocabulary(sentences, { minCount: 1 });
  const model = tagger({ vocabulary, ...tasks.tagger.options(recipe) });
  for await (const _ of train(model, sentences, { ...trainOptions(recipe), valid: held }));
  const { spans } = await report(model, held);
  for await (const { spans: found } of predict(model, ["Ada lives in Paris"]))
    return { f1: spans!.overall.f1, found: found.map(({ text, label }) => `${label} ${text}`) };
  throw new Error("no tags");
}
