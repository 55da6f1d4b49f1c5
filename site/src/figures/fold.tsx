// One cell with a loop; unrolled it is T copies that share three matrices. Pull one weight and every copy changes.
import { parameterInputs, rnn } from "unrolled/nn";
import { input, linear, reshape, sigmoid } from "unrolled/tensor";
import { type AnyFigure, figure } from "../kit/figure.ts";
import { Arrow, Cell, Drawing, round, Slider } from "../kit/pictures.tsx";
import { floats, program, rowsOf } from "../kit/reference.ts";

const H = 3;
const block = rnn({ hiddenSize: H }).build(1);
const run = program(() => {
  const { outputs } = block.apply(parameterInputs(block.parameters), input("x", ["T", 1, 1])); // [T, 1, H]
  const y = sigmoid(linear(reshape(outputs, ["T", H]), input("Wya", [1, H]))); // [T, 1]
  return { a: outputs, y };
});
const Wax = floats([H, 1], [1.2, -0.8, 0.5]);
const ba = floats([H], [0, 0.1, -0.2]);
const Wya = floats([1, H], [1.4, -1.2, 0.9]);
const Waa = [0.5, -0.3, 0.2, 0.4, 0.6, -0.5, -0.2, 0.7, 0.1];
const x = [1, 0, 0.5, 0, -1, 0];

interface Params {
  steps: number;
  weight: number;
}
interface Data {
  a: number[][];
  y: number[];
}

const en = {
  title: "One cell, used T times",
  picture: (T: number) => `The same cell, unrolled over ${T} steps`,
  steps: "steps T:",
  weight: "one weight of Waa:",
  count: "parameters",
  said: (T: number, w: string, y: string) =>
    `${T} copies of one cell with 18 parameters; with the first weight of Waa at ${w}, the last output is ${y}.`,
};
const ko: typeof en = {
  title: "하나의 셀을 T번 쓰기",
  picture: (T) => `같은 셀을 ${T}개 시점으로 펼친 모습`,
  steps: "시점의 수 T:",
  weight: "Waa의 가중치 하나:",
  count: "매개변수",
  said: (T, w, y) => `매개변수가 18개인 셀 하나를 ${T}번 씁니다. Waa의 첫 가중치가 ${w}일 때 마지막 출력은 ${y}입니다.`,
};

export const fold: AnyFigure = figure<Params, Data, typeof en>({
  id: "fold",
  params: { steps: 6, weight: 0.5 },
  words: { en, ko },
  async compute({ steps, weight }) {
    const found = await run({
      weight_ih_l0: Wax,
      weight_hh_l0: floats([H, H], [weight, ...Waa.slice(1)]),
      bias_ih_l0: ba,
      Wya,
      x: floats([steps, 1, 1], x.slice(0, steps)),
    });
    return { a: rowsOf(found.a!, H), y: found.y! };
  },
  view({ params: { steps, weight }, data, w, set }) {
    const gap = 66;
    const left = 34;
    return (
      <>
        <Drawing height={212} label={w.picture(steps)}>
          {data.a.map((a, t) => {
            const cx = left + t * gap;
            return (
              <g key={t}>
                {steps === 1 ? (
                  <>
                    <path class="loop" d={`M${cx + 16},88 h20 v-40 h-36 v14`} />
                    <text class="small t" x={cx + 44} y="66">
                      Waa
                    </text>
                  </>
                ) : (
                  t > 0 && (
                    <>
                      <Arrow class={t === 0 ? "" : "shared"} from={[cx - gap + 16, 104]} to={[cx - 17, 104]} />
                      <text class="small shared" x={cx - gap / 2} y="98" text-anchor="middle">
                        Waa
                      </text>
                    </>
                  )
                )}
                <Arrow from={[cx, 172]} to={[cx, 146]} />
                <text class="small" x={cx + 5} y="163">
                  Wax
                </text>
                <rect class="box" x={cx - 16} y="62" width="32" height="84" rx="5" />
                {a.map((value, i) => (
                  <Cell key={i} x={cx - 11} y={67 + i * 25} size={22} height={24} value={value} />
                ))}
                <Arrow from={[cx, 62]} to={[cx, 42]} />
                <text class="small" x={cx + 5} y="56">
                  Wya
                </text>
                <rect class="cell" x={cx - 13} y="30" width="26" height="10" />
                <rect class="full" x={cx - 13} y="30" width={26 * data.y[t]!} height="10" />
                <text class="small" x={cx} y="22" text-anchor="middle">
                  ŷ⟨{t + 1}⟩ {round(data.y[t]!)}
                </text>
                <text class="small" x={cx} y="188" text-anchor="middle">
                  x⟨{t + 1}⟩ = {x[t]}
                </text>
                <text class="small" x={cx} y="206" text-anchor="middle">
                  a⟨{t + 1}⟩
                </text>
              </g>
            );
          })}
        </Drawing>
        <div class="controls">
          <Slider label={w.steps} value={steps} min={1} max={6} onInput={(value) => set({ steps: value })} />
          <Slider
            label={w.weight}
            value={weight}
            min={-1.5}
            max={1.5}
            step={0.1}
            text={round(weight, 1)}
            onInput={(value) => set({ weight: value })}
          />
        </div>
      </>
    );
  },
  play: {
    every: 1100,
    next: ({ steps, weight }) =>
      steps < 6 ? { steps: steps + 1 } : weight > 1.2 ? { steps: 1, weight: -0.5 } : { weight: weight + 0.5 },
  },
  lit: ({ steps }) => (steps === 6 ? ["waa"] : ["a"]),
  describe: ({ y }, { steps, weight }, w) => w.said(steps, round(weight, 1), round(y.at(-1)!)),
  goal: { weight: -1.5 },
  // The weight reaches every step but the first, whose state before it is zero.
  reached: ({ a, y }) => a.length === 6 && y.every((value) => value > 0 && value < 1),
});
