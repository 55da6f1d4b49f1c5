// The notation: x<1> .. x<Tx> under a sentence, and the one-hot column of a word in a vocabulary.
import { vocabulary } from "unrolled/data";
import { type AnyFigure, figure } from "../kit/figure.ts";
import { Choice, Drawing, Text } from "../kit/pictures.tsx";

const words =
  "a and ate cat cats dog farmer for full harry hermione invented is movie new not of orange potter sally spell the this was were".split(
    " ",
  );
const known = vocabulary(words, { specials: ["unk"] });
const names = new Set(["harry", "potter", "hermione", "sally"]);

type Task = "tags" | "rating" | "translation";
interface Params {
  text: string;
  at: number;
  task: Task;
}
interface Data {
  words: string[];
  /** Row of each word in the vocabulary. */
  ids: number[];
  unknown: boolean[];
  y: string[];
}

const en = {
  title: "A sentence with a ruler",
  text: "Write a sentence",
  task: "Task",
  tags: "which words are names",
  rating: "is it good?",
  translation: "translate it",
  hot: (word: string, row: number, size: number) =>
    `x of ${word}: a column of ${size} numbers, 1 in row ${row + 1}, 0 elsewhere`,
  row: "row",
  of: (size: number) => `of ${size}`,
  said: (T: number, y: number, word: string, row: string) =>
    `Tx = ${T}, Ty = ${y}. ${word} is ${row} of the vocabulary.`,
  unknown: "row 1, <unk>: it is not a word",
  plain: (row: number) => `row ${row + 1}`,
};
const ko: typeof en = {
  title: "자를 댄 문장",
  text: "영어 문장을 써 보세요",
  task: "과제",
  tags: "어느 단어가 이름인가",
  rating: "좋은 평인가",
  translation: "번역하기",
  hot: (word, row, size) => `${word}의 x: 숫자 ${size}개짜리 열에서 ${row + 1}번째 행만 1이고 나머지는 0`,
  row: "행",
  of: (size) => `/ ${size}`,
  said: (T, y, word, row) => `Tx = ${T}, Ty = ${y}. ${word}: 어휘의 ${row}.`,
  unknown: "1번째 행 <unk>, 어휘에 없는 단어",
  plain: (row) => `${row + 1}번째 행`,
};

export const ruler: AnyFigure = figure<Params, Data, typeof en>({
  id: "ruler",
  params: { text: "harry potter and hermione invented a new spell", at: 2, task: "tags" },
  words: { en, ko },
  compute({ text, task }) {
    const found =
      text
        .toLowerCase()
        .match(/\p{L}+/gu)
        ?.slice(0, 12) ?? [];
    const unknown = found.map((word) => known.id(word) === undefined);
    return {
      words: found,
      ids: found.map((word) => known.id(word) ?? 0),
      unknown,
      y:
        task === "tags"
          ? found.map((word) => (names.has(word) ? "1" : "0"))
          : task === "rating"
            ? [found.includes("not") ? "★" : "★★★★"]
            : found.map((_, i) => `y⟨${i + 1}⟩`).slice(0, Math.max(1, found.length - 1)),
    };
  },
  view({ params, data, w, set }) {
    const at = Math.min(params.at, data.words.length - 1);
    const size = known.size;
    const id = data.ids[at] ?? 0;
    return (
      <>
        <Text label={w.text} value={params.text} onInput={(text) => set({ text })} />
        <ol class="tokens">
          {data.words.map((word, t) => (
            <li key={t} class={t === at ? "on" : ""}>
              <button type="button" aria-pressed={t === at} onClick={() => set({ at: t })}>
                {word}
              </button>
              <small>
                x⟨{t + 1}⟩{data.unknown[t] ? " unk" : ""}
              </small>
              {params.task === "tags" && (
                <small>
                  y⟨{t + 1}⟩ = {data.y[t]}
                </small>
              )}
            </li>
          ))}
        </ol>
        {params.task !== "tags" && (
          <ol class="tokens">
            {data.y.map((y, t) => (
              <li key={t}>
                {y}
                {params.task === "rating" && <small>y⟨1⟩</small>}
              </li>
            ))}
          </ol>
        )}
        <Drawing height={92} label={w.hot(data.words[at] ?? "", id, size)}>
          {Array.from({ length: size }, (_, row) => (
            <g key={row}>
              <rect class={row === id ? "full" : "cell"} x={6 + row * 15.7} y="26" width="14" height="26" />
              <text class={row === id ? "small strong" : "small"} x={13 + row * 15.7} y="45" text-anchor="middle">
                {row === id ? 1 : 0}
              </text>
            </g>
          ))}
          <text x={Math.min(360, Math.max(40, 13 + id * 15.7))} y="16" text-anchor="middle">
            {data.words[at]}
          </text>
          <text class="small" x={Math.min(380, Math.max(30, 13 + id * 15.7))} y="70" text-anchor="middle">
            {w.row} {id + 1} {w.of(size)}
          </text>
        </Drawing>
        <Choice
          label={w.task}
          value={params.task}
          options={[
            ["tags", w.tags],
            ["rating", w.rating],
            ["translation", w.translation],
          ]}
          onSelect={(task) => set({ task })}
        />
      </>
    );
  },
  play: { every: 1300, next: ({ at, text }) => ({ at: (at + 1) % Math.max(1, text.split(" ").length) }) },
  lit: ({ task }) => ["x", task === "tags" ? "same" : "ty"],
  describe: (data, { at }, w) => {
    const i = Math.min(at, data.words.length - 1);
    return w.said(
      data.words.length,
      data.y.length,
      data.words[i] ?? "",
      data.unknown[i] ? w.unknown : w.plain(data.ids[i] ?? 0),
    );
  },
  goal: { text: "Harry Potter and Zaphod invented", task: "tags" },
  reached: ({ words: read, unknown, y }) =>
    read.length === 5 && y.length === 5 && unknown.join() === "false,false,false,true,false" && y.join("") === "11000",
});
