// Small untrained models to serve in tests.
import {
  bpeTokenizer,
  charTokenizer,
  classifier,
  generator,
  gru,
  type LanguageModel,
  languageModel,
  lstm,
  stacked,
} from "../../src/index.ts";

export const tokenizer = charTokenizer.fit("abcdefgh .,", { specials: ["pad", "bos", "eos", "unk"] });

/** Two layers, so that states have several names. */
export const writer = (): LanguageModel =>
  languageModel({
    tokenizer: charTokenizer.fit("abcdefghijklmnop .,"),
    encoder: stacked([lstm({ hiddenSize: 24 }), gru({ hiddenSize: 20 })]),
    embeddingSize: 12,
    seed: 3,
  });

/** Writes the letters of Korean syllables. */
export const korean = (): LanguageModel =>
  languageModel({
    tokenizer: bpeTokenizer.fit("가나다라 각난닫랄 고노도로", { merges: 4, jamo: true, specials: ["unk"] }),
    encoder: gru({ hiddenSize: 8 }),
    embeddingSize: 6,
  });

export const reviews = () =>
  classifier({ tokenizer, labels: ["good", "bad"], encoder: gru({ hiddenSize: 8 }), embeddingSize: 6 });

export const names = () =>
  generator({
    content: { type: "text", tokenizer },
    fields: { language: ["Korean", "Greek"] },
    encoder: lstm({ hiddenSize: 12 }),
    embeddingSize: 8,
  });
