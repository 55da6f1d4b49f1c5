// Words find their places: skip-gram on a small world, drawn while it learns; neighbors, and axes that one names.
import { pca, type WordVectors } from "unrolled/embeddings";
import { type AnyFigure, figure } from "../kit/figure.ts";
import { Choice, Drawing, round } from "../kit/pictures.tsx";
import { dim, shown, vectorsOf, world } from "../lessons/world.ts";

type Axes = "pca" | "named";
interface Params {
  word: string;
  axes: Axes;
}
interface Data {
  points: { word: string; x: number; y: number }[];
  neighbors: { word: string; score: number }[];
}
const en = {
  title: "Words find their places",
  picture: "The words of a small world by their vectors",
  axes: "Axes",
  pca: "the two widest directions (PCA)",
  named: "man to woman, and commoner to royal",
  word: "Word",
  near: "nearest words",
  cosine: "cosine",
  said: (word: string, a: string, b: string) => `Nearest to ${word}: ${a}, then ${b}.`,
};
const ko: typeof en = {
  title: "제자리를 찾는 단어들",
  picture: "작은 세계의 단어를 벡터에 따라 놓은 지도",
  axes: "축",
  pca: "가장 넓게 퍼진 두 방향(PCA)",
  named: "남성에서 여성으로, 평민에서 왕족으로",
  word: "단어",
  near: "가까운 단어",
  cosine: "코사인",
  said: (word, a, b) => `${word}에 가장 가까운 단어는 ${a}, 그다음은 ${b}입니다.`,
};

let before: Map<string, readonly [number, number]> | undefined;

/** The two principal directions, turned toward the last picture so that the map does not flip while it learns. */
function byPca(vectors: WordVectors): Map<string, readonly [number, number]> {
  const matrix = new Float32Array(shown.length * dim);
  shown.forEach((word, i) => {
    const v = vectors.vector(word);
    const norm = Math.hypot(...v) || 1;
    matrix.set(
      v.map((value) => value / norm),
      i * dim,
    );
  });
  const { points: coordinates } = pca({ data: matrix, rows: shown.length, dim });
  let places = shown.map((_, i): [number, number] => [coordinates[2 * i]!, coordinates[2 * i + 1]!]);
  if (before)
    for (const axis of [0, 1] as const) {
      const agree = places.reduce((sum, point, i) => sum + point[axis] * before!.get(shown[i]!)![axis], 0);
      if (agree < 0) places = places.map((point) => (axis === 0 ? [-point[0], point[1]] : [point[0], -point[1]]));
    }
  before = new Map(shown.map((word, i) => [word, places[i]!]));
  return before;
}

function byName(vectors: WordVectors): Map<string, readonly [number, number]> {
  const axis = (from: string, to: string) => {
    const [a, b] = [vectors.vector(from), vectors.vector(to)];
    const d = b.map((value, i) => value - a[i]!);
    const norm = Math.hypot(...d) || 1;
    return d.map((value) => value / norm);
  };
  const axes = [axis("man", "woman"), axis("man", "king")];
  const on = (word: string, d: Float32Array) => vectors.vector(word).reduce((sum, value, i) => sum + value * d[i]!, 0);
  return new Map(shown.map((word) => [word, [on(word, axes[0]!), on(word, axes[1]!)] as const]));
}

export const map: AnyFigure = figure<Params, Data, typeof en>({
  id: "map",
  params: { word: "king", axes: "pca" },
  words: { en, ko },
  lesson: async () => world,
  async compute({ word, axes }, weights) {
    if (!weights.vectors) return { points: [], neighbors: [] };
    const vectors = await vectorsOf(weights.vectors);
    const places = axes === "pca" ? byPca(vectors) : byName(vectors);
    const neighbors = vectors
      .nearest(word, { count: 40 })
      .filter(({ word: other }) => shown.includes(other))
      .slice(0, 4);
    return { points: shown.map((one) => ({ word: one, x: places.get(one)![0], y: places.get(one)![1] })), neighbors };
  },
  view({ params, data, w, set }) {
    const [xs, ys] = [data.points.map(({ x }) => x), data.points.map(({ y }) => y)];
    const scale = (values: readonly number[], low: number, high: number) => {
      const [a, b] = [Math.min(...values), Math.max(...values)];
      return (value: number) => low + ((value - a) / Math.max(1e-9, b - a)) * (high - low);
    };
    const [x, y] = [scale(xs, 40, 376), scale(ys, 250, 16)];
    // Labels that would cover another one are left out; those of the question are always there.
    const labels: { x: number; y: number }[] = [];
    const labeled = new Set<string>();
    const important = [params.word, ...data.neighbors.map(({ word }) => word)];
    for (const point of [...data.points].sort((p, q) => important.indexOf(q.word) - important.indexOf(p.word))) {
      const spot = { x: x(point.x), y: y(point.y) };
      const free = labels.every((other) => Math.abs(other.x - spot.x) > 52 || Math.abs(other.y - spot.y) > 11);
      if (!free && point.word !== params.word) continue;
      labels.push(spot);
      labeled.add(point.word);
    }
    const near = new Set(data.neighbors.map(({ word }) => word));
    return (
      <>
        <Drawing height={266} label={w.picture}>
          {data.points.map((point) => (
            // biome-ignore lint/a11y/noStaticElementInteractions: the list below does the same by keyboard
            <g key={point.word} class="spot" onClick={() => set({ word: point.word })}>
              <circle
                class={point.word === params.word ? "dot" : near.has(point.word) ? "dot b" : "dot far"}
                cx={x(point.x)}
                cy={y(point.y)}
                r="4"
              />
              {labeled.has(point.word) && (
                <text
                  class={point.word === params.word ? "small strong" : "small"}
                  x={x(point.x) + 6}
                  y={y(point.y) + 4}
                >
                  {point.word}
                </text>
              )}
            </g>
          ))}
        </Drawing>
        <p class="keys">
          {w.near}:{" "}
          {data.neighbors.map(({ word, score }) => (
            <span key={word}>
              {word} {round(score)}
            </span>
          ))}
        </p>
        <label class="text">
          {w.word}
          <select value={params.word} onInput={(event) => set({ word: event.currentTarget.value })}>
            {shown.map((word) => (
              <option key={word}>{word}</option>
            ))}
          </select>
        </label>
        <Choice
          label={w.axes}
          value={params.axes}
          options={[
            ["pca", w.pca],
            ["named", w.named],
          ]}
          onSelect={(axes) => set({ axes })}
        />
      </>
    );
  },
  play: {
    every: 2200,
    next: ({ word }) => ({
      word: ["king", "apple", "cat", "mother", "farmer"][
        (["king", "apple", "cat", "mother", "farmer"].indexOf(word) + 1) % 5
      ]!,
    }),
  },
  describe: ({ neighbors }, { word }, w) => w.said(word, neighbors[0]?.word ?? "–", neighbors[1]?.word ?? "–"),
  goal: { word: "apple" },
  reached: ({ neighbors }) =>
    neighbors.slice(0, 3).every(({ word }) => ["orange", "pear", "durian", "plum"].includes(word)),
});
