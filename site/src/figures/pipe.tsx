// The forward pass with its numbers: three units, four letters. Each product, sum and activation can be read.
import { parameterInputs, rnn } from "unrolled/nn";
import { input, linear, reshape, sigmoid, softmax } from "unrolled/tensor";
import { type AnyFigure, figure } from "../kit/figure.ts";
import { Bar, Choice, round, Scroll, Slider } from "../kit/pictures.tsx";
import { floats, program, rowsOf } from "../kit/reference.ts";

const letters = ["c", "a", "t", "s"];
const read = [0, 1, 2, 3, 0, 1, 2, 3];
const H = 3;
const Wax = [0.9, -0.5, 0.3, 0.6, -0.7, 0.8, 0.5, -0.2, 0.4, 0.6, -0.9, 0.7];
const Waa = [1.1, 0.4, -0.3, -0.2, 0.9, 0.5, 0.6, -0.4, 1.0];
const ba = [0.1, 0, -0.1];
const Wya = [1.5, -0.6, 0.2, -0.8, 1.2, 0.7, 0.4, 0.9, -1.3, -0.5, 0.3, 1.4];

type Activation = "tanh" | "relu";
type Output = "softmax" | "sigmoid";
interface Params {
  t: number;
  activation: Activation;
  output: Output;
}
interface Data {
  a: number[][];
  y: number[][];
  /** The three parts of the sum at step t. */
  fromX: number[];
  fromA: number[];
  sums: number[];
}

const runs = Object.fromEntries(
  (["tanh", "relu"] as const).map((activation) => {
    const block = rnn({ hiddenSize: H, activation }).build(4);
    return [
      activation,
      program(() => {
        const { outputs } = block.apply(parameterInputs(block.parameters), input("x", ["T", 1, 4]));
        const z = linear(reshape(outputs, ["T", H]), input("Wya", [4, H]));
        return { a: outputs, softmax: softmax(z), sigmoid: sigmoid(z) };
      }),
    ];
  }),
) as Record<Activation, ReturnType<typeof program>>;

const product = (W: readonly number[], x: readonly number[]) =>
  Array.from({ length: W.length / x.length }, (_, r) => x.reduce((sum, v, c) => sum + v * W[r * x.length + c]!, 0));

const en = {
  title: "A pipe with numbers",
  t: "step t:",
  activation: "Activation",
  output: "Output",
  unit: "unit",
  letter: "next letter",
  sum: "total",
  said: (t: number, letter: string, a: string, size: string) =>
    `At step ${t} the network reads ${letter}; its activation is (${a}), largest size ${size}.`,
};
const ko: typeof en = {
  title: "숫자가 보이는 관",
  t: "시점 t:",
  activation: "활성화 함수",
  output: "출력",
  unit: "유닛",
  letter: "다음 글자",
  sum: "합",
  said: (t, letter, a, size) => `시점 ${t}에 ${letter}를 읽습니다. 활성값은 (${a})이고 가장 큰 크기는 ${size}입니다.`,
};

export const pipe: AnyFigure = figure<Params, Data, typeof en>({
  id: "pipe",
  params: { t: 3, activation: "tanh", output: "softmax" },
  words: { en, ko },
  async compute({ t, activation, output }) {
    const x = read.flatMap((id) => letters.map((_, i) => (i === id ? 1 : 0)));
    const found = await runs[activation]({
      weight_ih_l0: floats([H, 4], Wax),
      weight_hh_l0: floats([H, H], Waa),
      bias_ih_l0: floats([H], ba),
      Wya: floats([4, H], Wya),
      x: floats([read.length, 1, 4], x),
    });
    const a = rowsOf(found.a!, H);
    const before = t > 1 ? a[t - 2]! : [0, 0, 0];
    const [fromX, fromA] = [product(Wax, rowsOf(x, 4)[t - 1]!), product(Waa, before)];
    return { a, y: rowsOf(found[output]!, 4), fromX, fromA, sums: fromX.map((v, i) => v + fromA[i]! + ba[i]!) };
  },
  view({ params: { t, activation, output }, data, w, set }) {
    const y = data.y[t - 1]!;
    return (
      <>
        <ol class="tokens">
          {read.map((id, i) => (
            <li key={i} class={i + 1 === t ? "on" : ""}>
              {letters[id]}
              <small>x⟨{i + 1}⟩</small>
            </li>
          ))}
        </ol>
        <Scroll label={w.unit}>
          <table>
            <thead>
              <tr>
                <th scope="col">{w.unit}</th>
                <th scope="col">Wax x⟨{t}⟩</th>
                <th scope="col">+ Waa a⟨{t - 1}⟩</th>
                <th scope="col">+ ba</th>
                <th scope="col">{w.sum}</th>
                <th scope="col">
                  {activation} → a⟨{t}⟩
                </th>
              </tr>
            </thead>
            <tbody>
              {data.sums.map((sum, i) => (
                <tr key={i}>
                  <th scope="row">{i + 1}</th>
                  <td>{round(data.fromX[i]!)}</td>
                  <td>{round(data.fromA[i]!)}</td>
                  <td>{round(ba[i]!)}</td>
                  <td>{round(sum)}</td>
                  <td>
                    <b>{round(data.a[t - 1]![i]!)}</b>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </Scroll>
        <table class="ends">
          <tbody>
            {letters.map((letter, i) => (
              <tr key={letter}>
                <th scope="row">
                  {w.letter}: {letter}
                </th>
                <td>
                  <Bar share={y[i]!} />
                </td>
                <td>{round(y[i]!)}</td>
              </tr>
            ))}
            <tr>
              <th scope="row">{w.sum}</th>
              <td />
              <td>{round(y.reduce((a, b) => a + b, 0))}</td>
            </tr>
          </tbody>
        </table>
        <div class="controls">
          <Slider label={w.t} value={t} min={1} max={read.length} onInput={(value) => set({ t: value })} />
          <Choice
            label={w.activation}
            value={activation}
            options={[
              ["tanh", "tanh"],
              ["relu", "ReLU"],
            ]}
            onSelect={(value) => set({ activation: value })}
          />
          <Choice
            label={w.output}
            value={output}
            options={[
              ["softmax", "softmax"],
              ["sigmoid", "sigmoid"],
            ]}
            onSelect={(value) => set({ output: value })}
          />
        </div>
      </>
    );
  },
  play: { every: 1500, next: ({ t }) => ({ t: (t % read.length) + 1 }) },
  lit: ({ t, output }) => (t === 1 ? ["x", output] : ["x", "a", output]),
  describe: ({ a }, { t }, w) => {
    const now = a[t - 1]!;
    return w.said(
      t,
      letters[read[t - 1]!]!,
      now.map((v) => round(v)).join(", "),
      round(Math.max(...now.map(Math.abs))),
    );
  },
  goal: { t: 8, activation: "relu", output: "sigmoid" },
  // The sums are the library's own; a ReLU unit grows past what tanh allows; sigmoid outputs need not add up to 1.
  reached: ({ a, y, sums }) =>
    sums.every((sum, i) => Math.abs(Math.max(0, sum) - a[7]![i]!) < 1e-9) &&
    Math.max(...a[7]!) > 1.5 &&
    Math.abs(y[7]!.reduce((s, v) => s + v, 0) - 1) > 0.1,
});
