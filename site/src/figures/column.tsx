// The embedding matrix times a one-hot vector: everything is zero but one column.
import { wordVectors } from "unrolled/embeddings";
import { type AnyFigure, figure } from "../kit/figure.ts";
import { Cell, Choice, Drawing, round, Slider } from "../kit/pictures.tsx";

const words = ["man", "woman", "king", "queen", "apple", "orange", "juice", "durian"];
const features = 5;
// Features as the lecture draws them: gender, royal, age, food, drink; a row a word.
const E = wordVectors({
  words,
  dim: features,
  matrix: Float32Array.from([
    -1, 0.01, 0.03, 0.04, 0, 1, 0.02, 0.02, 0.01, 0, -0.95, 0.93, 0.7, 0.02, 0.01, 0.97, 0.95, 0.69, 0.01, 0, 0, -0.01,
    0.03, 0.95, 0.1, 0.01, 0, -0.02, 0.97, 0.15, 0, 0.01, 0.02, 0.4, 0.98, 0.02, 0, 0.01, 0.9, 0.05,
  ]),
});

type How = "product" | "lookup";
interface Params {
  j: number;
  how: How;
}
interface Data {
  product: number[];
  column: number[];
  operations: number;
}
const whole = (n: number) => n.toLocaleString("en-US");
const en = {
  title: "One column gets through",
  picture: (word: string) => `E times the one-hot vector of ${word}`,
  word: "word:",
  how: "How",
  product: "multiply E · o",
  lookup: "look the column up",
  rows: ["gender", "royal", "age", "food", "drink"],
  cost: (now: string) => `${now} multiplications with 300 features and 10,000 words`,
  said: (word: string, e: string) => `The embedding of ${word} is (${e}).`,
};
const ko: typeof en = {
  title: "열 하나만 통과한다",
  picture: (word) => `E와 ${word}의 원-핫 벡터의 곱`,
  word: "단어:",
  how: "방법",
  product: "곱하기 E · o",
  lookup: "열을 찾아 오기",
  rows: ["성별", "왕족", "나이", "음식", "음료"],
  cost: (now) => `특성 300개, 단어 10,000개라면 곱셈 ${now}번`,
  said: (word, e) => `${word}의 임베딩은 (${e})입니다.`,
};

export const column: AnyFigure = figure<Params, Data, typeof en>({
  id: "column",
  params: { j: 5, how: "product" },
  words: { en, ko },
  compute({ j, how }) {
    const word = words[j]!;
    return {
      product: Array.from(E.product(E.oneHot(word))),
      column: Array.from(E.vector(word)),
      operations: how === "product" ? 300 * 10_000 : 0,
    };
  },
  view({ params: { j, how }, data, w, set }) {
    return (
      <>
        <Drawing height={206} label={w.picture(words[j]!)}>
          {w.rows.map((row, r) => (
            <g key={row}>
              <text class="small" x="4" y={44 + r * 26}>
                {row}
              </text>
              {words.map((word, c) => (
                <g key={word} opacity={c === j ? 1 : how === "product" ? 0.35 : 0.12}>
                  <Cell x={50 + c * 27} y={28 + r * 26} size={25} height={24} value={E.vector(word)[r]!} />
                </g>
              ))}
              <Cell x={370} y={28 + r * 26} size={40} height={24} value={data.product[r]!} />
              <text class="small strong" x="390" y={44 + r * 26} text-anchor="middle">
                {round(data.product[r]!, 1)}
              </text>
            </g>
          ))}
          {words.map((word, c) => (
            <g key={word}>
              <text class={c === j ? "small strong" : "small"} x={62 + c * 27} y={c % 2 ? 11 : 23} text-anchor="middle">
                {word}
              </text>
              <rect class={c === j ? "full" : "cell"} x={300} y={28 + c * 16} width="26" height="15" />
              <text class="small" x="313" y={40 + c * 16} text-anchor="middle">
                {c === j ? 1 : 0}
              </text>
            </g>
          ))}
          <text x="280" y="95">
            ·
          </text>
          <text x="342" y="95">
            =
          </text>
          <text class="small" x="160" y="184" text-anchor="middle">
            E
          </text>
          <text class="small" x="313" y="184" text-anchor="middle">
            o
          </text>
          <text class="small" x="390" y="184" text-anchor="middle">
            e
          </text>
        </Drawing>
        <p class="keys">{w.cost(whole(data.operations))}</p>
        <div class="controls">
          <Slider
            label={w.word}
            value={j}
            min={0}
            max={words.length - 1}
            text={words[j]!}
            onInput={(value) => set({ j: value })}
          />
          <Choice
            label={w.how}
            value={how}
            options={[
              ["product", w.product],
              ["lookup", w.lookup],
            ]}
            onSelect={(value) => set({ how: value })}
          />
        </div>
      </>
    );
  },
  play: { every: 1200, next: ({ j }) => ({ j: (j + 1) % words.length }) },
  lit: () => ["e", "o"],
  describe: ({ product }, { j }, w) => w.said(words[j]!, product.map((v) => round(v)).join(", ")),
  goal: { j: 3, how: "lookup" },
  reached: ({ product, column: found, operations }) =>
    operations === 0 && product.length === features && product.every((v, i) => Math.abs(v - found[i]!) < 1e-6),
});
