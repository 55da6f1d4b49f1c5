// `--embeddings FILE` for every task: reads the word vectors that the task can use, reports how much of the text they cover,
// and makes the embedding that starts from them.
import { resolve } from "node:path";
import { fail } from "../../base/index.ts";
import { describeWarning, type WordVectors } from "../../embeddings/index.ts";
import { embedding, freeze, type Layer, withLearnedRows } from "../../nn/index.ts";
import { type FoundVectors, type VectorsFor, vectorsFor } from "../../node/vectors-for.ts";
import { formatWhole, plural } from "../../terminal/index.ts";
import { flagName } from "../flags.ts";
import type { Output } from "../output.ts";
import { shown } from "../source.ts";
import type { VectorValues } from "../train-flags.ts";

export interface Pretrained extends FoundVectors {
  /** The embedding, frozen as the flags say. */
  readonly layer: Layer;
}

/**
 * Reads the vectors of a text's words (`counts`) and of the file's most frequent ones, and reports the coverage.
 *
 * @param options `vocabulary` is the default of `--embeddings-vocabulary`: `training` where each word must also be predicted
 * @param usual of tasks whose tokens are only read: what holds unless a flag says otherwise
 * @throws UnrolledError if no word of the text has a vector, or `--embedding` is another size
 */
export async function pretrained(
  show: Output,
  given: VectorValues,
  counts: ReadonlyMap<string, number>,
  options: VectorsFor,
  usual?: UsualVectors,
): Promise<Pretrained> {
  const vocabulary = given.embeddingsVocabulary ?? options.vocabulary;
  const found = await vectorsFor(counts, { ...options, vocabulary });
  const flags = usual ? usualVectors(given, usual, found.coverage.share) : given;
  for (const warning of found.warnings) show.warn(describeWarning(warning));
  const { dim, size } = found.vectors;
  if (flags.embedding !== undefined && flags.embedding !== dim && size > 0)
    fail({
      where: `--embedding ${flags.embedding}`,
      expected: `${dim}, the dimension of ${shown(resolve(options.file))}`,
      received: String(flags.embedding),
      code: "shape",
    });
  describe(show, flags, found, { ...options, vocabulary, counts });
  return { ...found, layer: layerOf(found.vectors, flags) };
}

/** When the vectors of a file are trained, and the width of what is learned beside fixed ones. */
type Frozen = Pick<VectorValues, "freeze" | "unfreezeAfter" | "learnedRows">;

/** Width of the learned rows beside fixed vectors, chosen on the validation part of film reviews. */
const usualLearnedRows = 32;

/** What holds for the vectors of a task unless a flag says otherwise. */
export interface UsualVectors {
  /** Training rows, if few of them leave vectors fixed. */
  readonly rows?: number;
  /** Width of the learned row beside each fixed vector; 32 by default. */
  readonly learnedRows?: number;
}

/** Fewer training rows than these leave vectors fixed: docs/transfer.md, measured up to 6,920 rows. */
const fewRows = 20_000;
/** Share of the running words that must have a vector: the others stay random. 0.63 was too little, 0.86 enough. */
const wellCovered = 0.8;

/**
 * The flags of a task whose tokens are only read: fixed vectors get learned rows, and learned rows need fixed vectors.
 *
 * @param share of the running words that have a vector
 */
export function usualVectors(
  flags: VectorValues,
  { rows = Infinity, learnedRows: usualRows = usualLearnedRows }: UsualVectors,
  share: number,
): VectorValues {
  const { fineTune = false, unfreezeAfter, freeze: asked = false, learnedRows } = flags;
  const fixed = rows < fewRows && share >= wellCovered && !fineTune && !unfreezeAfter;
  const frozen = asked || (learnedRows ?? 0) > 0 || fixed;
  return frozen ? { ...flags, freeze: true, learnedRows: learnedRows ?? usualRows } : flags;
}

/** The embedding that begins with them. */
export function layerOf(vectors: WordVectors, { freeze: forGood, unfreezeAfter, learnedRows = 0 }: Frozen): Layer {
  const table = embedding({ from: vectors });
  if (!forGood) return unfreezeAfter ? freeze(table, { unfreezeAfter }) : table;
  return learnedRows > 0 ? withLearnedRows(freeze(table), { size: learnedRows }) : freeze(table);
}

function describe(
  show: Output,
  flags: VectorValues,
  { vectors, known, lowercase, coverage }: FoundVectors,
  { file, of, counts, vocabulary }: VectorsFor & { readonly counts: ReadonlyMap<string, number> },
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

export function trainedWhen({ freeze: forGood, unfreezeAfter, learnedRows = 0 }: Frozen): string {
  if (forGood) return learnedRows > 0 ? `frozen; beside each, ${plural(learnedRows, "learned number")}` : "frozen";
  if (unfreezeAfter === undefined) return "fine-tuned";
  return "steps" in unfreezeAfter
    ? `frozen for ${plural(unfreezeAfter.steps, "step")}, then fine-tuned`
    : `frozen for ${plural(unfreezeAfter.epochs, "epoch")}, then fine-tuned`;
}

/** Refuses options about word vectors where none are given, and other units than words. */
export function checkVectorFlags(
  flags: VectorValues & { readonly targetEmbeddings?: string; readonly tokens?: string },
): void {
  const given = (["embeddings", "targetEmbeddings"] as const).find((name) => flags[name] !== undefined);
  const about = (["freeze", "fineTune", "unfreezeAfter", "embeddingsVocabulary", "learnedRows"] as const).find(
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
