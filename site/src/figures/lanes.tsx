// Two readers, one text: by characters and by words. And how Korean falls apart into syllables, letters and words.
import { type AnyFigure, figure } from "../kit/figure.ts";
import { languageReader } from "../kit/language.ts";
import { Scroll, Text } from "../kit/pictures.tsx";
import { readerModels, readers } from "../lessons/readers.ts";

const models = { characters: readerModels.characters(), words: readerModels.words() };
const reading = { characters: languageReader(models.characters), words: languageReader(models.words) };
const names = ["characters", "words"] as const;
const examples = [
  "the cat sees the river at night",
  "the cat sees the rivers at night",
  "my sister feeds a zebra today",
];

interface Params {
  text: string;
  korean: string;
}
interface Lane {
  tokens: string[];
  unknown: number;
  bits: number;
  vocabulary: number;
}
interface Data extends Record<(typeof names)[number], Lane> {
  syllables: string[];
  jamo: string[];
  eojeol: string[];
}
const en = {
  title: "Two readers, one text",
  text: "A sentence of the small text, or a word that is not in it",
  korean: "A Korean sentence",
  characters: "characters",
  words: "words",
  tokens: "tokens",
  vocabulary: "vocabulary",
  unknown: "unknown",
  bits: "bits per character",
  syllables: "syllables",
  jamo: "letters (jamo)",
  eojeol: "words",
  said: (c: string, w: string, unknown: number) =>
    `Bits per character: ${c} by characters, ${w} by words${unknown > 0 ? `; the words it does not know (${unknown}) it cannot tell apart` : ""}.`,
};
const ko: typeof en = {
  title: "한 글, 두 독자",
  text: "짧은 말뭉치의 영어 문장이나 거기에 없는 단어",
  korean: "한국어 문장",
  characters: "글자 단위",
  words: "단어 단위",
  tokens: "토큰 수",
  vocabulary: "어휘 크기",
  unknown: "모르는 토큰",
  bits: "글자당 비트",
  syllables: "음절",
  jamo: "자모",
  eojeol: "어절",
  said: (c, w, unknown) =>
    `글자당 비트는 글자 단위 모델이 ${c}, 단어 단위 모델이 ${w}입니다.${unknown > 0 ? ` 모르는 단어 ${unknown}개는 서로 구별하지 못합니다.` : ""}`,
};

export const lanes: AnyFigure = figure<Params, Data, typeof en>({
  id: "lanes",
  params: { text: examples[0]!, korean: "나는 학교에 갔다" },
  words: { en, ko },
  lesson: async () => readers,
  async compute({ text, korean }, weights) {
    const clean = text.toLowerCase().trim() || "the cat";
    const lane = async (name: (typeof names)[number]): Promise<Lane> => {
      const { tokenizer, parameters } = models[name];
      const ids = reading[name].ids(clean);
      const surprise = await reading[name].surprise(weights[name] ?? parameters, [...ids, tokenizer.special.eos!]);
      return {
        tokens: ids.slice(1).map((id) => tokenizer.vocabulary.token(id)),
        unknown: ids.filter((id) => id === tokenizer.special.unk).length,
        bits: surprise.reduce((a, b) => a + b, 0) / [...clean].length,
        vocabulary: tokenizer.vocabulary.size,
      };
    };
    const blank = (list: string[]) => list.filter((one) => one.trim() !== "");
    return {
      characters: await lane("characters"),
      words: await lane("words"),
      syllables: blank([...korean.normalize("NFC")]),
      jamo: blank([...korean.normalize("NFD")]),
      eojeol: blank(korean.split(/\s+/)),
    };
  },
  view({ params, data, w, set }) {
    return (
      <>
        <Text label={w.text} value={params.text} onInput={(text) => set({ text })} />
        <ol class="tokens tight">
          {data.characters.tokens.map((token, t) => (
            <li key={t} class={token === "<unk>" ? "on" : ""}>
              {token === " " ? "␣" : token}
            </li>
          ))}
        </ol>
        <ol class="tokens">
          {data.words.tokens.map((token, t) => (
            <li key={t} class={token === "<unk>" ? "on" : ""}>
              {token}
            </li>
          ))}
        </ol>
        <Scroll label={w.vocabulary}>
          <table>
            <thead>
              <tr>
                <td />
                <th scope="col">{w.vocabulary}</th>
                <th scope="col">{w.tokens}</th>
                <th scope="col">{w.unknown}</th>
                <th scope="col">{w.bits}</th>
              </tr>
            </thead>
            <tbody>
              {names.map((name) => (
                <tr key={name}>
                  <th scope="row">{w[name]}</th>
                  <td>{data[name].vocabulary}</td>
                  <td>{data[name].tokens.length}</td>
                  <td>{data[name].unknown}</td>
                  <td>{data[name].bits.toFixed(2)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </Scroll>
        <Text label={w.korean} value={params.korean} max={24} onInput={(korean) => set({ korean })} />
        {(["eojeol", "syllables", "jamo"] as const).map((name) => (
          <div key={name} class="lane">
            <small>
              {w[name]} {data[name].length}
            </small>
            <ol class={name === "eojeol" ? "tokens" : "tokens tight"}>
              {data[name].map((token, t) => (
                <li key={t}>{token}</li>
              ))}
            </ol>
          </div>
        ))}
      </>
    );
  },
  play: { every: 2800, next: ({ text }) => ({ text: examples[(examples.indexOf(text) + 1) % examples.length]! }) },
  describe: (data, _, w) => w.said(data.characters.bits.toFixed(2), data.words.bits.toFixed(2), data.words.unknown),
  goal: { text: "the cat sees the rivers at night" },
  reached: ({ characters, words, jamo }) =>
    words.unknown === 1 && characters.unknown === 0 && characters.bits < 2 && jamo.length === 17,
});
