// Cover the future: the forward network must decide at "teddy"; the bidirectional one may change its mind.
import { predict, referenceEngine, type Tagger } from "unrolled";
import { type AnyFigure, figure } from "../kit/figure.ts";
import { Slider, Text } from "../kit/pictures.tsx";
import { knownWords, teddy, teddyModels } from "../lessons/teddy.ts";

const models = { forward: teddyModels.forward(), both: teddyModels.both() };
const names = ["forward", "both"] as const;
const examples = [
  "he said teddy roosevelt was a great president",
  "he said teddy bears are on sale",
  "harry gardens are in the garden",
  "rose potter is a farmer",
];

interface Params {
  text: string;
  seen: number;
}
interface Data {
  words: string[];
  /** Whether each uncovered word is taken for a part of a name. */
  name: Record<(typeof names)[number], boolean[]>;
  seen: number;
}
const en = {
  title: "Cover the future",
  text: "A sentence",
  seen: "words uncovered:",
  forward: "forward only",
  both: "bidirectional",
  name: "name",
  unknown: "unknown",
  said: (seen: number, forward: string, both: string) =>
    `After ${seen} words. Names found: forward network: ${forward}; bidirectional: ${both}.`,
  none: "none",
};
const ko: typeof en = {
  title: "미래를 가려 보기",
  text: "영어 문장",
  seen: "보이는 단어 수:",
  forward: "정방향만",
  both: "양방향",
  name: "이름",
  unknown: "모르는 단어",
  said: (seen, forward, both) =>
    `단어 ${seen}개까지 보고 찾은 이름은 정방향 신경망이 ${forward}, 양방향 신경망이 ${both}입니다.`,
  none: "없음",
};

async function namesIn(model: Tagger, words: readonly string[]): Promise<boolean[]> {
  for await (const { tags } of predict(model, [words], { engine: referenceEngine() }))
    return tags.map((tag) => tag.endsWith("PER"));
  return [];
}

export const future: AnyFigure = figure<Params, Data, typeof en>({
  id: "future",
  params: { text: examples[0]!, seen: 4 },
  words: { en, ko },
  lesson: async () => teddy,
  async compute({ text, seen }, weights) {
    const words = text
      .toLowerCase()
      .match(/\p{L}+/gu)
      ?.slice(0, 12) ?? ["teddy"];
    const open = Math.min(seen, words.length);
    const name = {} as Data["name"];
    for (const which of names) {
      if (weights[which]) models[which].parameters.set(weights[which]);
      name[which] = await namesIn(models[which], words.slice(0, Math.max(1, open)));
    }
    return { words, name, seen: open };
  },
  view({ params, data, w, set }) {
    return (
      <>
        <Text label={w.text} value={params.text} onInput={(text) => set({ text })} />
        {names.map((which) => (
          <div key={which} class="lane">
            <small>{w[which]}</small>
            <ol class="tokens">
              {data.words.map((word, t) => (
                <li key={t} class={t >= data.seen ? "covered" : data.name[which][t] ? "on" : ""}>
                  {t < data.seen ? word : "▒▒▒"}
                  <small>
                    {t < data.seen && data.name[which][t]
                      ? w.name
                      : !knownWords.has(word) && t < data.seen
                        ? w.unknown
                        : "·"}
                  </small>
                </li>
              ))}
            </ol>
          </div>
        ))}
        <div class="controls">
          <Slider label={w.seen} value={data.seen} min={1} max={data.words.length} onInput={(seen) => set({ seen })} />
        </div>
      </>
    );
  },
  play: {
    every: 1100,
    next: ({ text, seen }) =>
      seen < text.split(" ").length
        ? { seen: seen + 1 }
        : { text: examples[(examples.indexOf(text) + 1) % examples.length]!, seen: 1 },
  },
  lit: () => ["fw", "bw"],
  describe: ({ words, name, seen }, _, w) => {
    const list = (found: readonly boolean[]) => words.filter((_, t) => found[t]).join(" ") || w.none;
    return w.said(seen, list(name.forward), list(name.both));
  },
  goal: { text: "teddy roosevelt was a great president", seen: 7 },
  reached: ({ name }) => name.both[0]! && name.both[1]! && !name.both[2]! && name.forward[1]!,
});
