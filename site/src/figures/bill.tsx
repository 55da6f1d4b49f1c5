// Backpropagation through time: the loss walks back, and each step drops its part of dL/dWaa into one tray.
import { foldIn, random, randomKey } from "unrolled/base";
import { gradient } from "unrolled/compile";
import { add, input, linear, matmul, mul, sub, sum, type Tensor, tanh } from "unrolled/tensor";
import { type AnyFigure, figure } from "../kit/figure.ts";
import { Drawing, Matrix, round, Slider } from "../kit/pictures.tsx";
import { floats, program, rowsOf } from "../kit/reference.ts";

const [T, H] = [12, 4];
const key = randomKey(5);
const draws = (name: string, size: number, scale: number) => {
  const draw = random(foldIn(key, name));
  return Array.from({ length: size }, () => scale * (2 * draw.uniform() - 1));
};
const Waa = draws("Waa", H * H, 0.75);
const xs = draws("x", T * H, 1);

// Each copy of the cell gets its own input for the weight, all fed with the same numbers: its gradient is that step's part.
const run = program(() => {
  const copies = Array.from({ length: T }, (_, t) => input(`W${t}`, [H, H]));
  let a: Tensor = input("a0", [1, H]);
  copies.forEach((W, t) => {
    a = tanh(add(linear(a, W), input(`x${t}`, [1, H])));
  });
  const error = sub(matmul(a, input("v", [H, 1])), 1);
  const loss = mul(sum(mul(error, error)), 0.5);
  const parts = gradient(loss, copies);
  return { loss, ...Object.fromEntries(parts.map((part, t) => [`part${t}`, part])) };
});

interface Params {
  back: number;
}
interface Data {
  parts: number[][];
  tray: number[];
  full: number[];
  cosine: number;
  norms: number[];
}
const dot = (a: readonly number[], b: readonly number[]) => a.reduce((s, v, i) => s + v * b[i]!, 0);

const en = {
  title: "The bill comes back",
  picture: (k: number) => `Contributions of the last ${k} of ${T} steps, and their sum`,
  back: "steps that the gradient walks back:",
  part: "part of each step",
  tray: "the tray: dL/dWaa",
  loss: "loss",
  said: (k: number, cosine: string) =>
    k === T
      ? `All ${T} parts are in the tray: this is the gradient of the shared matrix.`
      : `The last ${k} of ${T} parts are in the tray; the angle to the full gradient has cosine ${cosine}.`,
};
const ko: typeof en = {
  title: "청구서가 돌아온다",
  picture: (k) => `${T}개 시점 중 마지막 ${k}개의 몫과 그 합`,
  back: "기울기가 거슬러 올라가는 시점 수:",
  part: "시점마다의 몫",
  tray: "쟁반: dL/dWaa",
  loss: "손실",
  said: (k, cosine) =>
    k === T
      ? `${T}개의 몫이 모두 쟁반에 담겼습니다. 이것이 공유하는 행렬의 기울기입니다.`
      : `${T}개 중 마지막 ${k}개의 몫이 쟁반에 담겼습니다. 전체 기울기와 이루는 각의 코사인은 ${cosine}입니다.`,
};

export const bill: AnyFigure = figure<Params, Data, typeof en>({
  id: "bill",
  params: { back: T },
  words: { en, ko },
  async compute({ back }) {
    const found = await run({
      a0: floats([1, H], new Float64Array(H)),
      v: floats([H, 1], [1, -1, 0.5, 0.8]),
      ...Object.fromEntries(
        Array.from({ length: T }, (_, t) => [
          [`W${t}`, floats([H, H], Waa)],
          [`x${t}`, floats([1, H], xs.slice(t * H, (t + 1) * H))],
        ]).flat() as [string, ReturnType<typeof floats>][],
      ),
    });
    const parts = Array.from({ length: T }, (_, t) => found[`part${t}`]!);
    const total = (list: readonly number[][]) =>
      list.reduce((a, b) => a.map((v, i) => v + b[i]!), new Array<number>(H * H).fill(0));
    const [tray, full] = [total(parts.slice(T - back)), total(parts)];
    return {
      parts,
      tray,
      full,
      cosine: dot(tray, full) / Math.sqrt(dot(tray, tray) * dot(full, full)),
      norms: parts.map((part) => Math.sqrt(dot(part, part))),
    };
  },
  view({ params: { back }, data, w, set }) {
    const largest = Math.max(...data.parts.flat().map(Math.abs));
    const full = Math.max(...data.full.map(Math.abs));
    return (
      <>
        <Drawing height={226} label={w.picture(back)}>
          <text class="small" x="10" y="14">
            {w.part}
          </text>
          {data.parts.map((part, t) => {
            const on = t >= T - back;
            const x = 10 + t * 33.5;
            return (
              <g key={t} opacity={on ? 1 : 0.18}>
                <Matrix x={x} y={22} size={6.4} gap={0.5} values={rowsOf(part, H)} full={largest} />
                <text class="small" x={x + 14} y="64" text-anchor="middle">
                  {t + 1}
                </text>
                {on && <line class="drop" x1={x + 14} y1="70" x2={170 + (t - T / 2) * 3} y2="112" />}
              </g>
            );
          })}
          <rect class="box" x="132" y="112" width="78" height="78" rx="6" />
          <Matrix x={139} y={119} size={15} values={rowsOf(data.tray, H)} full={full} />
          <text class="small" x="171" y="208" text-anchor="middle">
            {w.tray}
          </text>
          <text class="small" x="226" y="140">
            cos ∠ = {round(data.cosine)}
          </text>
          <text class="small" x="226" y="160">
            {back} / {T}
          </text>
        </Drawing>
        <div class="controls">
          <Slider label={w.back} value={back} min={1} max={T} onInput={(value) => set({ back: value })} />
        </div>
      </>
    );
  },
  play: { every: 700, next: ({ back }) => ({ back: (back % T) + 1 }) },
  lit: ({ back }) => (back === T ? ["total"] : ["part"]),
  describe: ({ cosine }, { back }, w) => w.said(back, round(cosine)),
  goal: { back: 3 },
  // Old parts are small, so three steps already point almost where all twelve do.
  reached: ({ norms, cosine }) => norms[0]! < norms[T - 1]! / 3 && cosine > 0.7 && cosine < 1,
});
