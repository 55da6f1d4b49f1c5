// An exported tagger: the best path of tags by Viterbi, and the spans with their places in the text.

import { sentenceFeeds } from "../../../data/batches/tagged.ts";
import { characterRanges, tagSpansToTextSpans, wordRanges } from "../../../data/readers/spans.ts";
import type { FeatureScale, NumberSteps } from "../../../data/readings.ts";
import { tagsToSpans } from "../../../data/tags/schemes.ts";
import { allowedIn, taggerVocabularyFromJSON, tagsAsWritten } from "../../../data/tags/tagger-vocabulary.ts";
import { tagMarginals } from "../../../decode/crf.ts";
import { softmax } from "../../../decode/filters.ts";
import { viterbi } from "../../../decode/viterbi.ts";
import type { ModelData } from "../encoding.ts";
import { type Opened, type OpenOptions, open, type WeightSource } from "../open.ts";

interface TaggerInfo {
  vocabulary: unknown;
  characterLimit: number;
  shapes: boolean;
  features?: readonly FeatureScale[];
  crf: boolean;
}

export interface TagOptions {
  /** Taken from the score of `O` at each token, in nats: above 0 more spans are found, fewer of them right. 0 by default. */
  outsideBias?: number;
}

export async function load(data: ModelData, source: WeightSource, options?: OpenOptions) {
  const opened = await open(data, source, options);
  const { vocabulary: saved, crf, ...reads } = data.info as TaggerInfo;
  const vocabulary = taggerVocabularyFromJSON(saved);
  const { tags: names, scheme, characters } = vocabulary;
  const K = names.length;
  const chain = chainOf(opened, K, allowedIn(vocabulary));
  const shares = crf ? tagMarginals(chain) : undefined;
  const outside = scheme === "none" ? -1 : names.indexOf("O");

  /** Tags and how sure each is, from emissions [T * K]. */
  function decode(scores: Float64Array, outsideBias: number) {
    if (outside >= 0) for (let at = outside; at < scores.length; at += K) scores[at]! -= outsideBias;
    const { tags } = viterbi({ emissions: scores, ...chain });
    const sure = shares?.(scores);
    const confidences = tags.map((tag, t) => sure?.[t * K + tag] ?? softmax(scores.subarray(t * K, (t + 1) * K))[tag]!);
    return {
      tags: tagsAsWritten(
        vocabulary,
        tags.map((tag) => names[tag]!),
      ),
      confidences,
    };
  }
  return {
    ...opened.shared,
    tags: names,
    /** A text, a sentence that is cut into tokens already, or steps of numbers. */
    tag(given: string | readonly string[] | NumberSteps, { outsideBias = 0 }: TagOptions = {}) {
      const cut = cutInput(given, reads.features !== undefined, characters);
      const feeds = () => sentenceFeeds({ vocabulary, ...reads }, [cut.parts]);
      const { tags, confidences } =
        cut.parts.length === 0
          ? { tags: [], confidences: [] }
          : decode(Float64Array.from(opened.graphs.model!.run(feeds()).emissions!.data), outsideBias);
      const found = scheme === "none" ? [] : tagsToSpans(tags);
      const spans = tagSpansToTextSpans(found, cut.places).map((span, i) => ({
        ...span,
        text: cut.text.slice(span.start, span.end),
        confidence: Math.min(...confidences.slice(found[i]!.start, found[i]!.end)),
      }));
      return { text: cut.text, tokens: cut.tokens, offsets: cut.offsets, tags, confidences, spans };
    },
  };
}

interface Cut {
  text: string;
  tokens: string[];
  offsets: readonly (readonly [number, number])[];
  /** What the network reads. */
  parts: readonly (string | ArrayLike<number>)[];
  /** What spans count: characters of the text, or steps. */
  places: readonly (readonly [number, number])[];
}

function cutInput(given: string | readonly string[] | NumberSteps, steps: boolean, characters: boolean): Cut {
  if (steps) {
    const parts = given as NumberSteps;
    return { text: "", tokens: [], offsets: [], parts, places: Array.from(parts, (_, t) => [t, t + 1]) };
  }
  const text = typeof given === "string" ? given : (given as readonly string[]).join(" ");
  const offsets =
    typeof given === "string"
      ? (characters ? characterRanges : wordRanges)(given)
      : joinedOffsets(given as readonly string[]);
  const tokens = offsets.map(([start, end]) => text.slice(start, end));
  return { text, tokens, offsets, parts: tokens, places: offsets };
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
