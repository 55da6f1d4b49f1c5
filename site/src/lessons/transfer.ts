// Few labels: the accuracy of a classifier with random vectors, with vectors from a large text held fixed, and fine-tuned,
// after 4, 8, 16, 32, 64 and 128 labeled sentences. Its weights are the accuracies measured so far; NaN where there is none.
import { adamW, classifier, embedding, freeze, gru, report, wordTokenizer } from "unrolled";
import { train } from "unrolled/train";
import type { Lesson } from "../kit/lesson.ts";
import { drawer } from "./draw.ts";
import { learnVectors } from "./vectors.ts";

export const sizes = [4, 8, 16, 32, 64, 128] as const;
export const ways = ["random", "frozen", "tuned"] as const;
const praise = Array.from({ length: 24 }, (_, i) => `praise${i}`);
const blame = Array.from({ length: 24 }, (_, i) => `blame${i}`);
const neutral = "film story acting music plot scene camera actor".split(" ");
const dim = 12;

const { below, pick } = drawer(41, "transfer");
const row = () => {
  const positive = below(2) === 1;
  const list = positive ? praise : blame;
  return { text: [pick(neutral), pick(list), pick(neutral), pick(list)].join(" "), label: positive ? "good" : "bad" };
};
const plain = Array.from({ length: 3000 }, () => row().text).join("\n");
const labeled = Array.from({ length: 128 }, row);
const held = Array.from({ length: 200 }, row);
const tokenizer = wordTokenizer.fit([plain], { specials: ["pad", "unk"] });

export const transferLesson: Lesson = {
  id: "transfer",
  seconds: 20,
  async parts() {
    const from = await learnVectors(plain, { dim, window: 4, epochs: 10 });
    const found = new Float32Array(sizes.length * ways.length).fill(Number.NaN);
    const make = (way: (typeof ways)[number]) => {
      const table = way === "random" ? embedding({ embeddingSize: dim }) : embedding({ from });
      return classifier({
        tokenizer,
        labels: ["bad", "good"] as const,
        encoder: gru({ hiddenSize: 8 }),
        pooling: "mean",
        embedding: way === "frozen" ? freeze(table) : table,
        seed: 1,
      });
    };
    return [
      {
        name: "accuracies",
        steps: found.length,
        async *learn(engine, signal) {
          let step = 0;
          for (const [s, size] of sizes.entries())
            for (const [k, way] of ways.entries()) {
              const model = make(way);
              const rows = labeled.slice(0, size);
              const options = {
                steps: 30,
                batchSize: Math.min(16, size),
                optimizer: adamW({ learningRate: 0.02 }),
                seed: 1,
              };
              for await (const _ of train(model, { rows }, { ...options, engine, signal, shards: 1, threads: 1 }));
              if (signal.aborted) return;
              const { accuracy } = await report(model, { rows: held }, { engine, threads: 1 });
              found[s * ways.length + k] = accuracy;
              yield { step: ++step, loss: 1 - accuracy };
            }
        },
        weights: async () => Float32Array.from(found),
      },
    ];
  },
};
