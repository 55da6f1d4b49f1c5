// Carry the arrow: man is to woman as king is to ...
import { pca } from "unrolled/embeddings";
import { type AnyFigure, figure } from "../kit/figure.ts";
import { Arrow, Choice, Drawing, round } from "../kit/pictures.tsx";
import { dim, shown, vectorsOf, world } from "../lessons/world.ts";

const questions = {
  queen: ["man", "woman", "king"],
  mother: ["man", "woman", "father"],
  daughter: ["king", "queen", "son"],
  aunt: ["father", "mother", "uncle"],
  princess: ["uncle", "aunt", "prince"],
} as const;
type Question = keyof typeof questions;
const keys = Object.keys(questions) as Question[];

interface Params {
  question: Question;
  method: "3CosAdd" | "3CosMul";
}
interface Data {
  points: { word: string; x: number; y: number }[];
  target: readonly [number, number];
  answers: { word: string; score: number }[];
}
const en = {
  title: "Carry the arrow",
  picture: (a: string, b: string, c: string) => `The arrow from ${a} to ${b}, carried to ${c}`,
  question: "Question",
  method: "Method",
  is: (a: string, b: string, c: string) => `${a} is to ${b} as ${c} is to`,
  excluded: (words: string) => `never answers: ${words}`,
  said: (a: string, b: string, c: string, answer: string, score: string) =>
    `${a} is to ${b} as ${c} is to ${answer} (${score}).`,
};
const ko: typeof en = {
  title: "화살표 옮기기",
  picture: (a, b, c) => `${a} → ${b} 화살표를 ${c}에서 시작하도록 옮긴 모습`,
  question: "질문",
  method: "방법",
  is: (a, b, c) => `${a} : ${b} = ${c} :`,
  excluded: (words) => `답에서 제외: ${words}`,
  said: (a, b, c, answer, score) => `${a} : ${b} = ${c} : ${answer} (${score}).`,
};

export const arrow: AnyFigure = figure<Params, Data, typeof en>({
  id: "arrow",
  params: { question: "queen", method: "3CosAdd" },
  words: { en, ko },
  lesson: async () => world,
  async compute({ question, method }, weights) {
    if (!weights.vectors) return { points: [], target: [0, 0], answers: [] };
    const vectors = await vectorsOf(weights.vectors);
    const [a, b, c] = questions[question];
    const answers = vectors
      .analogy({ a, b, c, method, count: 40 })
      .filter(({ word }) => shown.includes(word))
      .slice(0, 5);
    // The picture: the plane of the words of the question and of the answers.
    const drawn = [...new Set([a, b, c, ...answers.map(({ word }) => word)])];
    const unit = (word: string) => {
      const v = vectors.vector(word);
      const norm = Math.hypot(...v) || 1;
      return v.map((value) => value / norm);
    };
    const goal = unit(c).map((value, i) => value + unit(b)[i]! - unit(a)[i]!);
    const matrix = new Float32Array((drawn.length + 1) * dim);
    drawn.forEach((word, i) => {
      matrix.set(unit(word), i * dim);
    });
    matrix.set(goal, drawn.length * dim);
    const { points: coordinates } = pca({ data: matrix, rows: drawn.length + 1, dim });
    const place = (i: number) => [coordinates[2 * i]!, coordinates[2 * i + 1]!] as const;
    return {
      points: drawn.map((word, i) => ({ word, x: place(i)[0], y: place(i)[1] })),
      target: place(drawn.length),
      answers,
    };
  },
  view({ params, data, w, set }) {
    const [a, b, c] = questions[params.question];
    const [xs, ys] = [
      [...data.points.map(({ x }) => x), data.target[0]],
      [...data.points.map(({ y }) => y), data.target[1]],
    ];
    const scale = (values: readonly number[], low: number, high: number) => {
      const [from, to] = [Math.min(...values), Math.max(...values)];
      return (value: number) => low + ((value - from) / Math.max(1e-9, to - from)) * (high - low);
    };
    const [x, y] = [scale(xs, 30, 350), scale(ys, 170, 20)];
    const at = (word: string) => {
      const point = data.points.find((one) => one.word === word);
      return [x(point?.x ?? 0), y(point?.y ?? 0)] as const;
    };
    return (
      <>
        <Drawing height={190} label={w.picture(a, b, c)}>
          {data.points.length > 0 && (
            <>
              <Arrow from={at(a)} to={at(b)} />
              <Arrow class="shared" from={at(c)} to={[x(data.target[0]), y(data.target[1])]} />
            </>
          )}
          {data.points.map((point) => (
            <g key={point.word}>
              <circle
                class={
                  point.word === data.answers[0]?.word
                    ? "dot c"
                    : [a, b, c].includes(point.word as never)
                      ? "dot"
                      : "dot far"
                }
                cx={x(point.x)}
                cy={y(point.y)}
                r="4.5"
              />
              <text
                class={point.word === data.answers[0]?.word ? "small strong" : "small"}
                x={x(point.x) + 7}
                y={y(point.y) + 4}
              >
                {point.word}
              </text>
            </g>
          ))}
        </Drawing>
        <p class="keys">
          {w.is(a, b, c)}{" "}
          {data.answers.map(({ word, score }, i) => (
            <span key={word}>
              {i === 0 ? <b>{word}</b> : word} {round(score)}
            </span>
          ))}
          <span>{w.excluded([a, b, c].join(", "))}</span>
        </p>
        <Choice
          label={w.question}
          value={params.question}
          options={keys.map((key) => [key, `${questions[key].join(" : ").replace(/ : (?=\w+$)/, " = ")} : ?`] as const)}
          onSelect={(question) => set({ question })}
        />
        <Choice
          label={w.method}
          value={params.method}
          options={[
            ["3CosAdd", "3CosAdd"],
            ["3CosMul", "3CosMul"],
          ]}
          onSelect={(method) => set({ method })}
        />
      </>
    );
  },
  play: { every: 2400, next: ({ question }) => ({ question: keys[(keys.indexOf(question) + 1) % keys.length]! }) },
  lit: () => ["arrow"],
  describe: ({ answers }, { question }, w) => {
    const [a, b, c] = questions[question];
    return w.said(a, b, c, answers[0]?.word ?? "–", answers[0] ? round(answers[0].score) : "–");
  },
  goal: { question: "queen" },
  reached: ({ answers }) => answers[0]?.word === "queen",
});
