// The update gate as a valve for each word: hold it by hand, and the verb's probability changes.
import { type AnyFigure, figure } from "../kit/figure.ts";
import { type HeldRun, heldReader, idsOf } from "../kit/held.ts";
import { Bar, Check, Choice, Drawing, round, Slider } from "../kit/pictures.tsx";
import { agreement, agreementModels, sentence, verbAt, wordId } from "../lessons/agreement.ts";

const model = agreementModels.gruSimplified();
const read = heldReader("gruSimplified", model);

interface Params {
  plural: "one" | "many";
  held: boolean;
  update: number;
}
interface Data {
  words: string[];
  unit: number;
  gate: number[];
  memory: number[];
  were: number;
  free: number;
}
const en = {
  title: "A valve one can hold",
  picture: (unit: number) => `Update gate and memory of unit ${unit} at each word`,
  number: "Subject",
  one: "the cat",
  many: "the cats",
  hold: "hold the gate after the subject",
  update: "update gate Γu:",
  were: "next word: were",
  was: "next word: was",
  gate: "gate Γu: how much is replaced",
  memory: "memory c",
  said: (who: string, p: string) => `After "${who} which ate in the" the network expects "were" with probability ${p}.`,
};
const ko: typeof en = {
  title: "손으로 잡는 밸브",
  picture: (unit) => `단어마다 유닛 ${unit}의 갱신 게이트와 기억`,
  number: "주어",
  one: "the cat",
  many: "the cats",
  hold: "주어 뒤의 게이트를 직접 잡기",
  update: "갱신 게이트 Γu:",
  were: "다음 단어 were",
  was: "다음 단어 was",
  gate: "게이트 Γu: 바꾸는 정도",
  memory: "기억 c",
  said: (who, p) => `"${who} which ate in the" 다음에 were가 올 확률을 ${p}로 봅니다.`,
};
const distance = 2;

export const valve: AnyFigure = figure<Params, Data, typeof en>({
  id: "valve",
  params: { plural: "many", held: false, update: 1 },
  words: { en, ko },
  lesson: async () => agreement,
  async compute({ plural, held, update }, all) {
    const weights = all.gruSimplified ?? model.parameters;
    const textOf = (many: boolean) => {
      const text = sentence("cat", many, distance);
      return text.split(" ").slice(0, verbAt(text));
    };
    const words = textOf(plural === "many");
    const ids = idsOf(model, words.join(" "));
    const one = await read(weights, idsOf(model, textOf(false).join(" ")));
    const many = await read(weights, idsOf(model, textOf(true).join(" ")));
    // The unit whose memory differs most between singular and plural, just before the verb.
    const gap = one.states.h!.at(-1)!.map((value, u) => Math.abs(value - many.states.h!.at(-1)![u]!));
    const unit = gap.indexOf(Math.max(...gap));
    const run = await read(
      weights,
      ids,
      held ? { gate: "update", at: (t) => (t > 2 ? update : undefined) } : undefined,
    );
    const were = (found: HeldRun) => {
      const last = found.probabilities.at(-1)!;
      return last[wordId("were")]! / (last[wordId("were")]! + last[wordId("was")]!);
    };
    return {
      words: ["▸", ...words],
      unit,
      gate: run.gates.update!.map((row) => row[unit]!),
      memory: run.states.h!.map((row) => row[unit]!),
      were: were(run),
      free: were(plural === "many" ? many : one),
    };
  },
  view({ params, data, w, set }) {
    const x = (t: number) => 26 + t * (374 / Math.max(1, data.words.length - 1));
    return (
      <>
        <Choice
          label={w.number}
          value={params.plural}
          options={[
            ["one", w.one],
            ["many", w.many],
          ]}
          onSelect={(plural) => set({ plural })}
        />
        <Drawing height={176} label={w.picture(data.unit + 1)}>
          {data.words.map((word, t) => (
            <g key={t}>
              {/* the valve: a bar that turns from shut (upright) to open (flat) */}
              <rect class="pipe" x={x(t) - 17} y="34" width="34" height="26" rx="4" />
              <line
                class={params.held && t > 2 ? "valve held" : "valve"}
                x1={x(t) - 12 * Math.sin((Math.PI / 2) * data.gate[t]!)}
                y1={47 - 12 * Math.cos((Math.PI / 2) * data.gate[t]!)}
                x2={x(t) + 12 * Math.sin((Math.PI / 2) * data.gate[t]!)}
                y2={47 + 12 * Math.cos((Math.PI / 2) * data.gate[t]!)}
              />
              <text class="small" x={x(t)} y="24" text-anchor="middle">
                {round(data.gate[t]!)}
              </text>
              <line class="axis" x1={x(t) - 17} x2={x(t) + 17} y1="100" y2="100" />
              <rect
                class={data.memory[t]! < 0 ? "neg" : "pos"}
                x={x(t) - 9}
                y={data.memory[t]! < 0 ? 100 : 100 - 30 * data.memory[t]!}
                width="18"
                height={30 * Math.abs(data.memory[t]!)}
              />
              <text
                class={word.startsWith("cat") ? "small strong" : "small"}
                x={x(t)}
                y={t % 2 ? 168 : 150}
                text-anchor="middle"
              >
                {word}
              </text>
            </g>
          ))}
        </Drawing>
        <p class="keys">
          <span>{w.gate}</span>
          <span class="key full">{w.memory}</span>
        </p>
        <table class="ends">
          <tbody>
            {(["were", "was"] as const).map((name) => {
              const p = name === "were" ? data.were : 1 - data.were;
              return (
                <tr key={name}>
                  <th scope="row">{w[name]}</th>
                  <td>
                    <Bar share={p} class={name === "was" ? "second" : ""} />
                  </td>
                  <td>{round(p)}</td>
                </tr>
              );
            })}
          </tbody>
        </table>
        <div class="controls">
          <Check label={w.hold} checked={params.held} onInput={(held) => set({ held })} />
          <Slider
            label={w.update}
            value={params.update}
            min={0}
            max={1}
            step={0.05}
            text={round(params.update)}
            onInput={(update) => set({ update, held: true })}
          />
        </div>
      </>
    );
  },
  play: { every: 1800, next: ({ plural }) => ({ plural: plural === "one" ? "many" : "one" }) },
  lit: ({ held }) => (held ? ["gu", "c"] : ["c"]),
  describe: ({ were }, { plural }, w) => w.said(w[plural], round(were)),
  goal: { plural: "many", held: true, update: 1 },
  // By itself it knows; with every valve open the number of the subject is washed away.
  reached: ({ were, free }) => free > 0.85 && were < free - 0.2,
});
