// A softmax over some of the words instead of all, while training: with tens of thousands of words the last layer would
// take nearly all of the time (Bengio & Senecal, 2008; Jean et al., 2015).
//
// The candidates of a batch are its own targets and words at random places of the text, so that a word u with the share
// q of the text is among them with probability p = 1 - (1 - q)^M after M draws. A logit l then stands for 1 / p words
// like it: the softmax runs over l - log p, whose expected sum is that of the whole vocabulary. Frequent words are
// always there (p = 1), so for them nothing is approximate.
import { foldIn, random, randomKey } from "../../base/index.ts";
import { type TokenStream, tokenBlocks, tokenStream } from "../../data/index.ts";

/** The words that a batch's softmax runs over. */
export interface Candidates {
  /** Ids, each once, the batch's targets first. */
  ids: Int32Array;
  /** -log of each one's probability of being here; to be added to its logit. */
  offsets: Float32Array;
  /** The batch's targets as places in `ids`. */
  targets: Int32Array;
}

/** Draws candidates for batches of one text. */
export interface CandidateSampler {
  /** A pure function of the targets and the place in training. */
  at(targets: Int32Array, ...place: number[]): Candidates;
}

interface CandidateOptions {
  /**
   * Candidates of a batch: as many, or as its targets are where those are more, or fewer where four draws for each do not find so
   * many different ones, as in a text of rare characters; as many as there are different words or more: all words.
   */
  count: number;
  seed: number;
}

/** @param text ids below `size` */
export function candidateSampler(
  text: ArrayLike<number> | TokenStream,
  { size, ...options }: CandidateOptions & { size: number },
): CandidateSampler {
  const counts = new Float64Array(size);
  for (const block of tokenBlocks(tokenStream(text))) for (let i = 0; i < block.length; i++) counts[block[i]!]!++;
  return samplerOf(counts, options);
}

/** @param counts how often each id occurs in the text */
export function samplerOf(counts: ArrayLike<number>, { count, seed }: CandidateOptions): CandidateSampler {
  const size = counts.length;
  const key = foldIn(randomKey(seed), "candidates");
  const everything = { ids: Int32Array.from({ length: size }, (_, id) => id), offsets: new Float32Array(size) };
  const ends = new Float64Array(size); // of each id's places, if the text were sorted: drawing reads no text
  let [length, distinct] = [0, 0];
  for (let id = 0; id < size; id++) {
    ends[id] = length += counts[id]!;
    if (counts[id]! > 0) distinct++;
  }
  const places = new Int32Array(size).fill(-1); // of each id in the list under construction

  return {
    at(targets, ...place) {
      if (count >= distinct) return { ...everything, targets };
      const ids: number[] = [];
      const put = (id: number) => {
        if (places[id]! < 0) places[id] = ids.push(id) - 1;
        return places[id]!;
      };
      const own = Int32Array.from(targets, put);
      const draw = random(foldIn(key, ...place));
      let draws = targets.length;
      const most = draws + 4 * count;
      for (; ids.length < count && draws < most; draws++) put(idAt(ends, draw.below(length)));
      for (const id of ids) places[id] = -1;
      const offsets = Float32Array.from(ids, (id) => -Math.log(presence(counts[id]! / length, draws)));
      return { ids: Int32Array.from(ids), offsets, targets: own };
    },
  };
}

/** The first id whose places end after this one. */
function idAt(ends: Float64Array, place: number): number {
  let [low, high] = [0, ends.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ends[middle]! > place) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** 1 - (1 - q)^M, exact for small q. */
const presence = (q: number, draws: number): number => (q < 1 ? -Math.expm1(draws * Math.log1p(-q)) : 1);
