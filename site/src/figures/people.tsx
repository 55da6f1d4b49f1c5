// Named entities: spans appear as one types, with random word vectors and with learned ones.
import { predict, referenceEngine } from "unrolled";
import { type AnyFigure, figure } from "../kit/figure.ts";
import { Text } from "../kit/pictures.tsx";
import { peopleLesson, peopleModels } from "../lessons/people.ts";

const models = { random: peopleModels.random(), vectors: peopleModels.vectors() };
const names = ["random", "vectors"] as const;
const examples = [
  "sally johnson is an orange farmer",
  "robert lin is a durian cultivator",
  "mina park lives in seoul",
  "the mango seller met omar reed",
];

interface Params {
  text: string;
}
interface Data {
  words: string[];
  spans: Record<(typeof names)[number], { text: string; label: string; at: readonly [number, number] }[]>;
}
const en = {
  title: "Names in a sentence",
  text: "Write a sentence",
  random: "random vectors",
  vectors: "vectors from a text without labels",
  PER: "person",
  LOC: "place",
  said: (a: string, b: string) => `With random vectors: ${a}. With learned vectors: ${b}.`,
  none: "nothing found",
};
const ko: typeof en = {
  title: "문장 속의 이름",
  text: "영어 문장을 써 보세요",
  random: "무작위 벡터",
  vectors: "라벨 없는 글에서 배운 벡터",
  PER: "사람",
  LOC: "장소",
  said: (a, b) => `무작위 벡터로는 ${a}. 배운 벡터로는 ${b}.`,
  none: "찾은 이름이 없습니다",
};

export const people: AnyFigure = figure<Params, Data, typeof en>({
  id: "people",
  params: { text: examples[1]! },
  words: { en, ko },
  lesson: async () => peopleLesson,
  async compute({ text }, weights) {
    const words = text
      .toLowerCase()
      .match(/\p{L}+/gu)
      ?.slice(0, 12) ?? ["sally"];
    const spans = {} as Data["spans"];
    for (const name of names) {
      if (weights[name]) models[name].parameters.set(weights[name]);
      for await (const found of predict(models[name], [words], { engine: referenceEngine() }))
        spans[name] = found.spans.map(({ text: span, label, start }) => {
          const first = found.offsets.findIndex(([from]) => from === start);
          return { text: span, label, at: [first, first + span.split(" ").length] as const };
        });
    }
    return { words, spans };
  },
  view({ params, data, w, set }) {
    return (
      <>
        <Text label={w.text} value={params.text} onInput={(text) => set({ text })} />
        {names.map((name) => (
          <div key={name} class="lane">
            <small>{w[name]}</small>
            <ol class="tokens">
              {data.words.map((word, t) => {
                const span = data.spans[name].find(({ at }) => t >= at[0] && t < at[1]);
                return (
                  <li key={t} class={span ? (span.label === "PER" ? "on" : "on place") : ""}>
                    {word}
                    <small>{span ? w[span.label as "PER" | "LOC"] : "·"}</small>
                  </li>
                );
              })}
            </ol>
          </div>
        ))}
      </>
    );
  },
  play: { every: 2600, next: ({ text }) => ({ text: examples[(examples.indexOf(text) + 1) % examples.length]! }) },
  lit: () => ["y"],
  describe: ({ spans }, _, w) => {
    const list = (name: (typeof names)[number]) =>
      spans[name].map(({ text, label }) => `${text} (${w[label as "PER" | "LOC"]})`).join(", ") || w.none;
    return w.said(list("random"), list("vectors"));
  },
  goal: { text: "robert lin is a durian cultivator" },
  reached: ({ spans }) =>
    spans.vectors.length === 1 && spans.vectors[0]!.text === "robert lin" && spans.vectors[0]!.label === "PER",
});
