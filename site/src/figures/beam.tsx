// A pruned tree: hypotheses of a beam search over names, and where greedy search goes wrong.
import { beamSearch, softmax } from "unrolled/decode";
import { type AnyFigure, figure } from "../kit/figure.ts";
import { languageReader } from "../kit/language.ts";
import { Drawing, round, Scroll, Slider, Text } from "../kit/pictures.tsx";
import { names, namesModel } from "../lessons/names.ts";

const model = namesModel();
const reader = languageReader(model);
const { eos } = model.tokenizer.special as { eos: number };
const token = (id: number) => (id === eos ? "∎" : model.tokenizer.vocabulary.token(id));
const clean = (text: string) =>
  [...text.toLowerCase()]
    .filter((char) => model.tokenizer.vocabulary.id(char) !== undefined)
    .slice(0, 6)
    .join("");
const depth = 6;

interface Params {
  text: string;
  width: number;
  penalty: number;
}
interface Branch {
  text: string;
  /** Text of the hypothesis it grew from; none at the first letter. */
  from: string;
  logP: number;
  kept: boolean;
}
interface Data {
  /** Candidates at each depth, best first. */
  levels: Branch[][];
  best: { text: string; logP: number; score: number }[];
  greedy: { text: string; logP: number };
}
const en = {
  title: "A pruned tree",
  text: "Begin a name",
  width: "beam width:",
  penalty: "length penalty:",
  picture: "Hypotheses by length; those that fall out of the beam fade",
  best: "best names found",
  greedy: "greedy search",
  log: "log-probability",
  said: (width: number, best: string, p: string, greedy: string, g: string) =>
    `Beam width ${width} finds ${best} (log-probability ${p}); greedy search finds ${greedy} (${g}).`,
};
const ko: typeof en = {
  title: "가지치기한 트리",
  text: "이름을 시작해 보세요",
  width: "빔의 폭:",
  penalty: "길이 보정:",
  picture: "길이별 후보, 빔에서 밀려난 후보는 흐려집니다",
  best: "찾아낸 이름",
  greedy: "탐욕적 탐색",
  log: "로그 확률",
  said: (width, best, p, greedy, g) =>
    `폭이 ${width}인 빔은 ${best}(로그 확률 ${p})을, 탐욕적 탐색은 ${greedy}(${g})을 찾습니다.`,
};

export const beam: AnyFigure = figure<Params, Data, typeof en>({
  id: "beam",
  params: { text: "br", width: 3, penalty: 0 },
  words: { en, ko },
  lesson: async () => names,
  async compute({ text, width, penalty }, weights) {
    const current = weights.names ?? model.parameters;
    const start = reader.ids(clean(text));
    // The picture: the first letters of the search, with the candidates that were dropped.
    const levels: Branch[][] = [];
    let open = [{ ids: start, logP: 0, text: "" }];
    for (let t = 0; t < depth && open.length > 0; t++) {
      const rows = await reader.logits(
        current,
        open.map(({ ids }) => ids),
      );
      const all = rows
        .flatMap((row, b) =>
          Array.from(softmax(Float32Array.from(row.at(-1)!)), (p, id) => ({
            ids: [...open[b]!.ids, id],
            text: open[b]!.text + token(id),
            from: open[b]!.text,
            logP: open[b]!.logP + Math.log(p),
          })),
        )
        .sort((a, b) => b.logP - a.logP)
        .slice(0, width + 2);
      levels.push(all.map(({ text: branch, from, logP }, i) => ({ text: branch, from, logP, kept: i < width })));
      open = all.slice(0, width).filter(({ ids }) => ids.at(-1) !== eos);
    }
    // The answer: the library's beam search, from the same start.
    const search = async (beamSize: number) => {
      const [found] = await beamSearch<number[][]>({
        state: [start.slice(0, -1)],
        start: [start.at(-1)!],
        eos,
        beamSize,
        nBest: beamSize,
        maxLength: 18,
        lengthPenalty: penalty,
        step: async (tokens, state) => {
          const read = state.map((ids, i) => [...ids, tokens[i]!]);
          const rows = await reader.logits(current, read);
          return { logits: Float32Array.from(rows.flatMap((row) => row.at(-1)!)), state: read };
        },
        select: (state, rows) => Array.from(rows, (row) => state[row]!),
      });
      return found!.map(({ tokens, logProbability, score }) => ({
        text: clean(text) + tokens.map(token).join(""),
        logP: logProbability,
        score,
      }));
    };
    const best = await search(width);
    const [greedy] = width === 1 ? best : await search(1);
    return { levels, best, greedy: greedy! };
  },
  view({ params, data, w, set }) {
    const most = Math.max(...data.levels.map((level) => level.length));
    const x = (t: number) => 40 + t * 68;
    const y = (i: number) => 20 + i * 26;
    const place = (text: string, t: number) => data.levels[t]?.findIndex((branch) => branch.text === text) ?? 0;
    return (
      <>
        <Text label={w.text} value={params.text} max={6} onInput={(text) => set({ text })} />
        <Drawing height={26 * most + 16} label={w.picture}>
          {data.levels.map((level, t) =>
            level.map((branch, i) => (
              <g key={branch.text} opacity={branch.kept ? 1 : 0.3}>
                <line
                  class="branch"
                  x1={t === 0 ? 6 : x(t - 1) + 12}
                  y1={y(t === 0 ? 0 : place(branch.from, t - 1)) - 4}
                  x2={x(t) - 12}
                  y2={y(i) - 4}
                />
                <text class={branch.kept ? "letter strong" : "letter"} x={x(t)} y={y(i)} text-anchor="middle">
                  {branch.text.at(-1)}
                </text>
                <text class="small" x={x(t) + 8} y={y(i)}>
                  {round(branch.logP, 1)}
                </text>
              </g>
            )),
          )}
        </Drawing>
        <Scroll label={w.best}>
          <table>
            <thead>
              <tr>
                <th scope="col">{w.best}</th>
                <th scope="col">{w.log}</th>
              </tr>
            </thead>
            <tbody>
              {data.best.slice(0, 4).map(({ text, logP }) => (
                <tr key={text}>
                  <th scope="row">{text}</th>
                  <td>{round(logP)}</td>
                </tr>
              ))}
              <tr>
                <th scope="row">
                  {w.greedy}: {data.greedy.text}
                </th>
                <td>{round(data.greedy.logP)}</td>
              </tr>
            </tbody>
          </table>
        </Scroll>
        <div class="controls">
          <Slider label={w.width} value={params.width} min={1} max={6} onInput={(value) => set({ width: value })} />
          <Slider
            label={w.penalty}
            value={params.penalty}
            min={0}
            max={1}
            step={0.1}
            text={round(params.penalty, 1)}
            onInput={(value) => set({ penalty: value })}
          />
        </div>
      </>
    );
  },
  play: { every: 2600, next: ({ width }) => ({ width: (width % 4) + 1 }) },
  lit: ({ penalty }) => (penalty > 0 ? ["length"] : ["sum"]),
  describe: ({ best, greedy }, { width }, w) =>
    w.said(width, best[0]!.text, round(best[0]!.logP), greedy.text, round(greedy.logP)),
  goal: { width: 5, penalty: 0 },
  reached: ({ best, greedy, levels }) =>
    best[0]!.logP >= greedy.logP - 1e-6 && levels.length === depth && best[0]!.text.length > 4,
});
