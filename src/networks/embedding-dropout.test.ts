// The dropout of an embedding is the caller's to set: every task has to apply it while training.
import { describe, expect, it } from "vitest";
import { bpeTokenizer } from "../data/index.ts";
import { taggerVocabulary } from "../data/tags/tagger-vocabulary.ts";
import { embedding, gru, type Layer, multiplicative, parameterInputs } from "../nn/index.ts";
import { dropoutMasks, type Masks } from "../nn/layer.ts";
import { classifier, languageModel, tagger, translator } from "../tasks/index.ts";
import type { Dim } from "../tensor/index.ts";

const texts = ["a bird sings", "a stone rests"];
const tokenizer = bpeTokenizer.fit(texts.join("\n"), { merges: 5 });
const sentences = texts.map((text, i) => ({ tokens: text.split(" "), tags: ["O", "O", i ? "A" : "B"], line: i + 1 }));
const vocabulary = taggerVocabulary(sentences);
const own: Layer = embedding({ embeddingSize: 3, dropout: 0.4 });
const encoder = gru({ hiddenSize: 4 });

const models = {
  classifier: [
    classifier({ tokenizer, labels: ["a", "b"], encoder, embedding: own }),
    "rows",
    tokenizer.vocabulary.tokens.length,
  ],
  tagger: [tagger({ vocabulary, encoder, embedding: own }), "sentences", vocabulary.words.size],
  translator: [
    translator({
      tokenizer,
      encoder,
      decoder: encoder,
      attention: multiplicative(),
      embedding: { source: own, target: own },
    }),
    "pairs",
    tokenizer.vocabulary.tokens.length,
  ],
  languageModel: [languageModel({ tokenizer, encoder, embedding: own }), "stream", tokenizer.vocabulary.tokens.length],
} as const;

describe("the dropout of an embedding", () => {
  for (const [name, [model, kind, rows]] of Object.entries(models))
    it(`is applied by a ${name}`, () => {
      const asked: (readonly [readonly Dim[], number])[] = [];
      const drawn = dropoutMasks();
      const masks: Masks = {
        next(shape, keep) {
          asked.push([shape, keep]);
          return drawn.next(shape, keep);
        },
      };
      model.trace(kind, parameterInputs(model.specs), masks);
      const times = asked.filter(([shape, keep]) => keep === 0.6 && shape.length === 1 && shape[0] === rows);
      expect(times).toHaveLength(name === "translator" ? 2 : 1);
    });
});
