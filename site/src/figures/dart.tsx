// The strip and the dart: next-letter probabilities as lengths, a dart that lands, a temperature that stretches the strip.
import { softmax, temperature, topK } from "unrolled/decode";
import { type AnyFigure, figure } from "../kit/figure.ts";
import { languageReader } from "../kit/language.ts";
import { Drawing, round, Slider, Text } from "../kit/pictures.tsx";
import { isName, names, namesModel } from "../lessons/names.ts";

const model = namesModel();
const reader = languageReader(model);
const eos = model.tokenizer.special.eos!;
const V = model.tokenizer.vocabulary.size;
const token = (id: number) => (id === eos ? "∎" : model.tokenizer.vocabulary.token(id));
const clean = (text: string) =>
  [...text.toLowerCase()]
    .filter((char) => model.tokenizer.vocabulary.id(char) !== undefined)
    .slice(0, 16)
    .join("");

interface Params {
  text: string;
  heat: number;
  keep: number;
  dart: number;
}
interface Data {
  /** Letters by probability, with where each begins on the strip. */
  strip: { letter: string; p: number; from: number }[];
  hit: string;
  written: string;
  new: boolean;
}
const en = {
  title: "The strip and the dart",
  text: "The name so far",
  heat: "temperature:",
  keep: "top-k, letters kept:",
  dart: "where the dart lands:",
  picture: "Probabilities of the next letter, end to end",
  end: "end of the name",
  go: "Add this letter",
  said: (text: string, hit: string, written: string) =>
    `After "${text}" the dart hits ${hit}. Thrown on from here: ${written}.`,
};
const ko: typeof en = {
  title: "띠와 다트",
  text: "지금까지의 이름",
  heat: "온도(temperature):",
  keep: "top-k, 남기는 글자 수:",
  dart: "다트가 꽂히는 자리:",
  picture: "다음 글자의 확률을 이어 붙인 띠",
  end: "이름의 끝",
  go: "이 글자 붙이기",
  said: (text, hit, written) => `"${text}" 다음에 다트가 ${hit}에 꽂혔습니다. 여기서 계속 던지면 ${written}입니다.`,
};

const stripOf = (logits: readonly number[], heat: number, keep: number) => {
  const row = Float64Array.from(logits);
  temperature(heat).apply(row, []);
  topK(keep).apply(row, []);
  const p = softmax(Float32Array.from(row));
  let from = 0;
  return Array.from(p, (value, id) => ({ letter: token(id), p: value, id }))
    .filter(({ p: value }) => value > 0)
    .sort((a, b) => b.p - a.p)
    .map((one) => {
      const placed = { ...one, from };
      from += one.p;
      return placed;
    });
};
const at = <T extends { from: number; p: number }>(strip: readonly T[], dart: number): T =>
  strip.find(({ from, p }) => dart < from + p) ?? strip.at(-1)!;

export const dart: AnyFigure = figure<Params, Data, typeof en>({
  id: "dart",
  params: { text: "ty", heat: 1, keep: V, dart: 0.3 },
  words: { en, ko },
  lesson: async () => names,
  async compute({ text, heat, keep, dart: where }, weights) {
    const current = weights.names ?? model.parameters;
    const start = clean(text);
    let strip: ReturnType<typeof stripOf> | undefined;
    let written = start;
    // The first dart is the person's; the next ones fall at places that the golden ratio spreads.
    for (let n = 0, spot = where; n < 14; n++, spot = (spot + 0.618034) % 1) {
      const [rows] = await reader.logits(current, [reader.ids(written)]);
      const now = stripOf(rows!.at(-1)!, heat, keep);
      strip ??= now;
      const { id, letter } = at(now, spot);
      if (id === eos) break;
      written += letter;
    }
    return { strip: strip!, hit: at(strip!, where).letter, written, new: !isName.has(written) };
  },
  view({ params, data, w, set }) {
    const x = (share: number) => 8 + share * 404;
    return (
      <>
        <Text label={w.text} value={params.text} max={16} onInput={(text) => set({ text })} />
        <Drawing height={98} label={w.picture}>
          {data.strip.map(({ letter, p, from }, i) => (
            <g key={letter}>
              <rect
                class={i % 2 ? "other" : "full"}
                fill-opacity={letter === data.hit ? 1 : 0.42}
                x={x(from)}
                y="40"
                width={Math.max(0.4, 404 * p - 0.8)}
                height="36"
              />
              {p > 0.03 && (
                <text class="letter" x={x(from + p / 2)} y="63" text-anchor="middle">
                  {letter}
                </text>
              )}
            </g>
          ))}
          <path class="dartmark" d={`M${x(params.dart)},38 l-7,-18 h14 z`} />
          <text
            class="small"
            x={x(params.dart)}
            y="14"
            text-anchor={params.dart < 0.1 ? "start" : params.dart > 0.9 ? "end" : "middle"}
          >
            u = {round(params.dart)}
          </text>
          <text class="small" x="8" y="94">
            0
          </text>
          <text class="small" x="412" y="94" text-anchor="end">
            1
          </text>
        </Drawing>
        <p class="written">
          <b>{clean(params.text)}</b>
          {data.written.slice(clean(params.text).length)}
        </p>
        <div class="controls">
          <Slider
            label={w.dart}
            value={params.dart}
            min={0}
            max={0.99}
            step={0.01}
            text={round(params.dart)}
            onInput={(value) => set({ dart: value })}
          />
          <Slider
            label={w.heat}
            value={params.heat}
            min={0.2}
            max={2}
            step={0.1}
            text={round(params.heat, 1)}
            onInput={(value) => set({ heat: value })}
          />
          <Slider label={w.keep} value={params.keep} min={1} max={V} onInput={(value) => set({ keep: value })} />
          <button
            type="button"
            onClick={() =>
              set(
                data.hit === "∎"
                  ? { text: "" }
                  : { text: clean(params.text) + data.hit, dart: (params.dart + 0.618034) % 1 },
              )
            }
          >
            {w.go}
          </button>
        </div>
      </>
    );
  },
  play: { every: 1300, next: ({ dart: where }) => ({ dart: (where + 0.137) % 1 }) },
  lit: ({ heat }) => (heat === 1 ? ["p"] : ["tau"]),
  describe: (data, { text }, w) => w.said(clean(text), data.hit === "∎" ? w.end : data.hit, data.written),
  goal: { text: "tyrannosaur", heat: 0.5, dart: 0.2 },
  reached: ({ strip, hit, written }) => hit === "u" && strip[0]!.p > 0.8 && written.startsWith("tyrannosaurus"),
});
