// Classifier: reads a text and predicts its label (many-to-one: the rating of a movie).
import { classifier, predict, report, tasks, train, trainOptions, wordTokenizer } from "../../src/index.ts"; // "unrolled"

type Row = { text: string; label: string };

export async function run(rows: readonly Row[], held: readonly Row[]): Promise<{ accuracy: number; label: string }> {
  const tokenizer = wordTokenizer.fit(
    rows.map(({ text }) => text),
    { specials: ["pad", "unk"] },
  );
  const labels = ["bad", "good"] as const;
  const recipe = tasks.classifier.recipe(
    { rows: rows.length },
    { tokens: "word", hiddenSize: 16, embeddingSize: 16, epochs: 12 },
  );
  const model = classifier({ tokenizer, labels, ...tasks.classifier.options(recipe) });
  for await (const _ of train(model, { rows }, { ...trainOptions(recipe), valid: { rows: held } }));
  const { accuracy } = await report(model, { rows: held });
  let last = "";
  for await (const { label, probability } of predict(model, ["a fine film"])) {
    console.log(label, probability.toFixed(2));
    last = label; // typed "bad" | "good"
  }
  return { accuracy, label: last };
}
