// Many to one: the state is read out after each word, and the needle moves as one types.
import { predict, referenceEngine } from "unrolled";
import { type AnyFigure, figure } from "../kit/figure.ts";
import { Drawing, Path, round, Text } from "../kit/pictures.tsx";
import { isKnown, reviewModels, reviews } from "../lessons/reviews.ts";

const model = reviewModels.rnn();
const examples = ["the film is not good", "the story was great", "it is not awful", "a very dull plot and i saw it"];

interface Params {
  text: string;
}
interface Data {
  words: string[];
  /** Probability of "good" after each word. */
  good: number[];
  unknown: boolean[];
}
const en = {
  title: "The needle",
  text: "Write a short review",
  picture: "Probability that the review is good, after each word",
  good: "good",
  bad: "bad",
  unknown: "unknown word",
  said: (word: string, p: string) => `After the last word, ${word}, the review is good with probability ${p}.`,
};
const ko: typeof en = {
  title: "바늘",
  text: "짧은 영어 평을 써 보세요",
  picture: "단어를 읽을 때마다 좋은 평일 확률",
  good: "좋음",
  bad: "나쁨",
  unknown: "모르는 단어",
  said: (word, p) => `마지막 단어 ${word}까지 읽으면 좋은 평일 확률은 ${p}입니다.`,
};

export const needle: AnyFigure = figure<Params, Data, typeof en>({
  id: "needle",
  params: { text: examples[0]! },
  words: { en, ko },
  lesson: async () => reviews,
  async compute({ text }, weights) {
    if (weights.rnn) model.parameters.set(weights.rnn);
    const words =
      text
        .toLowerCase()
        .match(/\p{L}+/gu)
        ?.slice(0, 12) ?? [];
    const prefixes = words.map((_, t) => words.slice(0, t + 1).join(" "));
    const good: number[] = [];
    if (prefixes.length > 0)
      for await (const { probabilities } of predict(model, prefixes, { engine: referenceEngine() }))
        good.push(probabilities[1]!);
    return { words, good, unknown: words.map((word) => !isKnown(word)) };
  },
  view({ params, data, w, set }) {
    const T = data.words.length;
    const x = (t: number) => 56 + (t * 340) / Math.max(1, T - 1);
    const y = (p: number) => 14 + (1 - p) * 110;
    return (
      <>
        <Text label={w.text} value={params.text} onInput={(text) => set({ text })} />
        <Drawing height={172} label={w.picture}>
          <line class="axis" x1="48" x2="410" y1={y(0.5)} y2={y(0.5)} />
          <text class="small" x="4" y={y(1) + 6}>
            {w.good}
          </text>
          <text class="small" x="4" y={y(0) + 2}>
            {w.bad}
          </text>
          <Path class="main" points={data.good.map((p, t) => [x(t), y(p)])} />
          {data.good.map((p, t) => (
            <g key={t}>
              <circle class={p < 0.5 ? "dot b" : "dot"} cx={x(t)} cy={y(p)} r="5" />
              <text class="small" x={x(t)} y={t % 2 ? 164 : 146} text-anchor="middle">
                {data.words[t]}
                {data.unknown[t] ? "?" : ""}
              </text>
            </g>
          ))}
        </Drawing>
      </>
    );
  },
  play: { every: 2600, next: ({ text }) => ({ text: examples[(examples.indexOf(text) + 1) % examples.length]! }) },
  lit: () => ["yhat", "a"],
  describe: ({ words, good }, _, w) => w.said(words.at(-1) ?? "", good.length > 0 ? round(good.at(-1)!) : "–"),
  goal: { text: "the film is not good" },
  reached: ({ good }) => good.at(-1)! < 0.2,
});
