// Wa = [Waa | Wax]: two matrices pushed together, drawn to scale.
import { rnn } from "unrolled/nn";
import { type AnyFigure, figure } from "../kit/figure.ts";
import { Check, Drawing, Slider } from "../kit/pictures.tsx";

interface Params {
  units: number;
  words: number;
  joined: boolean;
}
interface Data {
  waa: number;
  wax: number;
  biases: number;
  total: number;
}

const whole = (n: number) => n.toLocaleString("en-US");
const en = {
  title: "Two matrices become one",
  picture: (h: number, v: number) => `Waa, ${h} by ${h}, beside Wax, ${h} by ${v}`,
  units: "units:",
  words: "words in the vocabulary:",
  joined: "push them together",
  bytes: (mb: string) => `${mb} MB as 32-bit numbers`,
  said: (h: string, both: string, total: string, mb: string) => `Wa has ${h} x ${both} = ${total} weights, ${mb} MB.`,
};
const ko: typeof en = {
  title: "두 행렬을 하나로",
  picture: (h, v) => `${h} x ${h} 행렬 Waa와 ${h} x ${v} 행렬 Wax`,
  units: "유닛 수:",
  words: "어휘의 단어 수:",
  joined: "붙이기",
  bytes: (mb) => `32비트 수로 ${mb} MB`,
  said: (h, both, total, mb) => `Wa의 가중치는 ${h} x ${both} = ${total}개, ${mb} MB입니다.`,
};

export const blocks: AnyFigure = figure<Params, Data, typeof en>({
  id: "blocks",
  params: { units: 100, words: 10_000, joined: true },
  words: { en, ko },
  compute({ units, words }) {
    const specs = rnn({ hiddenSize: units }).build(words).parameters;
    const count = (name: string) => specs.find((spec) => spec.name.startsWith(name))!.shape.reduce((a, b) => a * b, 1);
    const [waa, wax, biases] = [count("weight_hh"), count("weight_ih"), count("bias")];
    return { waa, wax, biases, total: waa + wax };
  },
  view({ params: { units, words, joined }, w, set, data }) {
    // To scale, but never so thin that it cannot be seen.
    const scale = 380 / (units + words);
    const [a, x] = [Math.max(6, units * scale), words * scale];
    const height = Math.max(26, Math.min(70, units / 4));
    const gap = joined ? 0 : 14;
    const left = 12;
    return (
      <>
        <Drawing height={178} label={w.picture(units, words)}>
          <rect class="full" x={left} y="42" width={a} height={height} />
          <rect class="other" x={left + a + gap} y="42" width={x} height={height} />
          <text x={left} y="18">
            Waa {whole(units)} x {whole(units)}
          </text>
          <text x={left + a + gap + x} y="18" text-anchor="end">
            Wax {whole(units)} x {whole(words)}
          </text>
          <text class="small" x={left} y={62 + height}>
            {joined ? `Wa = [Waa | Wax]  ${whole(units)} x ${whole(units + words)}` : ""}
          </text>
          {/* the column that it multiplies, lying on its side */}
          <rect class="full" fill-opacity="0.6" x={left} y={82 + height} width={a} height="10" />
          <rect class="other" fill-opacity="0.6" x={left + a + gap} y={82 + height} width={x} height="10" />
          <text class="small" x={left} y={108 + height}>
            [a⟨t−1⟩, x⟨t⟩] {joined ? whole(units + words) : ""}
          </text>
        </Drawing>
        <p class="keys">
          <span class="key full">Waa {whole(data.waa)}</span>
          <span class="key other">Wax {whole(data.wax)}</span>
          <span>{w.bytes(((4 * data.total) / 1e6).toFixed(2))}</span>
        </p>
        <div class="controls">
          <Slider
            label={w.units}
            value={units}
            min={10}
            max={500}
            step={10}
            text={whole(units)}
            onInput={(value) => set({ units: value })}
          />
          <Slider
            label={w.words}
            value={words}
            min={100}
            max={50_000}
            step={100}
            text={whole(words)}
            onInput={(value) => set({ words: value })}
          />
          <Check label={w.joined} checked={joined} onInput={(on) => set({ joined: on })} />
        </div>
      </>
    );
  },
  play: { every: 1600, next: ({ joined }) => ({ joined: !joined }) },
  lit: ({ joined }) => (joined ? ["wa"] : ["waa", "wax"]),
  describe: ({ total }, { units, words }, w) =>
    w.said(whole(units), whole(units + words), whole(total), ((4 * total) / 1e6).toFixed(2)),
  reached: ({ waa, wax, total }) => waa === 10_000 && wax === 1_000_000 && total === 100 * 10_100,
});
