// Names of dinosaurs, letter by letter: a language model that several figures read and write with.
import { adamW, charTokenizer, dinosaurNames, gru, languageModel, oneCycle } from "unrolled";
import { type Lesson, modelPart } from "../kit/lesson.ts";

const rows = dinosaurNames.map((name) => name.toLowerCase());
const tokenizer = charTokenizer.fit(rows.join(""), { specials: ["pad", "bos", "eos"] });
export const isName = new Set(rows);
export const namesModel = () =>
  languageModel({ tokenizer, encoder: gru({ hiddenSize: 40 }), embeddingSize: 12, seed: 7 });

export const names: Lesson = {
  id: "names",
  seconds: 8,
  parts: () => [
    modelPart("names", namesModel(), rows, {
      steps: 420,
      batchSize: 32,
      optimizer: adamW({ learningRate: 0.015 }),
      schedule: oneCycle(),
      seed: 1,
    }),
  ],
};
