// Short reviews: a word of praise or blame near the beginning, sometimes with "not" before it. A standard network with a
// window of eight words, and a GRU.
import { adamW, classifier, feedForward, gru, oneCycle, wordTokenizer } from "unrolled";
import { type Lesson, modelPart } from "../kit/lesson.ts";
import { drawer } from "./draw.ts";

export const good = ["great", "good", "fine", "lovely", "superb"] as const;
export const bad = ["bad", "awful", "dull", "poor", "boring"] as const;
const fillers =
  "the film is was a an it acting story and very so well i saw music plot by with of me they for in".split(" ");
export const window = 8;

const rows = (() => {
  const { below, pick } = drawer(3, "reviews");
  return Array.from({ length: 600 }, () => {
    const before = Array.from({ length: below(3) }, () => pick(fillers));
    const after = Array.from({ length: 1 + below(4) }, () => pick(fillers));
    const positive = below(2) === 1;
    const not = below(3) === 0;
    const word = pick(positive !== not ? good : bad);
    return { text: [...before, ...(not ? ["not"] : []), word, ...after].join(" "), label: positive ? "good" : "bad" };
  });
})();

const tokenizer = wordTokenizer.fit([...rows.map(({ text }) => text), fillers.join(" ")], { specials: ["pad", "unk"] });
export const isKnown = (word: string): boolean => tokenizer.vocabulary.id(word) !== undefined;
const common = { tokenizer, labels: ["bad", "good"] as const, embeddingSize: 8, seed: 2 };

export const reviewModels = {
  standard: () => classifier({ ...common, encoder: feedForward({ window, hiddenSize: 16 }) }),
  rnn: () => classifier({ ...common, encoder: gru({ hiddenSize: 10 }), pooling: "last" }),
};

export const reviews: Lesson = {
  id: "reviews",
  seconds: 8,
  parts: () =>
    (["standard", "rnn"] as const).map((name) =>
      modelPart(
        name,
        reviewModels[name](),
        { rows },
        {
          steps: 260,
          batchSize: 32,
          optimizer: adamW({ learningRate: 0.02 }),
          schedule: oneCycle(),
          seed: 1,
        },
      ),
    ),
};
