// `--embeddings FILE` for every task: word vectors are read as far as the task can use them, what they cover is said,
// and the embedding that begins with them is made.
import { resolve } from "node:path";
import { fail } from "../../base/index.ts";
import { wordTokenizer } from "../../data/index.ts";
import { describeWarning, type WordVectors } from "../../embeddings/index.ts";
import { embedding, freeze, type Layer, type VectorCoverage, vectorCoverage, wordFinder } from "../../nn/index.ts";
import { loadVectors } from "../../node/index.ts";
import type { TrainFlags } from "../commands/train.ts";
import { shown } from "../describe-run.ts";
import { type Host, writeJson } from "../host.ts";

import { formatWhole } from "../terminal/index.ts";

/** Rows of the file that are known beside the words of the text: the most frequent ones, as files are sorted. */
const mostWords = 50_000;

export interface PretrainedOptions {
  /** `--embeddings`, or another one. */
  file: string;
  /** Whose words: "the source", say; nothing where there is one kind only. */
  of?: string;
  /** What is known where it is not said: `training` where each word known is also one to be predicted. */
  vocabulary: "all" | "training";
  /**
   * Where a word has capitals and the vectors have it without: `vectors`: texts are read in lower case if the whole file
   * is so; `task`: the task looks in lower case itself; `never` (default): the word has a row of its own.
   */
  fold?: "vectors" | "task" | "never";
}

export interface Pretrained {
  readonly vectors: WordVectors;
  /** Words that the task is to know beside those that it knows anyway: of the text, however rare, and of the file. */
  readonly known: readonly string[];
  /** The texts are to be read in lower case. */
  readonly lowercase: boolean;
  readonly coverage: VectorCoverage;
  /** The embedding, frozen as the flags say. */
  readonly layer: Layer;
}

/**
 * Reads the vectors of a text's words (`counts`) and of the file's most frequent ones, and says what was found.
 *
 * @throws UnrolledError where no word of the text has a vector, or `--embedding` names another width
 */
export async function pretrained(
  host: Host,
  flags: TrainFlags,
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
  for (const warning of warnings) host.err(`warning: ${describeWarning(warning)}\n`);
  if (flags.embedding !== undefined && flags.embedding !== vectors.dim && vectors.size > 0)
    fail({
      where: `--embedding ${flags.embedding}`,
      expected: `${vectors.dim}, the dimension of ${shown(resolve(file))}, or nothing`,
      received: String(flags.embedding),
      code: "shape",
    });
  const coverage = vectorCoverage(vectors, counts);
  const { exact, folded: cased, subwords } = coverage.words;
  if (exact + cased + subwords === 0)
    fail({
      where: file,
      expected: `vectors of the ${formatWhole(counts.size)} words${of ? ` of ${of}` : ""}, such as ${some(mostFrequent(counts))}`,
      received: vectors.size > 0 ? `those of others, such as ${some(vectors.words)}` : "those of others",
      hint: "is it another language, or are its words cut in another way?",
      code: "data",
    });
  // A few odd words do not make a file one with capitals.
  const lowercase = fold === "vectors" && capitals * 1000 <= rows;
  const find = wordFinder(vectors);
  const own = [...counts.keys()].filter((word) => {
    const { match } = find(word);
    return match === "subwords" || (match === "folded" && fold === "never");
  });
  const known = [...new Set([...vectors.words, ...own])];
  const found = { vectors, known, lowercase, coverage, layer: layerOf(vectors, flags) };
  describe(host, flags, found, { file, of, counts, vocabulary });
  return found;
}

function layerOf(vectors: WordVectors, { freeze: forGood, unfreezeAfter }: TrainFlags): Layer {
  const table = embedding({ from: vectors });
  if (forGood) return freeze(table);
  return unfreezeAfter ? freeze(table, { unfreezeAfter }) : table;
}

function describe(
  host: Host,
  flags: TrainFlags,
  { vectors, known, lowercase, coverage }: Omit<Pretrained, "layer">,
  {
    file,
    of,
    counts,
    vocabulary,
  }: { file: string; of?: string; counts: ReadonlyMap<string, number>; vocabulary: string },
): void {
  const further = vocabulary === "all" ? known.filter((word) => !counts.has(word)).length : 0;
  if (flags.json) {
    const { words, running, share } = coverage;
    writeJson(host, {
      event: "embeddings",
      file: resolve(file),
      ...(of ? { of } : {}),
      dim: vectors.dim,
      words,
      running,
      share,
      further,
      lowercase,
      trained: trainedWhen(flags),
    });
    return;
  }
  const n = formatWhole;
  const { words, share } = coverage;
  const line = (name: string, text: string) => host.out(`${host.colors.dim(name.padEnd(6))} ${text}\n`);
  line("words", `${shown(resolve(file))}: ${vectors.dim} numbers for a word, ${trainedWhen(flags)}`);
  const kinds = [
    `${n(words.exact)} as written`,
    ...(words.folded > 0 ? [`${n(words.folded)} in another case`] : []),
    ...(words.subwords > 0 ? [`${n(words.subwords)} made from subwords`] : []),
  ];
  line(
    "",
    `of ${n(counts.size)} words${of ? ` of ${of}` : ""} found: ${kinds.join(", ")}; ${(100 * share).toFixed(1)} % of the running words`,
  );
  if (words.missing > 0)
    line(
      "",
      `${n(words.missing)} missing; as far as they are known they begin at random, with the others' mean and spread`,
    );
  if (further > 0) line("", `${n(further)} further words of the file are known too`);
  if (lowercase) line("", "the file has no capitals: texts are read in lower case");
}

export function trainedWhen({ freeze: forGood, unfreezeAfter }: Pick<TrainFlags, "freeze" | "unfreezeAfter">): string {
  if (forGood) return "frozen";
  if (unfreezeAfter === undefined) return "trained with the rest";
  return "steps" in unfreezeAfter
    ? `frozen for ${formatWhole(unfreezeAfter.steps)} updates, then trained with the rest`
    : `frozen for ${unfreezeAfter.epochs} epochs, then trained with the rest`;
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

/** Options that say something of vectors, where no vectors are given or the task has no words. */
export function checkEmbeddingFlags(flags: TrainFlags, task: string): void {
  const { embeddings, targetEmbeddings } = flags;
  const given = (["embeddings", "targetEmbeddings"] as const).find((name) => flags[name] !== undefined);
  const about = (["freeze", "fineTune", "unfreezeAfter", "embeddingsVocabulary"] as const).find(
    (name) => flags[name] !== undefined,
  );
  const option = (name: string) => `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
  if (about && !given) fail({ where: option(about), expected: "--embeddings FILE beside it", received: "none" });
  if (given && !["language-model", "classifier", "regressor", "tagger", "translator"].includes(task))
    fail({
      where: option(given),
      expected: "a task that reads words: language-model, classifier, regressor, tagger or translator",
      received: `a ${task}`,
    });
  if (targetEmbeddings !== undefined && task !== "translator")
    fail({ where: "--target-embeddings", expected: "a translator", received: `a ${task}`, hint: "--embeddings FILE" });
  if ((embeddings ?? targetEmbeddings) !== undefined && flags.tokens !== undefined && flags.tokens !== "word")
    fail({
      where: `${option(given!)} with --tokens ${flags.tokens}`,
      expected: "--tokens word, for the vectors are those of words",
      received: flags.tokens,
    });
}
