// "the cats which already ate were full": the verb must agree with a subject that stands some words back. The plain
// network, the simplified GRU and the LSTM, and a full GRU on texts of two sentences.
import { adamW, gru, gruSimplified, languageModel, lstm, oneCycle, rnn, wordTokenizer } from "unrolled";
import { type Lesson, modelPart } from "../kit/lesson.ts";
import { drawer } from "./draw.ts";

const nouns = ["cat", "dog"] as const;
const clause = "ate in the kitchen near the window by the old door under the lamp on the table with a red cloth".split(
  " ",
);
export const farthest = clause.length - 1;

/** A sentence whose verb stands after `distance` + 1 words of the clause. */
export function sentence(noun: string, plural: boolean, distance: number): string {
  return `the ${noun}${plural ? "s" : ""} which ${clause.slice(0, distance + 1).join(" ")} ${plural ? "were" : "was"} full`;
}
export const verbAt = (text: string): number => text.split(" ").findIndex((word) => word === "was" || word === "were");

export const longest = 8;
const { below, pick } = drawer(4, "agreement");
/** Short distances come more often, as in real text; without them nothing is learned at first. */
const one = (most: number) => sentence(pick(nouns), below(2) === 1, Math.floor((below(1000) / 1000) ** 3 * (most + 1)));
const rows = Array.from({ length: 320 }, () => one(longest));
const pairs = Array.from({ length: 320 }, () => `${one(2)} then ${one(2)}`);
const tokenizer = wordTokenizer.fit([...rows, ...pairs, clause.join(" ")], { specials: ["pad", "bos", "eos"] });
export const wordId = (word: string): number => tokenizer.vocabulary.id(word)!;

const H = 12;
const common = { tokenizer, embeddingSize: 8 };
export const agreementModels = {
  rnn: () => languageModel({ ...common, encoder: rnn({ hiddenSize: H }), seed: 1 }),
  gruSimplified: () => languageModel({ ...common, encoder: gruSimplified({ hiddenSize: H }), seed: 2 }),
  lstm: () => languageModel({ ...common, encoder: lstm({ hiddenSize: H, forgetBias: 2 }), seed: 1 }),
  gruBefore: () => languageModel({ ...common, encoder: gru({ hiddenSize: H, reset: "before" }), seed: 1 }),
};
const options = {
  steps: 700,
  batchSize: 32,
  optimizer: adamW({ learningRate: 0.03 }),
  schedule: oneCycle(),
  seed: 1,
};

export const agreement: Lesson = {
  id: "agreement",
  seconds: 12,
  parts: () =>
    (["rnn", "gruSimplified", "lstm"] as const).map((name) => modelPart(name, agreementModels[name](), rows, options)),
};

export const twoSentences: Lesson = {
  id: "two-sentences",
  seconds: 12,
  parts: () =>
    (["gruBefore", "gruSimplified"] as const).map((name) => modelPart(name, agreementModels[name](), pairs, options)),
};
