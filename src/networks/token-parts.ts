// What the encoder reads of a token: its own row of numbers, its characters, its shape; or the numbers of a step.
import { lexiconPlaces, lexiconWidth, wordsAtPlace } from "../data/tags/lexicon.ts";
import {
  type Block,
  bidirectional,
  embedding,
  lstm,
  type Masks,
  normal,
  type Parameters,
  under,
  type WordTable,
} from "../nn/index.ts";
import {
  concat,
  constant,
  equal,
  gather,
  input,
  mul,
  reshape,
  select,
  slice,
  sum,
  type Tensor,
  transpose,
} from "../tensor/index.ts";
import { tokenEmbedding } from "./token-embedding.ts";

export interface Parts {
  /** Numbers for each token. */
  width: number;
  blocks: Readonly<Record<string, Block>>;
  /** [T, B, width]. */
  apply(all: Parameters, masks?: Masks): Tensor;
}

/** A word's own row of numbers. */
export const embeddedWords = (words: Block): Parts => ({
  width: words.outputSize,
  blocks: { words },
  apply: (all, masks) =>
    words.apply(under(all, "words"), transpose(input("words", ["B", "T"], { dtype: "int" })), { masks }).outputs,
});

/** The numbers of a step, as they are. */
export const stepNumbers = (D: number): Parts => ({
  width: D,
  blocks: {},
  apply: () => transpose(input("steps", ["B", "T", D]), [1, 0, 2]),
});

/**
 * A small recurrent network over each word's characters: its last states from either end. The words of a batch stand in a
 * list, each once, and places point into it: a word that comes ten times is read once, and its gradient is the sum of ten.
 */
export function characterNetwork(
  characters: number,
  { embeddingSize, hiddenSize }: { embeddingSize: number; hiddenSize: number },
): Parts {
  const table = embedding({ embeddingSize, init: normal(0.1) }).build(characters);
  const network = bidirectional(lstm({ hiddenSize })).build(embeddingSize);
  return {
    width: 2 * hiddenSize,
    blocks: { characters: table, characterNetwork: network },
    apply(all) {
      // Short words and long ones, each list padded to its own longest.
      const lists = [0, 1].map((i) => {
        const ids = transpose(input(`characters${i}`, [`W${i}`, `C${i}`], { dtype: "int" })); // [C, W]: a word is a sequence
        const counts = input(`characterCounts${i}`, [`W${i}`], { dtype: "int" });
        const embedded = table.apply(under(all, "characters"), ids).outputs; // [C, W, E]
        const { final } = network.apply(under(all, "characterNetwork"), embedded, { lengths: counts });
        const ends = concat([final.h_l0!, final.h_l0_reverse!]); // [W, 2 H]
        return gather(ends, transpose(input(`forms${i}`, ["B", "T"], { dtype: "int" }))); // [T, B, 2 H]
      });
      const long = transpose(input("long", ["B", "T"], { dtype: "int" })); // [T, B]: 1 where the word is in the second list
      return select(equal(reshape(long, ["T", "B", 1]), constant(1, [], "int")), lists[1]!, lists[0]!);
    },
  };
}

/** Where tokens are characters: the pairs that each makes with the one before it and the one after it. */
export function neighborPairs(pairs: readonly string[], dim: number | undefined, vectors?: WordTable): Parts {
  const { block: table } = tokenEmbedding(
    "tagger(characters)",
    pairs,
    { vectors, embeddingSize: dim },
    { size: 25, init: normal(0.1) },
  );
  const width = table.outputSize;
  return {
    width: 2 * width,
    blocks: { pairs: table },
    apply(all) {
      const ids = transpose(input("pairs", ["B", "T", 2], { dtype: "int" }), [1, 0, 2]); // [T, B, 2]
      const both = table.apply(under(all, "pairs"), ids).outputs; // [T, B, 2, E]
      return concat([0, 1].map((i) => reshape(slice(both, 2, i, i + 1), ["T", "B", width])));
    },
  };
}

/** Where tokens are characters: the mean of the lexicon's words that begin, go on, end and stand alone there. */
export const lexiconWords = (words: Block): Parts => ({
  width: lexiconPlaces * words.outputSize,
  blocks: { lexicon: words },
  apply(all, masks) {
    const ids = transpose(input("lexicon", ["B", "T", lexiconWidth], { dtype: "int" }), [1, 0, 2]); // [T, B, W]
    const weights = transpose(input("lexiconWeights", ["B", "T", lexiconWidth]), [1, 0, 2]);
    const rows = words.apply(under(all, "lexicon"), ids, { masks }).outputs; // [T, B, W, E]
    const E = words.outputSize;
    const weighted = mul(rows, reshape(weights, ["T", "B", lexiconWidth, 1]));
    const means = sum(reshape(weighted, ["T", "B", lexiconPlaces, wordsAtPlace, E]), { axes: [3] }); // [T, B, 4, E]
    return reshape(means, ["T", "B", lexiconPlaces * E]);
  },
});

/** The states of a language model where each token ends: a word and all that stands before it. */
export const contextStates = (characters: Block, encoder: Block): Parts => ({
  width: encoder.outputSize,
  blocks: { context: characters, contextEncoder: encoder },
  apply(all) {
    const ids = transpose(input("context", ["B", "C"], { dtype: "int" })); // [C, B]
    const embedded = characters.apply(under(all, "context"), ids).outputs; // [C, B, E]
    const states = encoder.apply(under(all, "contextEncoder"), embedded).outputs; // [C, B, H]
    const places = transpose(input("contextPlaces", ["B", "T"], { dtype: "int" })); // [T, B]
    return gather(reshape(states, ["C*B", encoder.outputSize]), places); // [T, B, H]
  },
});

/** How a word is written: small letters, a capital first, digits. */
export function wordShapes(count: number, dim: number): Parts {
  const table = embedding({ embeddingSize: dim, init: normal(0.1) }).build(count);
  return {
    width: dim,
    blocks: { shapes: table },
    apply: (all) => table.apply(under(all, "shapes"), transpose(input("shapes", ["B", "T"], { dtype: "int" }))).outputs,
  };
}
