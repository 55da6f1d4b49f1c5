// Where it looks: attention of a network that writes words backwards, and what happens to long words without it.
import { attentionOf, predict, referenceEngine } from "unrolled";
import { type AnyFigure, figure } from "../kit/figure.ts";
import { Drawing, round, Text } from "../kit/pictures.tsx";
import { letters, reversed, reversing, reversingModels } from "../lessons/reversing.ts";

const models = { attention: reversingModels.attention(), plain: reversingModels.plain() };
const clean = (text: string) =>
  [...text.toLowerCase()]
    .filter((char) => letters.includes(char))
    .slice(0, 8)
    .join("");
const examples = ["abcdefgh", "bad", "cabbage", "headache"];

interface Params {
  text: string;
  at: number;
}
interface Data {
  source: readonly string[];
  target: readonly string[];
  weights: number[][];
  plain: string;
  want: string;
}
const en = {
  title: "Where it looks",
  text: "Letters from a to h",
  picture: "Each letter of the answer, and the letters of the source that it looks at",
  source: "source",
  target: "with attention",
  plain: "without attention",
  letter: "letter of the answer",
  said: (source: string, target: string, plain: string) => `${source}: with attention ${target}, without ${plain}.`,
};
const ko: typeof en = {
  title: "어디를 보는가",
  text: "a부터 h까지의 글자",
  picture: "답의 글자마다 원문의 어느 글자를 보는지",
  source: "원문",
  target: "어텐션이 있을 때",
  plain: "어텐션이 없을 때",
  letter: "답의 글자",
  said: (source, target, plain) => `${source}: 어텐션이 있으면 ${target}, 없으면 ${plain}입니다.`,
};

export const crossings: AnyFigure = figure<Params, Data, typeof en>({
  id: "crossings",
  params: { text: examples[0]!, at: -1 },
  words: { en, ko },
  lesson: async () => reversing,
  async compute({ text }, weights) {
    const source = clean(text) || "a";
    const engine = referenceEngine();
    const answers: Record<string, string> = {};
    for (const name of ["attention", "plain"] as const) {
      if (weights[name]) models[name].parameters.set(weights[name]);
      for await (const { translations } of predict(models[name], [source], { engine, beamSize: 1 }))
        answers[name] = translations[0]!.text;
    }
    const found = await attentionOf(models.attention, { source, target: answers.attention ?? "" }, { engine });
    return {
      source: found.source,
      target: found.target,
      weights: found.weights.map((row) => Array.from(row)),
      plain: answers.plain ?? "",
      want: reversed(source),
    };
  },
  view({ params, data, w, set }) {
    const S = data.source.length;
    const x = (i: number, n: number) => 210 + (i - (n - 1) / 2) * Math.min(46, 380 / Math.max(S, data.target.length));
    const shown = (text: string) => (text.startsWith("<") ? "∎" : text);
    return (
      <>
        <Text label={w.text} value={params.text} max={8} onInput={(text) => set({ text, at: -1 })} />
        <Drawing height={176} label={w.picture}>
          {data.weights.map((row, t) =>
            row.map((weight, s) =>
              weight > 0.03 && (params.at < 0 || params.at === t) ? (
                <line
                  key={`${t},${s}`}
                  class="thread"
                  stroke-width={(7 * weight).toFixed(2)}
                  x1={x(s, S)}
                  y1="44"
                  x2={x(t, data.target.length)}
                  y2="128"
                />
              ) : null,
            ),
          )}
          {data.source.map((letter, s) => (
            <text key={s} class="letter" x={x(s, S)} y="36" text-anchor="middle">
              {shown(letter)}
            </text>
          ))}
          {data.target.map((letter, t) => (
            <text
              key={t}
              class={params.at === t ? "letter strong" : "letter"}
              x={x(t, data.target.length)}
              y="146"
              text-anchor="middle"
            >
              {shown(letter)}
            </text>
          ))}
          <text class="small" x="210" y="14" text-anchor="middle">
            {w.source}
          </text>
          <text class="small" x="210" y="168" text-anchor="middle">
            {w.target}
          </text>
        </Drawing>
        <ol class="tokens">
          {data.target.map((letter, t) => (
            <li key={t} class={params.at === t ? "on" : ""}>
              <button
                type="button"
                aria-pressed={params.at === t}
                aria-label={`${w.letter} ${t + 1}: ${shown(letter)}`}
                onClick={() => set({ at: params.at === t ? -1 : t })}
              >
                {shown(letter)}
              </button>
              <small>{round(Math.max(...data.weights[t]!))}</small>
            </li>
          ))}
        </ol>
        <p class="keys">
          <span>
            {w.plain}: <b>{data.plain || "∎"}</b> {data.plain === data.want ? "✓" : "✗"}
          </span>
        </p>
      </>
    );
  },
  play: { every: 1300, next: ({ at, text }) => ({ at: at + 1 > clean(text).length ? -1 : at + 1 }) },
  lit: ({ at }) => (at < 0 ? ["alpha"] : ["alpha", "context"]),
  describe: ({ source, target, plain }, _, w) =>
    w.said(
      source.filter((s) => !s.startsWith("<")).join(""),
      target.filter((s) => !s.startsWith("<")).join(""),
      plain || "∎",
    ),
  goal: { text: "bacdgfe" },
  reached: ({ source, target, weights, want }) => {
    const spelled = target.filter((s) => !s.startsWith("<")).join("");
    // The first letter it writes is the last that it read, and there it looks.
    return spelled === want && weights[0]!.indexOf(Math.max(...weights[0]!)) >= source.length - 3;
  },
});
