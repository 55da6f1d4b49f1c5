// Shift it: a standard network learns a word anew at each position; a recurrent one does not care where it stands.
import { predict, referenceEngine } from "unrolled";
import { type AnyFigure, figure } from "../kit/figure.ts";
import { Bar, round, Slider } from "../kit/pictures.tsx";
import { reviewModels, reviews, window } from "../lessons/reviews.ts";

const models = { standard: reviewModels.standard(), rnn: reviewModels.rnn() };
const names = ["standard", "rnn"] as const;
const sentence = ["it", "is", "not", "good"];
const filler = ["i", "saw", "it", "with", "them", "and", "for", "me", "the", "music", "was", "in", "it"];

interface Params {
  shift: number;
}
interface Data {
  words: string[];
  /** Probability of "good", by each network. */
  good: Record<(typeof names)[number], number>;
  /** The same where nothing stands in front. */
  home: Record<(typeof names)[number], number>;
}
const en = {
  title: "Shift it",
  shift: "words put in front:",
  standard: "standard network",
  rnn: "recurrent network",
  unseen: "outside its window",
  said: (k: number, a: string, b: string) =>
    `With ${k} words in front, the standard network gives this bad review a probability of being good of ${a}, the recurrent one ${b}.`,
};
const ko: typeof en = {
  title: "밀어 보기",
  shift: "앞에 붙인 단어 수:",
  standard: "일반 신경망",
  rnn: "순환 신경망",
  unseen: "창 밖",
  said: (k, a, b) =>
    `앞에 단어 ${k}개를 붙였을 때, 이 나쁜 평을 좋은 평으로 볼 확률은 일반 신경망이 ${a}, 순환 신경망이 ${b}입니다.`,
};

export const shift: AnyFigure = figure<Params, Data, typeof en>({
  id: "shift",
  params: { shift: 0 },
  words: { en, ko },
  lesson: async () => reviews,
  async compute({ shift: k }, weights) {
    const words = [...filler.slice(0, k), ...sentence];
    const [good, home] = [{} as Data["good"], {} as Data["good"]];
    for (const name of names) {
      const model = models[name];
      if (weights[name]) model.parameters.set(weights[name]);
      const found: number[] = [];
      const texts = [words.join(" "), sentence.join(" ")];
      for await (const { probabilities } of predict(model, texts, { engine: referenceEngine() }))
        found.push(probabilities[1]!);
      [good[name], home[name]] = [found[0]!, found[1]!];
    }
    return { words, good, home };
  },
  view({ params, data, w, set }) {
    return (
      <>
        <ol class="tokens">
          {data.words.map((word, t) => (
            <li
              key={t}
              class={t >= data.words.length - sentence.length ? (t < window ? "on" : "out") : t < window ? "" : "out"}
            >
              {word}
              <small>{t < window ? `x⟨${t + 1}⟩` : w.unseen}</small>
            </li>
          ))}
        </ol>
        <table class="ends">
          <tbody>
            {names.map((name) => (
              <tr key={name}>
                <th scope="row">{w[name]}</th>
                <td>
                  <Bar share={data.good[name]} class={name === "rnn" ? "second" : ""} />
                </td>
                <td>{round(data.good[name])}</td>
              </tr>
            ))}
          </tbody>
        </table>
        <div class="controls">
          <Slider label={w.shift} value={params.shift} min={0} max={12} onInput={(value) => set({ shift: value })} />
        </div>
      </>
    );
  },
  play: { every: 1000, next: ({ shift: k }) => ({ shift: (k + 1) % 10 }) },
  lit: ({ shift: k }) => (k === 0 ? ["w"] : ["shared"]),
  describe: ({ good }, { shift: k }, w) => w.said(k, round(good.standard), round(good.rnn)),
  goal: { shift: 6 },
  // Both know the review where it was trained; pushed out of the window, only the recurrent one still does.
  reached: ({ good, home }) => home.standard < 0.1 && home.rnn < 0.1 && good.rnn < 0.2 && good.standard > 0.25,
});
