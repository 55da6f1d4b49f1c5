// What the kernel draws from: which words stay (subsampling) and which are negatives.

/**
 * Per word the chance to stay, as a threshold for 32 random bits; 2^32 - 1 means always. With f the word's share of the
 * text and t the threshold, the chance is sqrt(t/f) + t/f, as in word2vec.c (the paper has only the root).
 */
export function keepThresholds(counts: Float64Array, sample: number): Uint32Array {
  const total = counts.reduce((sum, n) => sum + n, 0);
  return Uint32Array.from(counts, (n) => {
    const ratio = (sample * total) / n;
    const chance = Math.sqrt(ratio) + ratio;
    return sample <= 0 || chance >= 1 ? 0xffffffff : Math.floor(chance * 2 ** 32);
  });
}

/**
 * An alias table (Walker, 1977; Vose, 1991) for the distribution counts^power: per word a threshold in 2^32 and the word
 * to take beyond it. Draws in two look-ups from 8 bytes a word, where word2vec.c keeps 400 MB. [words * 2]
 */
export function aliasTable(counts: Float64Array, power: number): Uint32Array {
  const n = counts.length;
  const weights = counts.map((c) => c ** power);
  const total = weights.reduce((sum, w) => sum + w, 0);
  const shares = weights.map((w) => (w / total) * n);
  const table = new Uint32Array(n * 2);
  const small: number[] = [];
  const large: number[] = [];
  for (let i = 0; i < n; i++) (shares[i]! < 1 ? small : large).push(i);
  while (small.length > 0 && large.length > 0) {
    const s = small.pop()!;
    const l = large[large.length - 1]!;
    table[s * 2] = Math.floor(shares[s]! * 2 ** 32);
    table[s * 2 + 1] = l;
    shares[l]! -= 1 - shares[s]!;
    if (shares[l]! < 1) {
      large.pop();
      small.push(l);
    }
  }
  for (const i of [...small, ...large]) {
    table[i * 2] = 0xffffffff;
    table[i * 2 + 1] = i;
  }
  return table;
}
