// a^n b^n for n = 1 .. 8: to know where it ends, a network has to count (Gers & Schmidhuber, 2001).
import { adamW, charTokenizer, languageModel, lstm, oneCycle, rnn } from "unrolled";
import { type Lesson, modelPart } from "../kit/lesson.ts";

export const longest = 8;
export const word = (n: number): string => "a".repeat(n) + "b".repeat(n);
const rows = Array.from({ length: 32 }, (_, i) => word(1 + (i % longest)));
const tokenizer = charTokenizer.fit("ab", { specials: ["pad", "bos", "eos"] });

export const counterModel = (cell: "lstm" | "rnn") =>
  languageModel({
    tokenizer,
    encoder: cell === "lstm" ? lstm({ hiddenSize: 8 }) : rnn({ hiddenSize: 8 }),
    embeddingSize: 4,
    seed: 1,
  });

export const counting: Lesson = {
  id: "counting",
  seconds: 8,
  parts: () =>
    (["lstm", "rnn"] as const).map((cell) =>
      modelPart(cell, counterModel(cell), rows, {
        steps: 500,
        batchSize: 32,
        optimizer: adamW({ learningRate: 0.03 }),
        schedule: oneCycle(),
        seed: 1,
      }),
    ),
};
