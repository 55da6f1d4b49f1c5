// From a text to a corpus to train on: read plainly or as it is, its phrases joined.
import type { ByteChunks } from "../formats/byte-reader.ts";
import { type Corpus, type ReadCorpusOptions, readCorpus } from "./corpus.ts";
import { joinPhrases } from "./phrases.ts";
import { plainWords } from "./plain-words.ts";
import { memorySpool, type Spool } from "./spool.ts";

export interface TextCorpusOptions extends Omit<ReadCorpusOptions, "spool"> {
  /** Lowercase the text and drop punctuation, for text that is not tokenized. Default: false. */
  plain?: boolean;
  /** Join words that often occur together (`new_york`), this many times. Default: 0. */
  phrases?: number;
  /** Creates a spool for the ids. Default: in memory. */
  makeSpool?: () => Spool;
}

/**
 * Reads a text as a corpus, see {@link readCorpus}.
 *
 * @throws UnrolledError with code "data" if it has fewer than two distinct words with `minCount` occurrences
 *
 * @example
 * ```ts
 * const corpus = await textCorpus(corpusChunks(["novel.txt"]), { plain: true, phrases: 1 });
 * ```
 */
export async function textCorpus(
  chunks: ByteChunks,
  { plain = false, phrases = 0, makeSpool = memorySpool, ...options }: TextCorpusOptions = {},
): Promise<Corpus> {
  let corpus = await readCorpus(plain ? plainWords(chunks) : chunks, { ...options, spool: makeSpool() });
  for (let i = 0; i < phrases; i++) {
    const joined = joinPhrases(corpus, { minCount: options.minCount, spool: makeSpool() });
    corpus.spool.close();
    corpus = joined;
  }
  return corpus;
}
