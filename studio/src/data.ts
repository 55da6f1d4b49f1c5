// What can be learned from without a file of one's own.
import { dinosaurNames } from "unrolled/data";
import type { RunRecipe } from "unrolled/run";
import { koreanPlaces } from "./places.ts";

export interface Built {
  readonly text: () => string;
  readonly recipe: Partial<RunRecipe>;
  /** What to begin with, to see how the network goes on. */
  readonly prompt: string;
}

export const built = {
  dinosaurs: {
    text: () => dinosaurNames.join("\n"),
    recipe: {
      kind: "lines",
      cell: "gru",
      hiddenSize: 64,
      embeddingSize: 24,
      steps: 1000,
      batchSize: 32,
      learningRate: 0.01,
    },
    prompt: "Tri",
  },
  // Syllables are taken apart into letters (jamo): ㅅㅓㅇㅜㄹ, so that the network can spell new ones.
  places: {
    text: () => koreanPlaces.join("\n").normalize("NFD"),
    recipe: {
      kind: "lines",
      cell: "gru",
      hiddenSize: 64,
      embeddingSize: 24,
      steps: 800,
      batchSize: 16,
      learningRate: 0.008,
    },
    prompt: "청",
  },
} satisfies Record<string, Built>;

export type BuiltName = keyof typeof built;
