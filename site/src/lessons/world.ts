// A small world in sentences: families, royalty, animals, fruit, professions. Word vectors are learned from it by skip-gram.
import { embeddingTrainer, type WordVectors, wordVectors } from "unrolled/embeddings";
import type { Lesson, Part } from "../kit/lesson.ts";
import { drawer } from "./draw.ts";
import { corpusOf } from "./vectors.ts";

/** Male and female of the same role, each with words that only the role brings along. */
const roles = [
  [
    ["man", "woman"],
    ["person", "house", "street"],
  ],
  [
    ["king", "queen"],
    ["throne", "crown", "palace"],
  ],
  [
    ["prince", "princess"],
    ["young", "crown", "castle"],
  ],
  [
    ["father", "mother"],
    ["child", "home", "house"],
  ],
  [
    ["son", "daughter"],
    ["young", "child", "school"],
  ],
  [
    ["uncle", "aunt"],
    ["visit", "home", "family"],
  ],
] as const;
const sexes = [
  ["he", "his", "him"],
  ["she", "her", "hers"],
] as const;
const groups = [
  [
    ["cat", "dog", "horse", "cow", "sheep"],
    ["barn", "grass", "tail", "feeds"],
  ],
  [
    ["apple", "orange", "pear", "durian", "plum"],
    ["juice", "tree", "sweet", "eats"],
  ],
  [
    ["farmer", "cultivator", "gardener"],
    ["field", "harvest", "plants"],
  ],
] as const;

/** The words that the map shows. */
export const shown: readonly string[] = [
  ...roles.flatMap(([pair]) => [...pair]),
  ...groups.flatMap(([members]) => [...members]),
];

const text = (() => {
  const { below, pick } = drawer(21, "world");
  return Array.from({ length: 2600 }, () => {
    if (below(3) > 0) {
      const [pair, context] = pick(roles);
      const sex = below(2);
      return [pair[sex], pick(sexes[sex]!), pick(context), pick(sexes[sex]!), pick(context)].join(" ");
    }
    const [members, context] = pick(groups);
    return [pick(members), pick(context), pick(context), pick(members)].join(" ");
  }).join("\n");
})();

const corpus = () => corpusOf(text);

export const dim = 16;
let known: Promise<readonly string[]> | undefined;

/** The words in the order of their rows. */
export const worldWords = (): Promise<readonly string[]> => {
  known ??= corpus().then((read) => [...embeddingTrainer({ corpus: read, dim, epochs: 1 }).vectors().words]);
  return known;
};

export const vectorsOf = async (matrix: Float32Array): Promise<WordVectors> =>
  wordVectors({ words: await worldWords(), matrix, dim });

async function part(): Promise<Part> {
  const trainer = embeddingTrainer({
    corpus: await corpus(),
    dim,
    window: 4,
    negatives: 5,
    sample: 0,
    epochs: 40,
    learningRate: 0.05,
    seed: 3,
  });
  return {
    name: "vectors",
    steps: 100,
    async *learn(_, signal) {
      for await (const { tokens, totalTokens, loss } of trainer.run({ signal, every: 0.02 }))
        yield { step: Math.round((100 * tokens) / totalTokens), loss };
    },
    weights: async () => Float32Array.from(trainer.vectors().matrix),
  };
}

export const world: Lesson = { id: "world", seconds: 8, parts: async () => [await part()] };
