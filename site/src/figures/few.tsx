// Few labels: accuracy after 4 to 128 labeled sentences, point by point, for three ways to begin.
import { type AnyFigure, figure } from "../kit/figure.ts";
import { Drawing, Path, Slider } from "../kit/pictures.tsx";
import { sizes, transferLesson, ways } from "../lessons/transfer.ts";

type Way = (typeof ways)[number];
interface Params {
  size: number;
}
interface Data {
  curves: Record<Way, number[]>;
}
const en = {
  title: "Few labels",
  picture: "Accuracy on 200 unseen sentences by the number of labeled ones",
  size: "labeled sentences:",
  random: "random vectors",
  frozen: "learned vectors, frozen",
  tuned: "learned vectors, fine-tuned",
  said: (n: number, a: string, b: string, c: string) =>
    `With ${n} labeled sentences: random ${a}, frozen ${b}, fine-tuned ${c}.`,
};
const ko: typeof en = {
  title: "라벨이 적을 때",
  picture: "라벨이 붙은 문장 수에 따른, 처음 보는 문장 200개의 정확도",
  size: "라벨이 붙은 문장 수:",
  random: "무작위 벡터",
  frozen: "배운 벡터, 동결",
  tuned: "배운 벡터, 미세 조정",
  said: (n, a, b, c) => `라벨이 붙은 문장이 ${n}개일 때 정확도는 무작위 ${a}, 동결 ${b}, 미세 조정 ${c}입니다.`,
};
const percent = (value: number | undefined) =>
  value === undefined || Number.isNaN(value) ? "–" : `${Math.round(100 * value)} %`;

export const few: AnyFigure = figure<Params, Data, typeof en>({
  id: "few",
  params: { size: 2 },
  words: { en, ko },
  lesson: async () => transferLesson,
  compute(_, weights) {
    const all = weights.accuracies;
    const curve = (k: number) => sizes.map((_, s) => all?.[s * ways.length + k] ?? Number.NaN);
    return { curves: Object.fromEntries(ways.map((way, k) => [way, curve(k)])) as Data["curves"] };
  },
  view({ params, data, w, set }) {
    const x = (i: number) => 44 + i * (360 / (sizes.length - 1));
    const y = (p: number) => 10 + (1 - p) * 2 * 110;
    const styles: Record<Way, string> = { random: "", frozen: "main", tuned: "third" };
    return (
      <>
        <Drawing height={170} label={w.picture}>
          {[0.5, 0.75, 1].map((mark) => (
            <g key={mark}>
              <line class="axis" x1="40" x2="412" y1={y(mark)} y2={y(mark)} />
              <text class="small" x="2" y={y(mark) + 5}>
                {100 * mark} %
              </text>
            </g>
          ))}
          {ways.map((way) => {
            const points = data.curves[way].map((p, i) => [x(i), y(p)] as const).filter(([, p]) => !Number.isNaN(p));
            return (
              <g key={way}>
                <Path class={styles[way]} points={points} />
                {points.map(([cx, cy]) => (
                  <circle
                    key={cx}
                    class={way === "random" ? "dot b" : way === "frozen" ? "dot" : "dot c"}
                    cx={cx}
                    cy={cy}
                    r="3.4"
                  />
                ))}
              </g>
            );
          })}
          <line class="cursor" x1={x(params.size)} x2={x(params.size)} y1="6" y2="124" />
          {sizes.map((size, i) => (
            <text key={size} class={i === params.size ? "small strong" : "small"} x={x(i)} y="146" text-anchor="middle">
              {size}
            </text>
          ))}
        </Drawing>
        <p class="keys">
          <span class="key">{w.random}</span>
          <span class="key main">{w.frozen}</span>
          <span class="key third">{w.tuned}</span>
        </p>
        <div class="controls">
          <Slider
            label={w.size}
            value={params.size}
            min={0}
            max={sizes.length - 1}
            text={String(sizes[params.size])}
            onInput={(size) => set({ size })}
          />
        </div>
      </>
    );
  },
  play: { every: 1500, next: ({ size }) => ({ size: (size + 1) % sizes.length }) },
  describe: ({ curves }, { size }, w) =>
    w.said(sizes[size]!, percent(curves.random[size]), percent(curves.frozen[size]), percent(curves.tuned[size])),
  goal: { size: 2 },
  reached: ({ curves }) => curves.frozen[2]! > curves.random[2]! + 0.1 && curves.random.every((p) => !Number.isNaN(p)),
});
