// Words written backwards: a translation in which each letter of the target has one source. With attention and without.
import { adamW, bidirectional, charTokenizer, gru, multiplicative, oneCycle, translator } from "unrolled";
import { type Lesson, modelPart } from "../kit/lesson.ts";
import { drawer } from "./draw.ts";

export const letters = "abcdefgh";
export const reversed = (text: string): string => [...text].reverse().join("");
const rows = (() => {
  const { below, pick } = drawer(8, "reversing");
  return Array.from({ length: 800 }, () => {
    const source = Array.from({ length: 2 + below(6) }, () => pick([...letters])).join("");
    return { source, target: reversed(source) };
  });
})();
const tokenizer = charTokenizer.fit(letters, { specials: ["pad", "bos", "eos", "unk"] });
const common = {
  tokenizer,
  encoder: bidirectional(gru({ hiddenSize: 16 })),
  decoder: gru({ hiddenSize: 32 }),
  embeddingSize: 16,
  seed: 4,
};

export const reversingModels = {
  attention: () => translator({ ...common, attention: multiplicative() }),
  plain: () => translator({ ...common, attention: "none" }),
};

export const reversing: Lesson = {
  id: "reversing",
  seconds: 20,
  parts: () =>
    (["attention", "plain"] as const).map((name) =>
      modelPart(name, reversingModels[name](), rows, {
        steps: 420,
        batchSize: 32,
        optimizer: adamW({ learningRate: 0.012 }),
        schedule: oneCycle(),
        seed: 1,
      }),
    ),
};
