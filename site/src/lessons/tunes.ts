// Short tunes that rise from a note and come back down to the first: an arch. One key says where to begin.
import { adamW, charTokenizer, gru, languageModel, oneCycle } from "unrolled";
import { type Lesson, modelPart } from "../kit/lesson.ts";
import { drawer } from "./draw.ts";

/** The white keys of an octave, C to the next C. */
export const keys = "cdefgabC";
const rows = (() => {
  const { below } = drawer(9, "tunes");
  return Array.from({ length: 400 }, () => {
    const start = below(6);
    const top = Math.min(7, start + 2 + below(4));
    const stride = 1 + below(2); // scales and broken chords
    const up: number[] = [];
    for (let note = start; note < top; note += stride) up.push(note);
    const down: number[] = [];
    for (let note = top; note > 0; note -= stride) down.push(note);
    return [...up, ...down, 0].map((note) => keys[note]).join("");
  });
})();
const tokenizer = charTokenizer.fit(keys, { specials: ["pad", "bos", "eos"] });
export const tunesModel = () =>
  languageModel({ tokenizer, encoder: gru({ hiddenSize: 20 }), embeddingSize: 8, seed: 3 });

export const tunes: Lesson = {
  id: "tunes",
  seconds: 8,
  parts: () => [
    modelPart("tunes", tunesModel(), rows, {
      steps: 260,
      batchSize: 32,
      optimizer: adamW({ learningRate: 0.02 }),
      schedule: oneCycle(),
      seed: 1,
    }),
  ],
};
