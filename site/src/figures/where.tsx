// Where word vectors help and where less: the table of docs/transfer.md as slopes.
import { type AnyFigure, figure } from "../kit/figure.ts";
import { Choice, Drawing, Path } from "../kit/pictures.tsx";
import { transferTable } from "../kit/transfer-table.ts";

type Task = keyof typeof transferTable;
const tasks = Object.keys(transferTable) as Task[];
interface Params {
  task: Task;
}
interface Data {
  sizes: readonly string[];
  rows: { name: "none" | "frozen" | "tuned"; values: readonly number[] }[];
  more: boolean;
  /** Gain of the better of the two at the smallest and the largest size, in points; negative where nothing is gained. */
  gains: readonly [number, number];
}
const en = {
  title: "Where vectors help",
  task: "Task",
  tags: "parts of speech",
  reviews: "film reviews",
  language: "language model of words",
  picture: (task: string) => `${task}: by number of sentences, with and without word vectors`,
  none: "random rows",
  frozen: "GloVe, frozen",
  tuned: "GloVe, fine-tuned",
  accuracy: "accuracy in %, more is better",
  perplexity: "perplexity, less is better",
  sentences: "training sentences",
  said: (task: string, a: string, b: string) =>
    `${task}: vectors gain ${a} at the smallest size and ${b} at the largest.`,
  points: (n: number) => `${n.toFixed(1)}`,
};
const ko: typeof en = {
  title: "벡터가 도움이 되는 곳",
  task: "과제",
  tags: "품사",
  reviews: "영화 평",
  language: "단어 단위 언어 모델",
  picture: (task) => `${task}: 단어 벡터가 있을 때와 없을 때, 문장 수에 따라`,
  none: "무작위 벡터",
  frozen: "GloVe, 동결",
  tuned: "GloVe, 미세 조정",
  accuracy: "정확도(%), 클수록 좋음",
  perplexity: "퍼플렉서티, 작을수록 좋음",
  sentences: "학습 문장 수",
  said: (task, a, b) => `${task}: 벡터로 얻는 이득은 문장이 가장 적을 때 ${a}, 가장 많을 때 ${b}입니다.`,
  points: (n) => `${n.toFixed(1)}`,
};

export const where: AnyFigure = figure<Params, Data, typeof en>({
  id: "where",
  params: { task: "tags" },
  words: { en, ko },
  compute({ task }) {
    const { sizes, more, none, frozen, tuned } = transferTable[task];
    const gain = (i: number) =>
      more ? Math.max(frozen[i]!, tuned[i]!) - none[i]! : none[i]! - Math.min(frozen[i]!, tuned[i]!);
    return {
      sizes,
      more,
      rows: [
        { name: "none", values: none },
        { name: "frozen", values: frozen },
        { name: "tuned", values: tuned },
      ],
      gains: [gain(0), gain(sizes.length - 1)],
    };
  },
  view({ params, data, w, set }) {
    const all = data.rows.flatMap(({ values }) => values);
    const [low, high] = [Math.min(...all), Math.max(...all)];
    const x = (i: number) => 56 + i * 150;
    const y = (value: number) => 18 + (1 - (value - low) / (high - low)) * 130;
    const styles = { none: "", frozen: "main", tuned: "third" };
    return (
      <>
        <Choice
          label={w.task}
          value={params.task}
          options={tasks.map((task) => [task, w[task]] as const)}
          onSelect={(task) => set({ task })}
        />
        <Drawing height={186} label={w.picture(w[params.task])}>
          {data.rows.map(({ name, values }) => (
            <g key={name}>
              <Path class={styles[name]} points={values.map((value, i) => [x(i), y(value)])} />
              {values.map((value, i) => (
                <g key={i}>
                  <circle
                    class={name === "none" ? "dot b" : name === "frozen" ? "dot" : "dot c"}
                    cx={x(i)}
                    cy={y(value)}
                    r="4"
                  />
                  <text class="small" x={x(i) + 7} y={y(value) + 4}>
                    {value}
                  </text>
                </g>
              ))}
            </g>
          ))}
          {data.sizes.map((size, i) => (
            <text key={size} class="small" x={x(i)} y="180" text-anchor="middle">
              {size}
            </text>
          ))}
        </Drawing>
        <p class="keys">
          <span class="key">{w.none}</span>
          <span class="key main">{w.frozen}</span>
          <span class="key third">{w.tuned}</span>
          <span>
            {data.more ? w.accuracy : w.perplexity}; {w.sentences}
          </span>
        </p>
      </>
    );
  },
  play: { every: 2600, next: ({ task }) => ({ task: tasks[(tasks.indexOf(task) + 1) % tasks.length]! }) },
  describe: ({ gains }, { task }, w) => w.said(w[task], w.points(gains[0]), w.points(gains[1])),
  goal: { task: "tags" },
  reached: ({ gains }) => gains[0] > 3 && gains[1] < 0,
});
