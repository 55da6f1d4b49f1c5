// Turn and stretch: the cosine looks at the angle alone. Then two words, product by product.
import { cosine } from "unrolled/embeddings";
import { type AnyFigure, figure } from "../kit/figure.ts";
import { Arrow, Drawing, round, Slider } from "../kit/pictures.tsx";
import { shown, vectorsOf, world } from "../lessons/world.ts";

interface Params {
  turn: number;
  stretch: number;
  a: string;
  b: string;
}
interface Data {
  cosine: number;
  distance: number;
  /** u_i v_i of the two words, as parts of their cosine. */
  products: number[];
  words: number;
}
const en = {
  title: "Turn and stretch",
  picture: "Two arrows and the angle between them",
  turn: "angle of v:",
  stretch: "length of v:",
  first: "First word",
  second: "Second word",
  cos: "cosine",
  distance: "distance",
  parts: "Products of the coordinates of the two words; their sum is the cosine",
  said: (c: string, d: string, a: string, b: string, words: string) =>
    `Cosine ${c}, distance ${d}. ${a} and ${b}: cosine ${words}.`,
};
const ko: typeof en = {
  title: "돌리고 늘이기",
  picture: "두 화살표와 그 사이의 각",
  turn: "v의 각도:",
  stretch: "v의 길이:",
  first: "첫째 단어",
  second: "둘째 단어",
  cos: "코사인",
  distance: "거리",
  parts: "두 단어의 좌표끼리 곱한 값, 모두 더하면 코사인이 됩니다",
  said: (c, d, a, b, words) => `코사인 ${c}, 거리 ${d}. ${a}, ${b}의 코사인은 ${words}입니다.`,
};

export const angle: AnyFigure = figure<Params, Data, typeof en>({
  id: "angle",
  params: { turn: 40, stretch: 1, a: "king", b: "queen" },
  words: { en, ko },
  lesson: async () => world,
  async compute({ turn, stretch, a, b }, weights) {
    const t = (turn * Math.PI) / 180;
    const [u, v] = [Float32Array.of(1, 0), Float32Array.of(stretch * Math.cos(t), stretch * Math.sin(t))];
    const distance = Math.hypot(u[0]! - v[0]!, u[1]! - v[1]!);
    if (!weights.vectors) return { cosine: cosine(u, v), distance, products: [], words: Number.NaN };
    const vectors = await vectorsOf(weights.vectors);
    const [x, y] = [vectors.vector(a), vectors.vector(b)];
    const norm = Math.hypot(...x) * Math.hypot(...y) || 1;
    return {
      cosine: cosine(u, v),
      distance,
      products: Array.from(x, (value, i) => (value * y[i]!) / norm),
      words: vectors.similarity(a, b),
    };
  },
  view({ params, data, w, set }) {
    const t = (params.turn * Math.PI) / 180;
    const [cx, cy, r] = [110, 100, 60];
    const tip = [cx + r * params.stretch * Math.cos(t), cy - r * params.stretch * Math.sin(t)] as const;
    let level = 0;
    const scale = 60;
    const select = (name: "a" | "b", label: string) => (
      <label class="text">
        {label}
        <select value={params[name]} onInput={(event) => set({ [name]: event.currentTarget.value })}>
          {shown.map((word) => (
            <option key={word}>{word}</option>
          ))}
        </select>
      </label>
    );
    return (
      <>
        <Drawing height={204} label={w.picture}>
          <path
            class="arc"
            d={`M${cx + 26},${cy} A26,26 0 ${params.turn > 180 ? 1 : 0} 0 ${cx + 26 * Math.cos(t)},${cy - 26 * Math.sin(t)}`}
          />
          <Arrow from={[cx, cy]} to={[cx + r, cy]} />
          <Arrow class="shared" from={[cx, cy]} to={tip} />
          <text x={cx + r + 5} y={cy + 14}>
            u
          </text>
          <text class="shared" x={tip[0] + 5} y={tip[1] + 4}>
            v
          </text>
          <text class="small" x="14" y="198">
            {w.cos} {round(data.cosine)} · {w.distance} {round(data.distance)}
          </text>
          <line class="axis" x1="240" x2="414" y1="120" y2="120" />
          {data.products.map((product, i) => {
            const from = level;
            level += product;
            return (
              <rect
                key={i}
                class={product < 0 ? "neg" : "pos"}
                x={244 + i * 10}
                y={120 - scale * Math.max(from, level)}
                width="8.6"
                height={Math.max(0.6, scale * Math.abs(product))}
              />
            );
          })}
          <text class="small" x="240" y="198">
            {params.a} · {params.b} = {round(data.words)}
          </text>
        </Drawing>
        <p class="keys">{w.parts}</p>
        <div class="controls">
          <Slider
            label={w.turn}
            value={params.turn}
            min={0}
            max={180}
            step={5}
            text={`${params.turn}°`}
            onInput={(turn) => set({ turn })}
          />
          <Slider
            label={w.stretch}
            value={params.stretch}
            min={0.3}
            max={1.6}
            step={0.1}
            text={round(params.stretch, 1)}
            onInput={(stretch) => set({ stretch })}
          />
          {select("a", w.first)}
          {select("b", w.second)}
        </div>
      </>
    );
  },
  play: {
    every: 900,
    next: ({ turn, stretch }) =>
      stretch < 1.5 ? { stretch: Math.round(10 * (stretch + 0.3)) / 10 } : { stretch: 0.4, turn: (turn + 35) % 180 },
  },
  lit: ({ stretch }) => (stretch === 1 ? ["dot"] : ["norm"]),
  describe: (data, { a, b }, w) => w.said(round(data.cosine), round(data.distance), a, b, round(data.words)),
  goal: { turn: 90, stretch: 1.5, a: "apple", b: "orange" },
  reached: (data) =>
    Math.abs(data.cosine) < 1e-6 &&
    data.words > 0.5 &&
    Math.abs(data.products.reduce((x, y) => x + y, 0) - data.words) < 1e-4,
});
