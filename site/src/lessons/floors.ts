// One, two and three layers with about the same number of parameters, on the same names.
import { adamW, charTokenizer, dinosaurNames, gru, languageModel, oneCycle } from "unrolled";
import { type Lesson, modelPart } from "../kit/lesson.ts";

const rows = dinosaurNames.map((name) => name.toLowerCase());
const tokenizer = charTokenizer.fit(rows.join(""), { specials: ["pad", "bos", "eos"] });
export const depths = { one: [1, 30], two: [2, 21], three: [3, 17] } as const;
export type Depth = keyof typeof depths;
export const depthNames = Object.keys(depths) as Depth[];

export const floorModel = (depth: Depth) => {
  const [numLayers, hiddenSize] = depths[depth];
  return languageModel({ tokenizer, encoder: gru({ hiddenSize, numLayers }), embeddingSize: 10, seed: 2 });
};

export const floorsLesson: Lesson = {
  id: "floors",
  seconds: 16,
  parts: () =>
    depthNames.map((depth) =>
      modelPart(depth, floorModel(depth), rows, {
        steps: 240,
        batchSize: 32,
        optimizer: adamW({ learningRate: 0.02 }),
        schedule: oneCycle(),
        seed: 1,
      }),
    ),
};
