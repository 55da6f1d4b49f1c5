// `--embeddings FILE` for every task: reads the word vectors that the task can use, reports how much of the text they cover,
// and makes the embedding that starts from them.
import { resolve } from "node:path";
import { fail } from "../../base/index.ts";
import { wordTokenizer } from "../../data/index.ts";
import { describeWarning, type WordVectors } from "../../embeddings/index.ts";
import { embedding, freeze, type Layer, type VectorCoverage, vectorCoverage, wordFinder } from "../../nn/index.ts";
import { loadVectors } from "../../node/index.ts";
import { formatWhole, plural } from "../../terminal/index.ts";
import { flagName } from "../flags.ts";
import type { Output } from "../output.ts";
import { shown } from "../source.ts";
import type { VectorValues } from "../train-flags.ts";

/** Rows of the file that are kept besides the words of the text: the most frequent ones, as files are sorted. */
const mostWords = 50_000;

export interface PretrainedOptions {
  /** `--embeddings`, or another one. */
  file: string;
  /** Whose words, if there are several kinds: "the source". */
  of?: string;
  /** The default of `--embeddings-vocabulary`: `training` where each word in the vocabulary must also be predicted. */
  vocabulary: "all" | "training";
  /**
   * A word with capitals whose vector has none: `vectors` lowercases all texts if the whole file is lowercase; `task`: the
   * task looks up the lowercase word itself; `never` (default): the word gets a row of its own.
   */
  fold?: "vectors" | "task" | "never";
}

export interface Pretrained {
  readonly vectors: WordVectors;
  /** Words to add to the task's vocabulary: of the text, however rare, and of the file. */
  readonly known: readonly string[];
  /** Texts are lowercased. */
  readonly lowercase: boolean;
  readonly coverage: VectorCoverage;
  /** The embedding, frozen as the flags say. */
  readonly layer: Layer;
}

/**
 * Reads the vectors of a text's words (`counts`) and of the file's most frequent ones, and reports the coverage.
 *
 * @throws UnrolledError if no word of the text has a vector, or `--embedding` is another size
 */
export async function pretrained(
  show: Output,
  flags: VectorValues,
  counts: ReadonlyMap<string, number>,
  { file, of, vocabulary: usual, fold = "never" }: PretrainedOptions,
): Promise<Pretrained> {
  const vocabulary = flags.embeddingsVocabulary ?? usual;
  const most = vocabulary === "all" ? mostWords : 0;
  const folded = new Set([...counts.keys()].map((word) => word.toLowerCase()));
  let [rows, capitals] = [0, 0];
  const keep = (word: string, row: number) => {
    const lower = word.toLowerCase();
    rows++;
    if (lower !== word) capitals++;
    return row < most || counts.has(word) || folded.has(lower);
  };
  const { vectors, warnings } = await loadVectors(file, { keep });
  for (const warning of warnings) show.warn(describeWarning(warning));
  if (flags.embedding !== undefined && flags.embedding !== vectors.dim && vectors.size > 0)
    fail({
      where: `--embedding ${flags.embedding}`,
      expected: `${vectors.dim}, the dimension of ${shown(resolve(file))}`,
      received: String(flags.embedding),
      code: "shape",
    });
  const coverage = vectorCoverage(vectors, counts);
  const { exact, folded: cased, subwords } = coverage.words;
  if (exact + cased + subwords === 0)
    fail({
      where: file,
      expected: `vectors of the ${formatWhole(counts.size)} words${of ? ` of ${of}` : ""}, such as ${some(mostFrequent(counts))}`,
      received:
        vectors.size > 0 ? `vectors of other words, such as ${some(vectors.words)}` : "vectors of other words only",
      hint: "is it another language, or another tokenization?",
      code: "data",
    });
  // A few odd words with capitals do not count.
  const lowercase = fold === "vectors" && capitals * 1000 <= rows;
  const find = wordFinder(vectors);
  const own = [...counts.keys()].filter((word) => {
    const { match } = find(word);
    return match === "subwords" || (match === "folded" && fold === "never");
  });
  const known = [...new Set([...vectors.words, ...own])];
  const found = { vectors, known, lowercase, coverage, layer: layerOf(vectors, flags) };
  describe(show, flags, found, { file, of, counts, vocabulary });
  return found;
}

function layerOf(vectors: WordVectors, { freeze: forGood, unfreezeAfter }: VectorValues): Layer {
  const table = embedding({ from: vectors });
  if (forGood) return freeze(table);
  return unfreezeAfter ? freeze(table, { unfreezeAfter }) : table;
}

function describe(
  show: Output,
  flags: VectorValues,
  { vectors, known, lowercase, coverage }: Omit<Pretrained, "layer">,
  {
    file,
    of,
    counts,
    vocabulary,
  }: { file: string; of?: string; counts: ReadonlyMap<string, number>; vocabulary: string },
): void {
  const further = vocabulary === "all" ? known.filter((word) => !counts.has(word)).length : 0;
  const { words, running, share } = coverage;
  const trained = trainedWhen(flags);
  show.event("vectors", {
    file: resolve(file),
    ...(of ? { of } : {}),
    dim: vectors.dim,
    words,
    running,
    share,
    further,
    lowercase,
    trained,
  });
  const n = formatWhole;
  show.fact("words", `${shown(resolve(file))}: word vectors of dimension ${vectors.dim}, ${trained}`);
  const kinds = [
    `${n(words.exact)} as written`,
    ...(words.folded > 0 ? [`${n(words.folded)} in another case`] : []),
    ...(words.subwords > 0 ? [`${n(words.subwords)} composed of subwords`] : []),
  ];
  show.fact(
    "",
    `vectors found: ${kinds.join(", ")}, of ${plural(counts.size, "word")}${of ? ` of ${of}` : ""}; they cover ${(100 * share).toFixed(1)} % of the text`,
  );
  if (words.missing > 0)
    show.fact(
      "",
      `${n(words.missing)} missing; those in the vocabulary start at random, with the others' mean and spread`,
    );
  if (further > 0) show.fact("", `${plural(further, "further word")} of the file in the vocabulary`);
  if (lowercase) show.fact("", "the vectors have no capital letters: texts are lowercased");
}

export function trainedWhen({
  freeze: forGood,
  unfreezeAfter,
}: Pick<VectorValues, "freeze" | "unfreezeAfter">): string {
  if (forGood) return "frozen";
  if (unfreezeAfter === undefined) return "fine-tuned";
  return "steps" in unfreezeAfter
    ? `frozen for ${plural(unfreezeAfter.steps, "step")}, then fine-tuned`
    : `frozen for ${plural(unfreezeAfter.epochs, "epoch")}, then fine-tuned`;
}

/** The words of texts and how often each occurs, as a word tokenizer cuts them. */
export function countWords(texts: Iterable<string>): Map<string, number> {
  const { tokens, counts, specials } = wordTokenizer.fit(texts).vocabulary;
  return new Map(tokens.flatMap((word, id) => (id < specials.length ? [] : [[word, counts[id]!]])));
}

const mostFrequent = (counts: ReadonlyMap<string, number>): string[] =>
  [...counts].sort((a, b) => b[1] - a[1]).map(([word]) => word);

const some = (words: readonly string[]): string =>
  words
    .slice(0, 3)
    .map((word) => JSON.stringify(word))
    .join(", ");

/** Refuses options about word vectors where none are given, and other units than words. */
export function checkVectorFlags(
  flags: VectorValues & { readonly targetEmbeddings?: string; readonly tokens?: string },
): void {
  const given = (["embeddings", "targetEmbeddings"] as const).find((name) => flags[name] !== undefined);
  const about = (["freeze", "fineTune", "unfreezeAfter", "embeddingsVocabulary"] as const).find(
    (name) => flags[name] !== undefined,
  );
  if (about && !given) fail({ where: flagName(about), expected: "--embeddings FILE with it", received: "none" });
  if (given && flags.tokens !== undefined && flags.tokens !== "word")
    fail({
      where: `${flagName(given)} with --tokens ${flags.tokens}`,
      expected: "--tokens word (word vectors need word tokens)",
      received: flags.tokens,
    });
}
