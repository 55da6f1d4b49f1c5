// Using a model many times: a compiled predictor, and the vectors that its encoder gives.
import { classifier, encode, predictor, tasks, train, trainOptions, wordTokenizer } from "../src/index.ts"; // "unrolled"

interface Row {
  readonly text: string;
  readonly label: string;
}

export async function run(rows: readonly Row[]) {
  const tokenizer = wordTokenizer.fit(rows.map(({ text }) => text));
  const recipe = tasks.classifier.recipe(
    { rows: rows.length },
    { hiddenSize: 16, embeddingSize: 16, tokens: "word", epochs: 6 },
  );
  const model = classifier({ tokenizer, labels: ["bad", "good"], ...tasks.classifier.options(recipe) });
  for await (const _ of train(model, { rows }, trainOptions(recipe)));

  // Compiled once; a short text then costs what the network costs.
  const reviews = await predictor(model);
  const [found] = await reviews.run(["a great film"]);
  await reviews.release();

  // The encoder's vector of each text: which of them is most like a new one?
  const texts = rows.map(({ text }) => text);
  const vectors: Float32Array[] = [];
  for await (const { vector } of encode(model, ["a fine plot", ...texts])) vectors.push(vector);
  const [wanted, ...others] = vectors;
  const nearest = texts[indexOfLargest(others.map((vector) => cosine(wanted!, vector)))]!;
  return { label: found!.label, probability: found!.probability, nearest };
}

function cosine(a: Float32Array, b: Float32Array): number {
  const dot = (x: Float32Array, y: Float32Array) => x.reduce((sum, value, i) => sum + value * y[i]!, 0);
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
}

const indexOfLargest = (values: readonly number[]): number => values.indexOf(Math.max(...values));
