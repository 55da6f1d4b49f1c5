// Two readers of one text: by characters and by words.
import { adamW, charTokenizer, gru, languageModel, oneCycle, wordTokenizer } from "unrolled";
import { type Lesson, modelPart } from "../kit/lesson.ts";
import { drawer } from "./draw.ts";

const subjects = ["the cat", "the dog", "a bird", "the old farmer", "a small child", "my sister"] as const;
const verbs = ["sees", "likes", "feeds", "follows", "finds"] as const;
const objects = ["the horse", "a red apple", "the garden", "an orange", "the river", "a letter"] as const;
const ends = ["today", "again", "in the morning", "at night", "every day"] as const;
const rows = (() => {
  const { pick } = drawer(12, "readers");
  return Array.from({ length: 500 }, () => `${pick(subjects)} ${pick(verbs)} ${pick(objects)} ${pick(ends)}`);
})();
const specials = ["pad", "bos", "eos"] as const;
const characters = charTokenizer.fit(rows.join(""), { specials: [...specials, "unk"] });
const words = wordTokenizer.fit(rows, { specials: [...specials, "unk"] });

export const readerModels = {
  characters: () =>
    languageModel({ tokenizer: characters, encoder: gru({ hiddenSize: 28 }), embeddingSize: 10, seed: 1 }),
  words: () => languageModel({ tokenizer: words, encoder: gru({ hiddenSize: 16 }), embeddingSize: 10, seed: 1 }),
};

export const readers: Lesson = {
  id: "readers",
  seconds: 8,
  parts: () =>
    (["characters", "words"] as const).map((name) =>
      modelPart(name, readerModels[name](), rows, {
        steps: name === "characters" ? 240 : 160,
        batchSize: 24,
        optimizer: adamW({ learningRate: 0.02 }),
        schedule: oneCycle(),
        seed: 1,
      }),
    ),
};
