// Two ribbons: the text, and the text one letter on. The color is the surprise; its mean is the loss.
import { type AnyFigure, figure } from "../kit/figure.ts";
import { languageReader } from "../kit/language.ts";
import { Text } from "../kit/pictures.tsx";
import { names, namesModel } from "../lessons/names.ts";

const model = namesModel();
const reader = languageReader(model);
const examples = ["tyrannosaurus", "brachiosaurus", "xqzwvkjb", "stegoceratops"];
const known = (text: string) =>
  [...text.toLowerCase()].filter((char) => model.tokenizer.vocabulary.id(char) !== undefined && char.length === 1);

interface Params {
  text: string;
}
interface Data {
  letters: string[];
  bits: number[];
  mean: number;
}
const en = {
  title: "Two ribbons",
  text: "Write a name",
  reads: "reads",
  should: "should say",
  bits: (b: string) => `${b} bits`,
  uniform: "guessing among all letters: 4.75 bits",
  said: (name: string, mean: string) =>
    `${name}: ${mean} bits per letter on average. Guessing among 27 letters costs 4.75.`,
};
const ko: typeof en = {
  title: "두 줄의 띠",
  text: "영어로 이름을 써 보세요",
  reads: "읽는 글자",
  should: "맞혀야 할 글자",
  bits: (b) => `${b}비트`,
  uniform: "아무 글자나 찍으면 4.75비트",
  said: (name, mean) => `${name}: 글자마다 평균 ${mean}비트입니다. 글자 27개 중에서 찍으면 4.75비트가 듭니다.`,
};

export const ribbons: AnyFigure = figure<Params, Data, typeof en>({
  id: "ribbons",
  params: { text: examples[0]! },
  words: { en, ko },
  lesson: async () => names,
  async compute({ text }, weights) {
    const letters = known(text).slice(0, 24);
    const ids = [...reader.ids(letters.join("")), model.tokenizer.special.eos!];
    const bits = await reader.surprise(weights.names ?? model.parameters, ids);
    return { letters, bits, mean: bits.reduce((a, b) => a + b, 0) / bits.length };
  },
  view({ params, data, w, set }) {
    const reads = ["▸", ...data.letters];
    const should = [...data.letters, "∎"];
    return (
      <>
        <Text label={w.text} value={params.text} max={24} onInput={(text) => set({ text })} />
        <ol class="tokens ribbon">
          {reads.map((letter, t) => (
            <li key={t}>
              <span>{letter}</span>
              <svg class="swatch" viewBox="0 0 20 26" role="img" aria-label={w.bits(data.bits[t]!.toFixed(1))}>
                <rect class="cell" width="20" height="26" rx="3" />
                <rect
                  class="pos"
                  fill-opacity={Math.min(1, data.bits[t]! / 7).toFixed(3)}
                  width="20"
                  height="26"
                  rx="3"
                />
                <text x="10" y="18" text-anchor="middle">
                  {should[t]}
                </text>
              </svg>
              <small>{data.bits[t]!.toFixed(1)}</small>
            </li>
          ))}
        </ol>
        <p class="keys">
          <span>↑ {w.reads}</span>
          <span class="key full">{w.should}</span>
          <span>{w.uniform}</span>
        </p>
      </>
    );
  },
  play: { every: 2400, next: ({ text }) => ({ text: examples[(examples.indexOf(text) + 1) % examples.length]! }) },
  lit: () => ["p", "y"],
  describe: ({ letters, mean }, _, w) => w.said(letters.join(""), mean.toFixed(2)),
  goal: { text: "stegosaurus" },
  reached: ({ mean }) => mean < 2.2,
});
