// The cats, which already ate ..., were: push the verb away and see whose memory of the subject goes first.
import { type AnyFigure, figure } from "../kit/figure.ts";
import { languageReader } from "../kit/language.ts";
import { Drawing, Path, round, Slider } from "../kit/pictures.tsx";
import {
  agreement,
  agreementModels,
  farthest as far,
  longest,
  sentence,
  verbAt,
  wordId,
} from "../lessons/agreement.ts";

const cells = ["rnn", "gruSimplified", "lstm"] as const;
type Cell = (typeof cells)[number];
const models = Object.fromEntries(cells.map((cell) => [cell, agreementModels[cell]()])) as Record<
  Cell,
  ReturnType<(typeof agreementModels)["rnn"]>
>;
const reading = Object.fromEntries(cells.map((cell) => [cell, languageReader(models[cell])])) as Record<
  Cell,
  ReturnType<typeof languageReader>
>;
const farthest = far - (far % 2);

interface Params {
  distance: number;
}
interface Data {
  words: string[];
  /** Probability of the right verb against the wrong one, at each distance, mean of singular and plural. */
  right: Record<Cell, number[]>;
}
const en = {
  title: "The verb moves away",
  picture: "How sure each network is of the right verb, by the words in between",
  distance: "words between subject and verb:",
  rnn: "plain RNN",
  gruSimplified: "GRU",
  lstm: "LSTM",
  seen: "longest in training",
  said: (d: number, a: string, b: string, c: string) =>
    `With ${d} words in between: the plain RNN picks the right verb with probability ${a}, the GRU ${b}, the LSTM ${c}.`,
};
const ko: typeof en = {
  title: "멀어지는 동사",
  picture: "사이에 낀 단어 수에 따라 맞는 동사를 고를 확률",
  distance: "주어와 동사 사이의 단어 수:",
  rnn: "기본 RNN",
  gruSimplified: "GRU",
  lstm: "LSTM",
  seen: "학습 때의 최대 길이",
  said: (d, a, b, c) => `단어 ${d}개가 끼었을 때 맞는 동사를 고를 확률은 기본 RNN ${a}, GRU ${b}, LSTM ${c}입니다.`,
};

export const verb: AnyFigure = figure<Params, Data, typeof en>({
  id: "verb",
  params: { distance: 6 },
  words: { en, ko },
  lesson: async () => agreement,
  async compute({ distance }, weights) {
    const right = Object.fromEntries(cells.map((cell) => [cell, [] as number[]])) as Record<Cell, number[]>;
    for (const cell of cells)
      for (let d = 0; d <= farthest; d += 2) {
        const [one, many] = [sentence("cat", false, d), sentence("cat", true, d)];
        const at = verbAt(one);
        const rows = [one, many].map((text) => reading[cell].ids(text.split(" ").slice(0, at).join(" ")));
        const logits = await reading[cell].logits(weights[cell] ?? models[cell].parameters, rows);
        const was = (row: number) => {
          const last = logits[row]!.at(-1)!;
          return 1 / (1 + Math.exp(last[wordId("were")]! - last[wordId("was")]!));
        };
        right[cell].push((was(0) + 1 - was(1)) / 2);
      }
    return { words: sentence("cat", true, distance).split(" "), right };
  },
  view({ params, data, w, set }) {
    const x = (d: number) => 34 + (d / farthest) * 376;
    const y = (p: number) => 12 + (1 - p) * 110;
    const styles: Record<Cell, string> = { rnn: "", gruSimplified: "third", lstm: "main" };
    return (
      <>
        <ol class="tokens">
          {data.words.map((word, t) => (
            <li key={t} class={word === "cats" || word === "were" ? "on" : ""}>
              {word}
            </li>
          ))}
        </ol>
        <Drawing height={158} label={w.picture}>
          <line class="axis" x1="34" x2="412" y1={y(0.5)} y2={y(0.5)} />
          <line class="axis" x1={x(longest)} x2={x(longest)} y1="8" y2="126" />
          <text class="small" x={x(longest) + 4} y="122">
            {w.seen}
          </text>
          <text class="small" x="2" y={y(1) + 8}>
            1
          </text>
          <text class="small" x="2" y={y(0.5) + 4}>
            0.5
          </text>
          {cells.map((cell) => (
            <Path key={cell} class={styles[cell]} points={data.right[cell].map((p, i) => [x(2 * i), y(p)])} />
          ))}
          <line class="cursor" x1={x(params.distance)} x2={x(params.distance)} y1="8" y2="126" />
          <text class="small" x={x(params.distance)} y="142" text-anchor="middle">
            {params.distance}
          </text>
        </Drawing>
        <p class="keys">
          <span class="key">{w.rnn}</span>
          <span class="key third">{w.gruSimplified}</span>
          <span class="key main">{w.lstm}</span>
        </p>
        <div class="controls">
          <Slider
            label={w.distance}
            value={params.distance}
            min={0}
            max={farthest}
            step={2}
            onInput={(value) => set({ distance: value })}
          />
        </div>
      </>
    );
  },
  play: { every: 900, next: ({ distance }) => ({ distance: (distance + 2) % (farthest + 2) }) },
  describe: ({ right }, { distance }, w) => {
    const at = (cell: Cell) => round(right[cell][Math.floor(distance / 2)]!);
    return w.said(distance, at("rnn"), at("gruSimplified"), at("lstm"));
  },
  goal: { distance: 8 },
  // Gates carry the number across what was trained; the plain network has lost it after two words.
  reached: ({ right }) => right.lstm[4]! > 0.9 && right.gruSimplified[1]! > 0.8 && right.rnn[1]! < 0.7,
});
