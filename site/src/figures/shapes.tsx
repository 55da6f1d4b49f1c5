// One diagram for every kind of network: switch inputs and outputs on and off.
import { dense, parameterInputs, rnn } from "unrolled/nn";
import { input, reshape, sub, tanh } from "unrolled/tensor";
import { type AnyFigure, figure } from "../kit/figure.ts";
import { Arrow, Choice, Drawing } from "../kit/pictures.tsx";
import { floats, program } from "../kit/reference.ts";

const kinds = ["oneToOne", "oneToMany", "manyToOne", "manyToMany", "translation"] as const;
type Kind = (typeof kinds)[number];
/** Which of the steps have an input, and which an output. */
const steps: Readonly<Record<Kind, readonly [string, string]>> = {
  oneToOne: ["x", "y"],
  oneToMany: ["x....", "yyyyy"],
  manyToOne: ["xxxxx", "....y"],
  manyToMany: ["xxxxx", "yyyyy"],
  translation: ["xxx...", "...yyy"],
};

// With one step and no state before it, the recurrent network is a dense layer: the same numbers.
const block = rnn({ hiddenSize: 3 }).build(2);
const layer = dense({ outputSize: 3 }).build(2);
const difference = program(() => {
  const x = input("x", [1, 1, 2]);
  const recurrent = block.apply(parameterInputs(block.parameters), x).outputs;
  const flat = tanh(layer.apply(parameterInputs(layer.parameters), x).outputs);
  return { difference: reshape(sub(recurrent, flat), [3]) };
});
const W = [0.4, -0.7, 0.2, 0.9, -0.5, 0.1];

interface Params {
  kind: Kind;
}
interface Data {
  inputs: boolean[];
  outputs: boolean[];
  difference: number;
}
const en = {
  title: "One diagram, five networks",
  picture: (kind: string) => `The network unrolled: ${kind}`,
  kind: "Kind",
  oneToOne: "one to one",
  oneToMany: "one to many",
  manyToOne: "many to one",
  manyToMany: "many to many, Tx = Ty",
  translation: "many to many, Tx ≠ Ty",
  use: {
    oneToOne: "a standard network: one input, one output",
    oneToMany: "music or a name from a label: `generator`",
    manyToOne: "the rating of a review: `classifier`, `regressor`, `forecaster`",
    manyToMany: "a tag for each word: `tagger`; the next letter: `languageModel`",
    translation: "a sentence in another language: `translator`",
  },
  feeds: "its own output is the next input",
  said: (kind: string, inputs: number, outputs: number, use: string) =>
    `${kind}: ${inputs} inputs, ${outputs} outputs. ${use}`,
};
const ko: typeof en = {
  title: "그림 하나, 신경망 다섯",
  picture: (kind) => `펼친 신경망: ${kind}`,
  kind: "종류",
  oneToOne: "일대일",
  oneToMany: "일대다",
  manyToOne: "다대일",
  manyToMany: "다대다, Tx = Ty",
  translation: "다대다, Tx ≠ Ty",
  use: {
    oneToOne: "일반 신경망: 입력 하나, 출력 하나",
    oneToMany: "라벨에서 음악이나 이름 만들기: `generator`",
    manyToOne: "영화 평의 별점: `classifier`, `regressor`, `forecaster`",
    manyToMany: "단어마다 태그 붙이기: `tagger`, 다음 글자 맞히기: `languageModel`",
    translation: "다른 언어의 문장으로: `translator`",
  },
  feeds: "출력이 다음 입력이 됩니다",
  said: (kind, inputs, outputs, use) => `${kind}: 입력 ${inputs}개, 출력 ${outputs}개. ${use}`,
};

export const shapes: AnyFigure = figure<Params, Data, typeof en>({
  id: "shapes",
  params: { kind: "manyToMany" },
  words: { en, ko },
  async compute({ kind }) {
    const [x, y] = steps[kind];
    const found = await difference({
      x: floats([1, 1, 2], [0.3, -1.2]),
      weight_ih_l0: floats([3, 2], W),
      weight_hh_l0: floats([3, 3], new Float64Array(9).fill(0.7)),
      bias_ih_l0: floats([3], [0.1, 0, -0.1]),
      weight: floats([3, 2], W),
      bias: floats([3], [0.1, 0, -0.1]),
    });
    return {
      inputs: [...x].map((c) => c === "x"),
      outputs: [...y].map((c) => c === "y"),
      difference: Math.max(...found.difference!.map(Math.abs)),
    };
  },
  view({ params: { kind }, data, w, set }) {
    const T = data.inputs.length;
    const x = (t: number) => 210 + (t - (T - 1) / 2) * 64;
    return (
      <>
        <Drawing height={190} label={w.picture(w[kind])}>
          {data.inputs.map((on, t) => (
            <g key={t}>
              {t > 0 && <Arrow from={[x(t - 1) + 18, 95]} to={[x(t) - 19, 95]} />}
              <rect class="box" x={x(t) - 18} y="72" width="36" height="46" rx="6" />
              {on && (
                <>
                  <rect class="other" x={x(t) - 14} y="150" width="28" height="24" rx="4" />
                  <Arrow from={[x(t), 150]} to={[x(t), 120]} />
                </>
              )}
              {data.outputs[t] && (
                <>
                  <rect class="full" x={x(t) - 14} y="16" width="28" height="24" rx="4" />
                  <Arrow from={[x(t), 72]} to={[x(t), 42]} />
                </>
              )}
              {!on && data.outputs[t - 1] && t > 0 && (
                <path
                  class="loop"
                  stroke-dasharray="3 3"
                  d={`M${x(t - 1) + 15},30 C${x(t) - 24},40 ${x(t) - 44},150 ${x(t) - 10},122`}
                />
              )}
            </g>
          ))}
        </Drawing>
        <p class="keys">
          <span class="key other">x</span>
          <span class="key full">y</span>
          {kind === "oneToMany" || kind === "translation" ? <span class="key free">{w.feeds}</span> : null}
        </p>
        <Choice
          label={w.kind}
          value={kind}
          options={kinds.map((name) => [name, w[name]] as const)}
          onSelect={(value) => set({ kind: value })}
        />
      </>
    );
  },
  play: { every: 2200, next: ({ kind }) => ({ kind: kinds[(kinds.indexOf(kind) + 1) % kinds.length]! }) },
  lit: ({ kind }) => [kind],
  describe: ({ inputs, outputs }, { kind }, w) =>
    w.said(w[kind], inputs.filter(Boolean).length, outputs.filter(Boolean).length, w.use[kind].replaceAll("`", "")),
  goal: { kind: "oneToOne" },
  reached: ({ difference: found, inputs, outputs }) => found < 1e-12 && inputs.length === 1 && outputs.length === 1,
});
