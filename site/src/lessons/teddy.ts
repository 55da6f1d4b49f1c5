// "Teddy Roosevelt was a president", "teddy bears are on sale": whether the first word is a name depends on the second.
import { adamW, bidirectional, independent, lstm, oneCycle, type Tagged, tagger, taggerVocabulary } from "unrolled";
import { type Lesson, modelPart } from "../kit/lesson.ts";
import { drawer } from "./draw.ts";

const first = ["teddy", "rose", "harry", "apple", "sally"] as const;
const surnames = ["roosevelt", "potter", "johnson", "lin", "smith"] as const;
const things = ["bears", "pies", "gardens", "bushes", "toys"] as const;
const afterName = ["was a great president", "is a farmer", "invented a new spell", "sat in the garden"] as const;
const afterThing = ["are on sale", "are in the garden", "sat on sale", "were a great toy"] as const;
const starts = ["", "he said", "they said", "and"] as const;

const sentences: Tagged[] = (() => {
  const { below, pick } = drawer(6, "teddy");
  return Array.from({ length: 300 }, () => {
    const name = below(2) === 1;
    const head = pick(starts);
    const before = head === "" ? [] : head.split(" ");
    const rest = (name ? pick(afterName) : pick(afterThing)).split(" ");
    const tokens = [...before, pick(first), name ? pick(surnames) : pick(things), ...rest];
    const tags = tokens.map((_, t) =>
      !name ? "O" : t === before.length ? "B-PER" : t === before.length + 1 ? "I-PER" : "O",
    );
    return { tokens, tags };
  });
})();
const vocabulary = taggerVocabulary(sentences, { minCount: 1 });
export const knownWords = new Set(vocabulary.words.tokens);
const common = {
  vocabulary,
  decoder: independent(),
  embeddingSize: 8,
  characters: false,
  dropout: 0,
  seed: 5,
} as const;

export const teddyModels = {
  forward: () => tagger({ ...common, encoder: lstm({ hiddenSize: 12 }) }),
  both: () => tagger({ ...common, encoder: bidirectional(lstm({ hiddenSize: 6 })) }),
};

export const teddy: Lesson = {
  id: "teddy",
  seconds: 8,
  parts: () =>
    (["forward", "both"] as const).map((name) =>
      modelPart(name, teddyModels[name](), sentences, {
        steps: 160,
        batchSize: 32,
        optimizer: adamW({ learningRate: 0.03 }),
        schedule: oneCycle(),
        seed: 1,
      }),
    ),
};
