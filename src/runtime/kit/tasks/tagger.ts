// An exported tagger: the best path of tags by Viterbi, and the spans with their places in the text.
import { characterRanges, tagSpansToTextSpans, wordRanges } from "../../../data/readers/spans.ts";
import { tagsToSpans } from "../../../data/tags/schemes.ts";
import { viterbi } from "../../../decode/viterbi.ts";
import { sentenceFeeds } from "../../../tasks/tagger/data.ts";
import { allowedIn, taggerVocabularyFromJSON, tagsAsWritten } from "../../../tasks/tagger/vocabulary.ts";
import type { ModelData } from "../encoding.ts";
import { type Opened, type OpenOptions, open, type WeightSource } from "../open.ts";

interface TaggerInfo {
  vocabulary: unknown;
  characterLimit: number;
  shapes: boolean;
}

export interface TagOptions {
  /** Taken from the score of `O` at each token, in nats: above 0 more spans are found, fewer of them right. 0 by default. */
  outsideBias?: number;
}

export async function load(data: ModelData, source: WeightSource, options?: OpenOptions) {
  const opened = await open(data, source, options);
  const { vocabulary: saved, characterLimit, shapes } = data.info as TaggerInfo;
  const vocabulary = taggerVocabularyFromJSON(saved);
  const { tags: names, scheme, characters } = vocabulary;
  const K = names.length;
  const chain = chainOf(opened, K, allowedIn(vocabulary));
  const outside = scheme === "none" ? -1 : names.indexOf("O");
  return {
    ...opened.shared,
    tags: names,
    /** A text, or a sentence that is cut into tokens already. */
    tag(given: string | readonly string[], { outsideBias = 0 }: TagOptions = {}) {
      const text = typeof given === "string" ? given : given.join(" ");
      const offsets =
        typeof given === "string" ? (characters ? characterRanges : wordRanges)(given) : joinedOffsets(given);
      const tokens = offsets.map(([start, end]) => text.slice(start, end));
      if (tokens.length === 0) return { text, tokens, offsets, tags: [], spans: [] };
      const feeds = sentenceFeeds({ vocabulary, characterLimit, shapes }, [tokens]);
      const emissions = Float64Array.from(opened.graphs.model!.run(feeds).emissions!.data);
      if (outside >= 0) for (let at = outside; at < emissions.length; at += K) emissions[at]! -= outsideBias;
      const path = viterbi({ emissions, ...chain }).tags;
      const tags = tagsAsWritten(
        vocabulary,
        path.map((tag) => names[tag]!),
      );
      const found = scheme === "none" ? [] : tagSpansToTextSpans(tagsToSpans(tags), offsets);
      const spans = found.map((span) => ({ ...span, text: text.slice(span.start, span.end) }));
      return { text, tokens, offsets, tags, spans };
    },
  };
}

function joinedOffsets(tokens: readonly string[]): [number, number][] {
  let start = 0;
  return tokens.map((token) => {
    const from = start;
    start += token.length + 1;
    return [from, from + token.length];
  });
}

/** As `TagDecoderBlock.chain`: the CRF's scores, zeros where there is none; -Infinity where a tag may not follow. */
function chainOf({ weight }: Opened, K: number, allowed: ArrayLike<number> | undefined) {
  const part = (name: string, size: number, place: (i: number) => number) => {
    const scores = weight(`decoder.${name}`);
    return Float64Array.from({ length: size }, (_, i) => ((allowed?.[place(i)] ?? 1) ? (scores?.[i] ?? 0) : -Infinity));
  };
  return {
    transitions: part("transitions", K * K, (i) => Math.floor(i / K) * (K + 1) + (i % K)),
    start: part("start_transitions", K, (k) => K * (K + 1) + k),
    end: part("end_transitions", K, (k) => k * (K + 1) + K),
  };
}
