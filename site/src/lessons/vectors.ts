// Word vectors of a text without labels, which a network with few labels begins with.
import { embeddingTrainer, readCorpus, type WordVectors } from "unrolled/embeddings";

export const corpusOf = (text: string) => readCorpus([new TextEncoder().encode(text)], { minCount: 1 });

export async function learnVectors(
  text: string,
  options: { dim: number; window: number; epochs: number },
): Promise<WordVectors> {
  const corpus = await corpusOf(text);
  const trainer = embeddingTrainer({ corpus, sample: 0, learningRate: 0.05, seed: 2, ...options });
  for await (const _ of trainer.run());
  return trainer.vectors();
}
