// What docs/transfer.md measures; a test holds the two against each other.
export const transferTable = {
  tags: {
    sizes: ["100", "1,000", "10,000"],
    more: true,
    none: [73.3, 87.5, 93.0],
    frozen: [74.8, 81.1, 84.7],
    tuned: [79.5, 88.1, 91.5],
  },
  reviews: {
    sizes: ["100", "1,000", "6,920"],
    more: true,
    none: [50.6, 65.3, 67.4],
    frozen: [58.7, 66.9, 67.2],
    tuned: [54.7, 71.6, 76.6],
  },
  language: {
    sizes: ["100", "1,000", "10,000"],
    more: false,
    none: [226.3, 108.3, 85.5],
    frozen: [207.2, 131.8, 100.9],
    tuned: [206.2, 110.7, 83.4],
  },
} as const;
