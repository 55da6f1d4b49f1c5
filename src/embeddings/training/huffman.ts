// The tree of hierarchical softmax (Morin and Bengio, 2005; Mikolov et al., 2013): frequent words have short paths.

export interface HuffmanPaths {
  /** Where each word's path starts in `nodes`; one more entry for the end. [words + 1] */
  starts: Uint32Array;
  /** Inner node * 2 + label, from the root down; label 1 where the path goes to the more frequent side (code 0). */
  nodes: Uint32Array;
  longest: number;
}

/** Builds the paths of all words from their counts, sorted from most frequent down. There are words - 1 inner nodes. */
export function huffmanPaths(counts: Float64Array): HuffmanPaths {
  const words = counts.length;
  const count = new Float64Array(words * 2 - 1).fill(Infinity);
  count.set(counts);
  const parent = new Int32Array(words * 2 - 1);
  const code = new Uint8Array(words * 2 - 1);
  let leaf = words - 1;
  let inner = words;
  for (let node = words; node < words * 2 - 1; node++) {
    const least = () => (leaf >= 0 && count[leaf]! < count[inner]! ? leaf-- : inner++);
    const a = least();
    const b = least();
    count[node] = count[a]! + count[b]!;
    parent[a] = node;
    parent[b] = node;
    code[b] = 1;
  }
  const root = words * 2 - 2;
  const starts = new Uint32Array(words + 1);
  const all: number[] = [];
  let longest = 0;
  const path: number[] = [];
  for (let w = 0; w < words; w++) {
    path.length = 0;
    for (let at = w; at !== root; at = parent[at]!) path.push((parent[at]! - words) * 2 + (1 - code[at]!));
    longest = Math.max(longest, path.length);
    for (let i = path.length - 1; i >= 0; i--) all.push(path[i]!);
    starts[w + 1] = all.length;
  }
  return { starts, nodes: Uint32Array.from(all), longest };
}
