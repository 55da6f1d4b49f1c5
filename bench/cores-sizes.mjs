// What `npm run bench -- cores` measures.
export const coreThreads = [1, 2, 4, 8, 16];

export const coreSizes = ["lstm", "gru"].flatMap((cell) =>
  [128, 512].flatMap((hidden) =>
    [32, 128].map((batch) => ({
      name: `${cell}-${hidden}-batch-${batch}`,
      options: { task: "train", cell, hidden, batch, bptt: 64, vocab: 65, embedding: 128 },
    })),
  ),
);
