// The full GRU: the relevance gate decides how much of the memory the candidate may read. Hold it, and see.
import { type AnyFigure, figure } from "../kit/figure.ts";
import { heldReader, idsOf } from "../kit/held.ts";
import { languageReader } from "../kit/language.ts";
import { Bar, Check, Drawing, Path, round, Slider } from "../kit/pictures.tsx";
import { agreementModels, sentence, twoSentences, wordId } from "../lessons/agreement.ts";

const model = agreementModels.gruBefore();
const simple = agreementModels.gruSimplified();
const read = heldReader("gruBefore", model);
const loss = { gruBefore: languageReader(model), gruSimplified: languageReader(simple) };
const first = sentence("cat", false, 0);
const second = sentence("dog", true, 1);
const words = ["▸", ...`${first} then ${second}`.split(" ")];
const at = words.lastIndexOf("were");
const fixed = words.slice(1).join(" ");

interface Params {
  held: boolean;
  reset: number;
}
interface Data {
  reset: number[];
  update: number[];
  were: number;
  free: number;
  bits: { full: number; simple: number };
}
const mean = (row: readonly number[]) => row.reduce((a, b) => a + b, 0) / row.length;
const en = {
  title: "Two gates",
  picture: "Mean of the relevance gate and of the update gate at each word",
  hold: "hold the relevance gate",
  resetName: "relevance gate Γr:",
  r: "relevance Γr",
  u: "update Γu",
  were: "were",
  full: "full GRU",
  simple: "simplified GRU",
  bits: "bits per word on this text",
  said: (p: string, a: string, b: string) =>
    `The verb of the second sentence is "were" with probability ${p}. Bits per word: full GRU ${a}, simplified ${b}.`,
};
const ko: typeof en = {
  title: "두 개의 게이트",
  picture: "단어마다 관련성 게이트와 갱신 게이트의 평균",
  hold: "관련성 게이트를 직접 잡기",
  resetName: "관련성 게이트 Γr:",
  r: "관련성 Γr",
  u: "갱신 Γu",
  were: "were",
  full: "완전한 GRU",
  simple: "단순화한 GRU",
  bits: "이 글에서 단어당 비트",
  said: (p, a, b) =>
    `둘째 문장의 동사가 were일 확률은 ${p}입니다. 단어당 비트는 완전한 GRU가 ${a}, 단순화한 GRU가 ${b}입니다.`,
};

export const relevance: AnyFigure = figure<Params, Data, typeof en>({
  id: "relevance",
  params: { held: false, reset: 0 },
  words: { en, ko },
  lesson: async () => twoSentences,
  async compute({ held, reset }, weights) {
    const [full, simplified] = [weights.gruBefore ?? model.parameters, weights.gruSimplified ?? simple.parameters];
    const ids = idsOf(model, fixed);
    const run = await read(full, ids, held ? { gate: "reset", at: () => reset } : undefined);
    const free = held ? await read(full, ids) : run;
    const were = (p: readonly number[]) => p[wordId("were")]! / (p[wordId("were")]! + p[wordId("was")]!);
    return {
      reset: run.gates.reset!.map(mean),
      update: run.gates.update!.map(mean),
      were: were(run.probabilities[at - 1]!),
      free: were(free.probabilities[at - 1]!),
      bits: {
        full: mean(await loss.gruBefore.surprise(full, ids)),
        simple: mean(await loss.gruSimplified.surprise(simplified, ids)),
      },
    };
  },
  view({ params, data, w, set }) {
    const x = (t: number) => 22 + t * (380 / (words.length - 1));
    const y = (v: number) => 10 + (1 - v) * 90;
    return (
      <>
        <Drawing height={158} label={w.picture}>
          <line class="axis" x1="10" x2="412" y1={y(0)} y2={y(0)} />
          <line class="axis" x1="10" x2="412" y1={y(1)} y2={y(1)} />
          <Path class="main" points={data.reset.map((v, t) => [x(t), y(v)])} />
          <Path points={data.update.map((v, t) => [x(t), y(v)])} />
          {words.map((word, t) => (
            <text
              key={t}
              class={t === at ? "small strong" : "small"}
              x={x(t)}
              y={116 + (t % 3) * 16}
              text-anchor="middle"
            >
              {word}
            </text>
          ))}
        </Drawing>
        <p class="keys">
          <span class="key main">{w.r}</span>
          <span class="key">{w.u}</span>
        </p>
        <table class="ends">
          <tbody>
            <tr>
              <th scope="row">{w.were}</th>
              <td>
                <Bar share={data.were} />
              </td>
              <td>{round(data.were)}</td>
            </tr>
          </tbody>
        </table>
        <p class="keys">
          {w.bits}: {w.full} {round(data.bits.full)}, {w.simple} {round(data.bits.simple)}
        </p>
        <div class="controls">
          <Check label={w.hold} checked={params.held} onInput={(held) => set({ held })} />
          <Slider
            label={w.resetName}
            value={params.reset}
            min={0}
            max={1}
            step={0.05}
            text={round(params.reset)}
            onInput={(reset) => set({ reset, held: true })}
          />
        </div>
      </>
    );
  },
  play: { every: 2000, next: ({ held }) => ({ held: !held, reset: 0 }) },
  lit: ({ held }) => (held ? ["gr", "cand"] : ["gr", "gu"]),
  describe: ({ were, bits }, _, w) => w.said(round(were), round(bits.full), round(bits.simple)),
  goal: { held: true, reset: 0 },
  reached: ({ free, were }) => free > 0.85 && Math.abs(were - free) > 0.02,
});
