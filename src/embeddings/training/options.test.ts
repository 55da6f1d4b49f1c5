import { describe, expect, it } from "vitest";
import { readCorpus } from "./corpus.ts";
import { trainingSettings } from "./options.ts";
import { subModelTrainer } from "./sub-models.ts";
import { embeddingTrainer } from "./trainer.ts";

const chosen = (words: number, options: Parameters<typeof trainingSettings>[0] = {}) => {
  const { epochs, learningRate } = trainingSettings(options, words);
  return { epochs, learningRate };
};

describe("default epochs and learning rate", () => {
  it.each([
    [20_000, 20, 0.025],
    [3_750_000, 20, 0.025],
    [7_500_000, 10, 0.042],
    [15_000_000, 5, 0.05],
    [1e9, 5, 0.05],
  ])("%i words: %i epochs at %f", (words, epochs, learningRate) => {
    expect(chosen(words)).toEqual({ epochs, learningRate });
  });

  it("fewer epochs with subwords", () => {
    expect(chosen(6_000_000, { subwords: {} })).toEqual({ epochs: 5, learningRate: 0.05 });
    expect(chosen(2_000_000, { subwords: {} })).toEqual({ epochs: 15, learningRate: 0.033 });
  });

  it("the rate is that of the epochs that were asked for, within bounds", () => {
    expect(chosen(1e9, { epochs: 20 }).learningRate).toBe(0.025);
    expect(chosen(1000, { epochs: 1 })).toEqual({ epochs: 1, learningRate: 0.05 });
    expect(chosen(1000, { epochs: 500 }).learningRate).toBe(0.025);
    expect(chosen(1000, { model: "cbow" })).toEqual({ epochs: 20, learningRate: 0.05 });
    expect(chosen(1000, { learningRate: 0.1 })).toEqual({ epochs: 20, learningRate: 0.1 });
  });
});

describe("a run that goes on", () => {
  const corpus = () => readCorpus([new TextEncoder().encode("a b c d a c b d\n".repeat(50))], { minCount: 1 });

  it("has the epochs and the rate that it began with, whatever is usual", async () => {
    const options = { corpus: await corpus(), dim: 4, epochs: 3, learningRate: 0.1 };
    const resume = embeddingTrainer(options).state();
    const { settings } = embeddingTrainer({ corpus: await corpus(), dim: 4, resume });
    expect(settings).toMatchObject({ epochs: 3, learningRate: 0.1 });
    const other = await corpus();
    expect(() => embeddingTrainer({ corpus: other, dim: 4, epochs: 4, resume })).toThrow(
      "train: resume: expected epochs as before, 3, got 4",
    );
  });

  it("of sub-models too: a rate that grew with their number does not grow again", async () => {
    const begin = subModelTrainer({ corpus: await corpus(), dim: 4, subModels: 4 });
    expect(begin.settings).toMatchObject({ epochs: 20, learningRate: 0.1 });
    const { settings } = subModelTrainer({ corpus: await corpus(), dim: 4, subModels: 4, resume: begin.state() });
    expect(settings.learningRate).toBe(0.1);
    expect(subModelTrainer({ corpus: await corpus(), dim: 4, subModels: 16 }).settings.learningRate).toBe(0.2);
  });
});
