// One recurrent unit with three knobs: leak, latch, flip, forget.
import { parameterInputs, rnn } from "unrolled/nn";
import { input } from "unrolled/tensor";
import { type AnyFigure, figure } from "../kit/figure.ts";
import { Choice, Drawing, Path, round, Slider } from "../kit/pictures.tsx";
import { floats, program } from "../kit/reference.ts";

const T = 32;
const block = rnn({ hiddenSize: 1 }).build(1);
const run = program(() => ({ a: block.apply(parameterInputs(block.parameters), input("x", [T, 1, 1])).outputs }));

const behaviors = {
  leak: { w: 0.9, u: 0.5, b: 0 },
  latch: { w: 2.2, u: 2, b: 0 },
  flip: { w: -1.6, u: 1, b: 0 },
  forget: { w: 0, u: 1.5, b: 0 },
} as const;
type Behavior = keyof typeof behaviors;

interface Params {
  w: number;
  u: number;
  b: number;
  /** Steps at which the input is +1 and -1, one bit a step. */
  pulse: number;
}
interface Data {
  x: number[];
  a: number[];
}
const en = {
  title: "One unit, three knobs",
  picture: "The input, and the unit's activation over time",
  w: "w, on its own past:",
  u: "u, on the input:",
  b: "b, bias:",
  pulse: "the pulse comes at step",
  behavior: "Behavior",
  leak: "leak",
  latch: "latch",
  flip: "flip",
  forget: "forget",
  x: "input x",
  a: "activation a",
  said: (now: string, end: string) => `Right after the pulse the activation is ${now}; at the last step it is ${end}.`,
};
const ko: typeof en = {
  title: "유닛 하나, 손잡이 셋",
  picture: "시간에 따른 입력과 유닛의 활성값",
  w: "w, 자신의 과거에:",
  u: "u, 입력에:",
  b: "b, 편향:",
  pulse: "펄스가 오는 시점",
  behavior: "성질",
  leak: "샌다",
  latch: "붙든다",
  flip: "뒤집는다",
  forget: "잊는다",
  x: "입력 x",
  a: "활성값 a",
  said: (now, end) => `펄스 직후의 활성값은 ${now}, 마지막 시점의 활성값은 ${end}입니다.`,
};

export const unit: AnyFigure = figure<Params, Data, typeof en>({
  id: "unit",
  params: { ...behaviors.leak, pulse: 4 },
  words: { en, ko },
  async compute({ w, u, b, pulse }) {
    const x = Array.from({ length: T }, (_, t) => (t === pulse ? 1 : 0));
    const found = await run({
      weight_ih_l0: floats([1, 1], [u]),
      weight_hh_l0: floats([1, 1], [w]),
      bias_ih_l0: floats([1], [b]),
      x: floats([T, 1, 1], x),
    });
    return { x, a: found.a! };
  },
  view({ params, data, w, set }) {
    const x = (t: number) => 12 + t * 12.8;
    const y = (v: number, middle: number) => middle - v * 40;
    const chosen = (Object.keys(behaviors) as Behavior[]).find(
      (name) => behaviors[name].w === params.w && behaviors[name].u === params.u && behaviors[name].b === params.b,
    );
    return (
      <>
        <Drawing height={170} label={w.picture}>
          <line class="axis" x1="8" x2="412" y1="50" y2="50" />
          <line class="axis" x1="8" x2="412" y1="120" y2="120" />
          <Path points={data.x.map((v, t) => [x(t), y(v, 50)])} />
          <Path class="main" points={data.a.map((v, t) => [x(t), y(v, 120)])} />
          {data.a.map((v, t) => (
            <circle key={t} class="dot" cx={x(t)} cy={y(v, 120)} r="2.6" />
          ))}
        </Drawing>
        <p class="keys">
          <span class="key">{w.x}</span>
          <span class="key main">{w.a}</span>
        </p>
        <Choice
          label={w.behavior}
          value={chosen ?? ("" as Behavior)}
          options={(Object.keys(behaviors) as Behavior[]).map((name) => [name, w[name]] as const)}
          onSelect={(name) => set(behaviors[name])}
        />
        <div class="controls">
          {(["w", "u", "b"] as const).map((name) => (
            <Slider
              key={name}
              label={w[name]}
              value={params[name]}
              min={-2.5}
              max={2.5}
              step={0.1}
              text={round(params[name], 1)}
              onInput={(value) => set({ [name]: value })}
            />
          ))}
          <Slider label={w.pulse} value={params.pulse} min={0} max={20} onInput={(value) => set({ pulse: value })} />
        </div>
      </>
    );
  },
  play: {
    every: 2000,
    next: (params) => {
      const names = Object.keys(behaviors) as Behavior[];
      const at = names.findIndex((name) => behaviors[name].w === params.w);
      return behaviors[names[(at + 1) % names.length]!];
    },
  },
  lit: ({ w }) => (w === 0 ? ["u"] : ["w"]),
  describe: ({ a }, { pulse }, w) => w.said(round(a[pulse]!), round(a.at(-1)!)),
  goal: { ...behaviors.latch, pulse: 4 },
  reached: ({ a }) => a[3] === 0 && a[4]! > 0.9 && a.at(-1)! > 0.9,
});
