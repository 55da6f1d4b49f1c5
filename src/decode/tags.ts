// From a tagger's emissions to tags, how sure they are, and spans: pure functions, which exported modules use too.
import { type TextSpan, tagSpansToTextSpans } from "../data/readers/spans.ts";
import type { Range } from "../data/readers/tagged.ts";
import { tagsToSpans } from "../data/tags/schemes.ts";
import { type TaggerVocabulary, tagsAsWritten } from "../data/tags/tagger-vocabulary.ts";
import { type ChainScores, tagMarginals } from "./crf.ts";
import { viterbi } from "./viterbi.ts";

export interface DecodedTags {
  /** In the scheme of the corpus that the model was trained on. */
  tags: string[];
  /** The probability of each tag: its marginal with a CRF, of the softmax otherwise. */
  confidences: Float32Array;
}

export type TaggedSpan = TextSpan & {
  text: string;
  /** That of its least certain token. */
  confidence: number;
};

/**
 * Tags from emissions [T, K], which are written to.
 *
 * @param chain what may follow what, and at which score
 * @param crf whether the scores are those of a CRF
 */
export function tagDecoding(vocabulary: TaggerVocabulary, chain: Omit<ChainScores, "emissions">, crf: boolean) {
  const { tags: names, scheme } = vocabulary;
  const K = names.length;
  const outside = scheme === "none" ? -1 : names.indexOf("O");
  const marginals = crf ? tagMarginals(chain) : undefined;
  return (emissions: Float64Array, outsideBias = 0): DecodedTags => {
    if (emissions.length === 0) return { tags: [], confidences: new Float32Array(0) };
    if (outside >= 0) for (let at = outside; at < emissions.length; at += K) emissions[at]! -= outsideBias;
    const { tags } = viterbi({ emissions, ...chain });
    const sure = marginals?.(emissions);
    const confidences = Float32Array.from(tags, (tag, t) => sure?.[t * K + tag] ?? shareOf(emissions, t * K, K, tag));
    const chosen = tags.map((tag) => names[tag]!);
    return { tags: tagsAsWritten(vocabulary, chosen), confidences };
  };
}

/** The share of one of K scores from a place on, by the softmax. */
function shareOf(scores: Float64Array, from: number, K: number, chosen: number): number {
  let sum = 0;
  for (let k = 0; k < K; k++) sum += Math.exp(scores[from + k]! - scores[from + chosen]!);
  return 1 / sum;
}

/** The spans that tags make, with their places in the text; none where tags are not of spans. */
export function taggedSpans(
  { scheme }: TaggerVocabulary,
  { tags, confidences }: DecodedTags,
  text: string,
  offsets: readonly Range[],
): TaggedSpan[] {
  const found = scheme === "none" ? [] : tagsToSpans(tags);
  return tagSpansToTextSpans(found, offsets).map((place, i) => ({
    ...place,
    text: text.slice(place.start, place.end),
    confidence: Math.min(...confidences.subarray(found[i]!.start, found[i]!.end)),
  }));
}

/** The places of tokens in a text in which they are joined by spaces. */
export function joinedOffsets(tokens: readonly string[]): Range[] {
  let start = 0;
  return tokens.map((token): Range => {
    const from = start;
    start += token.length + 1;
    return [from, from + token.length];
  });
}
