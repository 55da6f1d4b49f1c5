// Floors: one, two and three layers with about the same number of parameters; how long each unit remembers.
import type { LanguageModel } from "unrolled";
import { probeStates } from "unrolled/inspect";
import { tasks } from "unrolled/tasks";
import { view as slotView } from "unrolled/tensor";
import { type AnyFigure, figure } from "../kit/figure.ts";
import { languageReader } from "../kit/language.ts";
import { Drawing, round, Slider } from "../kit/pictures.tsx";
import { floats, ints, program, rowsOf } from "../kit/reference.ts";
import { type Depth, depthNames, floorModel, floorsLesson } from "../lessons/floors.ts";

const text = "tyrannosaurus brachiosaurus stegoceratops".split(" ");
const models = Object.fromEntries(depthNames.map((depth) => [depth, floorModel(depth)])) as Record<
  Depth,
  LanguageModel
>;
const reading = Object.fromEntries(depthNames.map((depth) => [depth, languageReader(models[depth])])) as Record<
  Depth,
  ReturnType<typeof languageReader>
>;
const tracers = Object.fromEntries(depthNames.map((depth) => [depth, tracer(models[depth])])) as Record<
  Depth,
  ReturnType<typeof tracer>
>;

/** States of every layer over a text, through the library's probes. */
function tracer(model: LanguageModel) {
  const { model: graph } = tasks["language-model"].graphs(model);
  const { results, layers } = probeStates([graph!.outputs.logits!], { specs: model.specs });
  const states = layers.map(({ states: all }) => all[0]!);
  const run = program(() => ({
    logits: results[0]!,
    ...Object.fromEntries(states.map(({ values }, l) => [`layer${l}`, values])),
  }));
  return async (weights: Float32Array, ids: readonly number[]): Promise<number[][][]> => {
    const T = ids.length;
    const found = await run({
      ids: ints([1, T], ids),
      ...Object.fromEntries(
        Object.entries(model.state).map(([name, shape]) => [
          `state.${name}`,
          floats([1, ...shape], new Float64Array(shape[0]!)),
        ]),
      ),
      ...Object.fromEntries(model.layout.slots.map((slot) => [slot.name, floats(slot.shape, slotView(weights, slot))])),
      ...Object.fromEntries(
        states.map(({ probe }) => {
          const H = Number(probe.shape.at(-1));
          return [probe.attrs.name, floats([T, 1, H], new Float64Array(T * H))];
        }),
      ),
    });
    return states.map(({ probe }, l) => rowsOf(found[`layer${l}`]!, Number(probe.shape.at(-1))));
  };
}

/** Correlation of a unit with itself one step earlier: 1 where it hardly moves, 0 where it forgets at once. */
function memory(values: readonly number[]): number {
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  const centered = values.map((value) => value - mean);
  const variance = centered.reduce((sum, v) => sum + v * v, 0);
  return variance > 1e-9 ? centered.slice(1).reduce((sum, v, t) => sum + v * centered[t]!, 0) / variance : 0;
}

interface Params {
  name: number;
}
interface Data {
  /** For each network, for each layer: memory of its units, slowest first. */
  floors: Record<Depth, number[][]>;
  bits: Record<Depth, number>;
}
const en = {
  title: "Floors",
  picture: "How long the units of each layer remember, slowest first",
  name: "name that is read:",
  layers: { one: "1 layer of 30", two: "2 layers of 21", three: "3 layers of 17" },
  layer: (l: number) => `layer ${l}`,
  bits: "bits per letter",
  slow: "slow",
  said: (a: string, b: string, c: string) =>
    `Bits per letter on this name: ${a} with one layer, ${b} with two, ${c} with three.`,
};
const ko: typeof en = {
  title: "층층이",
  picture: "층마다 유닛이 기억을 유지하는 정도, 느린 유닛부터",
  name: "읽는 이름:",
  layers: { one: "30유닛 1층", two: "21유닛 2층", three: "17유닛 3층" },
  layer: (l) => `${l}층`,
  bits: "글자당 비트",
  slow: "느림",
  said: (a, b, c) => `이 이름에서 글자당 비트는 1층이 ${a}, 2층이 ${b}, 3층이 ${c}입니다.`,
};

export const floors: AnyFigure = figure<Params, Data, typeof en>({
  id: "floors",
  params: { name: 0 },
  words: { en, ko },
  lesson: async () => floorsLesson,
  async compute({ name }, weights) {
    const found = {} as Data["floors"];
    const bits = {} as Data["bits"];
    for (const depth of depthNames) {
      const current = weights[depth] ?? models[depth].parameters;
      const ids = [...reading[depth].ids(text[name]!), models[depth].tokenizer.special.eos!];
      const layers = await tracers[depth](current, ids);
      found[depth] = layers.map((rows) =>
        rows[0]!.map((_, u) => memory(rows.map((row) => row[u]!))).sort((a, b) => b - a),
      );
      const surprise = await reading[depth].surprise(current, ids);
      bits[depth] = surprise.reduce((a, b) => a + b, 0) / surprise.length;
    }
    return { floors: found, bits };
  },
  view({ params, data, w, set }) {
    return (
      <>
        <Drawing height={186} label={w.picture}>
          {depthNames.map((depth, n) => (
            <g key={depth}>
              <text class="small" x={14 + n * 136} y="14">
                {w.layers[depth]}
              </text>
              {data.floors[depth].map((units, l) => {
                const y = 150 - l * 46;
                const width = 118 / units.length;
                return (
                  <g key={l}>
                    <line class="axis" x1={14 + n * 136} x2={134 + n * 136} y1={y} y2={y} />
                    {units.map((value, u) => (
                      <rect
                        key={u}
                        class={value < 0 ? "neg" : "pos"}
                        x={14 + n * 136 + u * width}
                        y={value < 0 ? y : y - 36 * value}
                        width={width - 0.8}
                        height={Math.abs(36 * value)}
                      />
                    ))}
                    <text class="small" x={14 + n * 136} y={y + 12}>
                      {w.layer(l + 1)}
                    </text>
                  </g>
                );
              })}
              <text class="small" x={14 + n * 136} y="182">
                {round(data.bits[depth])} {n === 0 ? w.bits : ""}
              </text>
            </g>
          ))}
        </Drawing>
        <div class="controls">
          <Slider
            label={w.name}
            value={params.name}
            min={0}
            max={text.length - 1}
            text={text[params.name]!}
            onInput={(name) => set({ name })}
          />
        </div>
      </>
    );
  },
  play: { every: 2400, next: ({ name }) => ({ name: (name + 1) % text.length }) },
  lit: () => ["l"],
  describe: ({ bits }, _, w) => w.said(round(bits.one), round(bits.two), round(bits.three)),
  goal: { name: 0 },
  reached: ({ bits, floors: found }) => Object.values(bits).every((b) => b < 3) && found.three.length === 3,
});
