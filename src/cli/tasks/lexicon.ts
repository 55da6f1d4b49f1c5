// `--embeddings FILE` for a tagger of characters: the words of the file are looked up in each sentence, wherever they stand.
import { resolve } from "node:path";
import { fail } from "../../base/index.ts";
import type { RowsOrList } from "../../data/index.ts";
import { lexiconCoverage, longestWord } from "../../data/tags/lexicon.ts";
import { describeWarning, type WordVectors } from "../../embeddings/index.ts";
import type { Tagged } from "../../index.ts";
import type { Layer } from "../../nn/index.ts";
import { loadVectors } from "../../node/index.ts";
import { formatWhole } from "../../terminal/index.ts";
import { flagName } from "../flags.ts";
import type { Output } from "../output.ts";
import { shown } from "../source.ts";
import type { VectorValues } from "../train-flags.ts";
import { layerOf, trainedWhen } from "./pretrained.ts";

/** Words of the file that are looked up: the most frequent ones, as files are sorted. */
const mostWords = 200_000;

export interface Lexicon {
  readonly words: readonly string[];
  readonly layer: Layer;
}

/** @throws UnrolledError if none of its words of several characters stands in the sentences */
export async function lexiconFor(
  show: Output,
  { embeddings: file, fineTune, unfreezeAfter, learnedRows }: VectorValues,
  sentences: RowsOrList<Tagged>,
): Promise<Lexicon> {
  if (learnedRows !== undefined)
    fail({ where: flagName("learnedRows"), expected: "tokens that are words", received: "single characters" });
  const keep = (word: string, row: number) => row < mostWords && [...word].length <= longestWord;
  const { vectors, warnings } = await loadVectors(file!, { keep });
  for (const warning of warnings) show.warn(describeWarning(warning));
  const coverage = lexiconCoverage(vectors.words, sentences);
  if (coverage.words === 0)
    fail({
      where: file!,
      expected: `vectors of words of 2 to ${longestWord} characters that occur in the sentences`,
      received: vectors.size > 0 ? `vectors of others, such as ${JSON.stringify(vectors.words[0])}` : "none",
      hint: "use word vectors of the language of the sentences",
      code: "data",
    });
  // Its rows are many and most of them seldom met: trained only where that was asked for.
  const how = fineTune || unfreezeAfter ? { unfreezeAfter } : ({ freeze: true } as const);
  describe(show, file!, vectors, coverage, trainedWhen(how));
  return { words: vectors.words, layer: layerOf(vectors, how) };
}

function describe(
  show: Output,
  file: string,
  { dim, size }: WordVectors,
  { words, share }: { words: number; share: number },
  trained: string,
): void {
  show.event("vectors", { file: resolve(file), dim, words: { exact: words }, share, further: size - words, trained });
  show.fact("words", `${shown(resolve(file))}: word vectors of dimension ${dim}, ${trained}`);
  show.fact(
    "",
    `the tokens are single characters: ${formatWhole(size)} words of the file are looked up in each sentence`,
  );
  show.fact("", `${formatWhole(words)} of them found; they cover ${(100 * share).toFixed(1)} % of the characters`);
}
