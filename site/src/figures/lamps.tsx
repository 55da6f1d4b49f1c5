// Forty lamps: how bright is the gradient at each step, for three cells with the same recurrent matrix?
import { foldIn, random, randomKey } from "unrolled/base";
import { gradient } from "unrolled/compile";
import { probeStates } from "unrolled/inspect";
import { type Layer, lstm, orthogonal, parameterInputs, rnn } from "unrolled/nn";
import { input, mul, reshape, sqrt, sum, type Tensor } from "unrolled/tensor";
import { type AnyFigure, figure } from "../kit/figure.ts";
import { Check, Drawing, round, Scroll, Slider } from "../kit/pictures.tsx";
import { floats, program } from "../kit/reference.ts";

const [T, H] = [40, 12];
const cells = ["tanh", "relu", "lstm"] as const;
type Cell = (typeof cells)[number];
const layers: Readonly<Record<Cell, Layer>> = {
  tanh: rnn({ hiddenSize: H }),
  relu: rnn({ hiddenSize: H, activation: "relu" }),
  lstm: lstm({ hiddenSize: H, forgetBias: 3 }),
};

/** A rotation for each block of recurrent rows, small inputs, and a direction to measure at the end: all from one seed. */
const key = randomKey(11);
const draws = (name: string, size: number, scale: number) => {
  const draw = random(foldIn(key, name));
  return Float64Array.from({ length: size }, () => scale * (2 * draw.uniform() - 1));
};
const xs = floats([T, 1, H], draws("inputs", T * H, 0.3));

const readers = Object.fromEntries(
  cells.map((cell) => {
    const block = layers[cell].build(H);
    const blocks = cell === "lstm" ? 4 : 1;
    const parameters = parameterInputs(block.parameters);
    const run = program(() => {
      const { final } = block.apply(parameters, input("x", [T, 1, H]));
      const state = cell === "lstm" ? final.c_l0! : final.a_l0!;
      const loss = sum(mul(state, input("direction", [1, H])));
      const { results, layers: probed } = probeStates([loss], { times: [String(T)] });
      const { probe } = probed[0]!.states.find(({ name }) => name !== "h") ?? probed[0]!.states[0]!;
      const [flow, weight] = gradient(results[0]!, [probe, parameters.weight_hh_l0!]) as [Tensor, Tensor];
      const norm = (x: Tensor, axes: number[]) => sqrt(sum(mul(x, x), { axes }));
      return { norms: reshape(norm(flow, [1, 2]), [T]), total: norm(weight, [0, 1]) };
    });
    const rotation = (b: number) => orthogonal()([H, H], random(foldIn(key, "rotation", b)));
    const rotations = Array.from({ length: blocks }, (_, b) => Array.from(rotation(b))).flat();
    const feeds = Object.fromEntries(
      block.parameters.map(({ name, shape, init }) => [
        name,
        floats(
          shape,
          (name.startsWith("bias") && cell !== "lstm"
            ? new Float64Array(H)
            : init(shape, random(foldIn(key, cell, name)))) as ArrayLike<number>,
        ),
      ]),
    );
    const states = cell === "lstm" ? ["h", "c"] : ["a"];
    const zeros = Object.fromEntries(states.map((s) => [`probe.l0.${s}`, floats([T, 1, H], new Float64Array(T * H))]));
    return [
      cell,
      (scale: number) =>
        run({
          ...feeds,
          ...zeros,
          weight_hh_l0: floats(
            [blocks * H, H],
            rotations.map((value) => scale * value),
          ),
          x: xs,
          direction: floats([1, H], draws("direction", H, 1)),
        }),
    ];
  }),
) as Readonly<Record<Cell, (scale: number) => Promise<Record<string, number[]>>>>;

interface Params {
  scale: number;
  clip: boolean;
}
type Data = Readonly<Record<Cell, { norms: number[]; total: number; factor: number }>>;

/** Light of a lamp: 1 at a norm of 1 or more, 0 at a ten-thousandth. */
const light = (norm: number) => Math.max(0, Math.min(1, 1 + Math.log10(Math.max(1e-12, norm)) / 4));
const raised = (text: string) => [...text].map((digit) => "⁰¹²³⁴⁵⁶⁷⁸⁹⁻"["0123456789-".indexOf(digit)]).join("");
const power = (value: number) => {
  if (value >= 0.01 && value < 1000) return round(value);
  const [digits, exponent] = value.toExponential(0).split("e");
  return `${digits} × 10${raised(exponent!.replace("+", ""))}`;
};

const en = {
  title: "Forty lamps",
  picture: "Size of the gradient at each of forty steps, for three cells",
  scale: "size of the recurrent weights:",
  clip: "clip the gradient at norm 1",
  tanh: "plain RNN, tanh",
  relu: "plain RNN, ReLU",
  lstm: "LSTM",
  first: "step 1",
  last: "step 40: the loss",
  gradient: "norm of the weights' gradient",
  reaches: "reaches step 1",
  said: (scale: string, tanh: string, lstm: string) =>
    `With recurrent weights of size ${scale}, ${tanh} of the tanh network's gradient and ${lstm} of the LSTM's reach the first step.`,
};
const ko: typeof en = {
  title: "전등 마흔 개",
  picture: "세 가지 셀에서 마흔 개 시점마다 기울기의 크기",
  scale: "순환 가중치의 크기:",
  clip: "기울기를 노름 1에서 자르기",
  tanh: "기본 RNN, tanh",
  relu: "기본 RNN, ReLU",
  lstm: "LSTM",
  first: "시점 1",
  last: "시점 40: 손실",
  gradient: "가중치 기울기의 노름",
  reaches: "시점 1에 닿는 양",
  said: (scale, tanh, lstm) =>
    `순환 가중치의 크기가 ${scale}일 때, 첫 시점까지 닿는 기울기는 tanh 신경망이 ${tanh}, LSTM이 ${lstm}입니다.`,
};

export const lamps: AnyFigure = figure<Params, Data, typeof en>({
  id: "lamps",
  params: { scale: 0.9, clip: false },
  words: { en, ko },
  async compute({ scale, clip }) {
    const found = {} as Record<Cell, Data[Cell]>;
    for (const cell of cells) {
      const { norms, total } = await readers[cell](scale);
      const end = norms!.at(-1)!;
      found[cell] = {
        norms: norms!.map((norm) => norm / end),
        total: total![0]!,
        factor: clip ? Math.min(1, 1 / total![0]!) : 1,
      };
    }
    return found;
  },
  view({ params: { scale, clip }, data, w, set }) {
    return (
      <>
        <Drawing height={150} label={w.picture}>
          {cells.map((cell, row) => (
            <g key={cell}>
              <text class="small" x="10" y={14 + row * 44}>
                {w[cell]}
              </text>
              {data[cell].norms.map((norm, t) => (
                <g key={t}>
                  <circle class="lamp off" cx={14 + t * 10.05} cy={28 + row * 44} r="4.2" />
                  <circle
                    class={norm > 3 ? "lamp hot" : "lamp on"}
                    fill-opacity={light(norm).toFixed(3)}
                    cx={14 + t * 10.05}
                    cy={28 + row * 44}
                    r="4.2"
                  />
                </g>
              ))}
            </g>
          ))}
          <text class="small" x="10" y="146">
            {w.first}
          </text>
          <text class="small" x="412" y="146" text-anchor="end">
            {w.last}
          </text>
        </Drawing>
        <Scroll label={w.gradient}>
          <table>
            <thead>
              <tr>
                <td />
                <th scope="col">{w.reaches}</th>
                <th scope="col">{w.gradient}</th>
              </tr>
            </thead>
            <tbody>
              {cells.map((cell) => (
                <tr key={cell}>
                  <th scope="row">{w[cell]}</th>
                  <td>{power(data[cell].norms[0]!)}</td>
                  <td>
                    {power(data[cell].total)}
                    {clip && data[cell].factor < 1 ? ` → ${power(data[cell].total * data[cell].factor)}` : ""}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </Scroll>
        <div class="controls">
          <Slider
            label={w.scale}
            value={scale}
            min={0.5}
            max={1.5}
            step={0.05}
            text={round(scale)}
            onInput={(value) => set({ scale: value })}
          />
          <Check label={w.clip} checked={clip} onInput={(on) => set({ clip: on })} />
        </div>
      </>
    );
  },
  play: { every: 900, next: ({ scale }) => ({ scale: scale >= 1.3 ? 0.6 : Math.round((scale + 0.05) * 100) / 100 }) },
  lit: ({ scale }) => (scale < 1 ? ["waa", "prod", "small"] : ["waa", "prod", "large"]),
  describe: (data, { scale }, w) => w.said(round(scale), power(data.tanh.norms[0]!), power(data.lstm.norms[0]!)),
  goal: { scale: 0.8, clip: true },
  reached: ({ tanh, lstm: gated }) => tanh.norms[0]! < 1e-3 && gated.norms[0]! > 30 * tanh.norms[0]!,
});
