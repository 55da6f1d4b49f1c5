// Translators on the command line: a text and its translation, summary, or answer.
import { fail } from "../../base/index.ts";
import { holdOutPairs, textsToLearnFrom } from "../../data/hold-out.ts";
import { type RowsOrList, rowAt, toy, withoutRows } from "../../data/index.ts";
import { pairTokenizers, tokenKinds, usualLength } from "../../data/tokenizers/fit.ts";
import { translator } from "../../index.ts";
import { describeLayer } from "../../inspect/summary.ts";
import { countWords } from "../../node/vectors-for.ts";
import {
  chooseLengthRule,
  longPairs,
  predict,
  type Recipe,
  report,
  splitLong,
  type TranslatedText,
  type Translation,
  type Translator,
  type TranslatorOptions,
  translatorTask,
} from "../../tasks/index.ts";
import { clean, excerpt, formatWhole, plural } from "../../terminal/index.ts";
import { describeBleu } from "../../train/index.ts";
import { choice, int, type Values } from "../flags.ts";
import { filesOf, isFile, listed, openFiles, textsIn, whereRowsLie } from "../source.ts";
import {
  attentionFlags,
  commonFlags,
  rowFlags,
  selectionFlags,
  targetVectorsFlag,
  tokenPredictionFlag,
} from "../train-flags.ts";
import { describePrediction } from "./describe.ts";
import { lookAt, tokensBy } from "./look.ts";
import { checkVectorFlags, pretrained } from "./pretrained.ts";
import type { Context, Prediction, Report, TaskCommand, TrainContext } from "./task.ts";

const flags = {
  toy: selectionFlags.toy,
  tokens: choice(
    "--tokens <kind>",
    "unit that the network reads and writes; jamo: subwords of the letters of Korean syllables",
    tokenKinds,
    {
      fallback: "subword; word for SCAN, char for dates",
      field: "tokens",
    },
  ),
  vocabulary: int(
    "--vocabulary <n>",
    "size of the vocabulary: number of subword merges, or maximum number of words",
    { min: 2 },
    { fallback: "500 to 4,000 merges, by number of pairs" },
  ),
  maxLength: int(
    "--max-length <n>",
    "longest side of a pair in tokens; longer pairs are left out of training",
    { min: 1, max: 65_536 },
    { fallback: "256, up to 1,024 if many are longer", field: "maxTokens" },
  ),
  ...rowFlags,
  fineTune: { ...rowFlags.fineTune, fallback: "on" },
  hidden: {
    ...rowFlags.hidden,
    fallback: "encoder 256, decoder 384; SCAN 100 and 200, dates 96 and 96; a value sets both",
  },
  embedding: { ...rowFlags.embedding, fallback: "256; 64 for SCAN, 48 for dates" },
  dropout: { ...rowFlags.dropout, fallback: "0.3; 0.1 for SCAN, 0 for dates" },
  lr: { ...commonFlags.lr, fallback: "0.002; 0.003 for SCAN, 0.005 for dates" },
  batch: { ...commonFlags.batch, fallback: "64; 32 for SCAN or fewer than 5,000 pairs; 16 for long texts" },
  ...attentionFlags,
  ...targetVectorsFlag,
  ...tokenPredictionFlag("0"),
};
type PairValues = Values<typeof flags>;
type Pairs = RowsOrList<Translation>;

const toySize = { train: 10_000, held: 500 };

/** The pairs of a synthetic problem. */
function toyPairs(spec: string, seed: number): { train: Translation[]; held: Translation[] } {
  const made = toy(spec, { seed });
  if (made.kind !== "pairs") return fail({ where: `--toy ${made.spec}`, expected: "dates", received: made.name });
  const some = (from: number, count: number) => Array.from({ length: count }, (_, n) => made.sample(from + n));
  return { train: some(0, toySize.train), held: some(toySize.train, toySize.held) };
}

interface Opened {
  train: Pairs;
  valid: readonly Translation[];
}

async function open({ files, flags: given, seed, show }: TrainContext<PairValues>): Promise<Opened> {
  checkVectorFlags(given);
  if (given.toy !== undefined) {
    const { train, held } = toyPairs(given.toy, seed);
    return { train, valid: held };
  }
  const { valid = 0.1, stream } = given;
  const { rows } = await openFiles(show, files, "pairs", { stream });
  if (typeof valid === "string") {
    const held = await openFiles(show, await filesOf(show, valid.split(",")), "pairs");
    return { train: rows, valid: [...held.rows] };
  }
  const [train, held] = holdOutPairs(rows, valid, seed);
  if (train.length === 0)
    fail({
      where: listed(files),
      expected: "two or more pairs",
      received: String(rows.length),
      hint: "give more pairs, or --valid 0",
      code: "data",
    });
  return { train, valid: held };
}

async function build(
  { train }: Opened,
  { flags: given, show, seed, recognized }: TrainContext<PairValues>,
  chosen: Partial<Recipe>,
): Promise<{ model: Translator; recipe: Recipe }> {
  const kind = given.toy !== undefined ? "toy" : recognized?.format === "scan" ? "commands" : "texts";
  const words = await vectorsFor(show, given, train);
  const usual = translatorTask.recipe({ rows: train.length, kind }, words ? { ...chosen, tokens: "word" } : chosen);
  const tokenizer = pairTokenizers(train, { tokens: usual.tokens, vocabulary: given.vocabulary }, words?.source);
  const size = words ? { embeddingSize: (words.source ?? words.target)!.vectors.dim } : {};
  const facts = { rows: train.length, kind, longest: usualLength(tokenizer, train) };
  const recipe = translatorTask.recipe(facts, { ...chosen, ...size, tokens: usual.tokens });
  const model = translator({
    ...(translatorTask.options(recipe) as Pick<TranslatorOptions, "encoder" | "decoder" | "attention">),
    tokenizer,
    ...(words
      ? { embedding: { source: words.source?.layer, target: words.target?.layer }, embeddingSize: undefined }
      : {}),
    // An output layer that shares a frozen table could not learn.
    ...(words?.target && given.freeze ? { tieWeights: false } : {}),
    shareEmbeddings: "kind" in tokenizer,
    seed,
  });
  return { model, recipe };
}

/** Word vectors of either side. The target's vocabulary is that of its training text. */
async function vectorsFor(show: Context["show"], given: PairValues, pairs: Pairs) {
  const { embeddings, targetEmbeddings } = given;
  if ((embeddings ?? targetEmbeddings) === undefined) return undefined;
  const counts = (side: "source" | "target") => countWords(textsToLearnFrom(pairs, (pair) => pair[side]));
  const source =
    embeddings === undefined
      ? undefined
      : await pretrained(show, given, counts("source"), {
          file: embeddings,
          of: "the source",
          vocabulary: "all",
          fold: "vectors",
        });
  if (targetEmbeddings === undefined) return { source };
  const { embeddingsVocabulary: _, ...rest } = given;
  const options = { ...rest, embedding: source?.vectors.dim ?? given.embedding };
  const where = { file: targetEmbeddings, of: "the target", vocabulary: "training" } as const;
  return { source, target: await pretrained(show, options, counts("target"), where) };
}

/** Sources of several times the length of their targets. */
function areSummaries(pairs: readonly Translation[]): boolean {
  const length = (side: "source" | "target") => pairs.reduce((sum, pair) => sum + pair[side].length, 0);
  return length("source") >= 3 * length("target");
}

async function reportPairs(model: Translator, data: Pairs, { host, threads, signal }: Context): Promise<Report> {
  const pairs = [...data];
  const { bleu, chrF, rouge, exactMatch, outputs } = await report(model, pairs, { threads, signal });
  const examples = pairs.slice(0, 3).map(({ source, target }, i) => ({ source, target, output: outputs[i]! }));
  const { bold, dim } = host.colors;
  return {
    json: { rows: pairs.length, bleu: bleu.score, chrF, ...rouge, exactMatch, signature: bleu.signature, examples },
    line: `${bold(`BLEU ${bleu.score.toFixed(2)}`)}, chrF ${chrF.toFixed(2)}, exact match ${(100 * exactMatch).toFixed(1)} %, ${plural(pairs.length, "pair")}`,
    show(to) {
      to.line(`  ${dim(describeBleu(bleu))}`);
      if (areSummaries(pairs)) {
        const scores = [rouge.rouge1, rouge.rouge2, rouge.rougeL].map((score) => score.toFixed(2));
        to.line(`  ${dim(`ROUGE-1 ${scores[0]}, ROUGE-2 ${scores[1]}, ROUGE-L ${scores[2]} (F-scores, no stemming)`)}`);
      }
      for (const { source, target, output } of examples) {
        const same = output === target ? "" : dim(`\n    (${excerpt(target, 200)})`);
        to.line(`  ${excerpt(source, 200)}\n    ${clean(output)}${same}`);
      }
    },
  };
}

export interface TranslateOptions extends Context {
  readonly beam?: number;
  readonly lengthPenalty?: number;
  readonly lengthReward?: number;
  readonly nBest?: number;
}

/** Translations in the order of the inputs. */
export async function* translations(
  model: Translator,
  inputs: readonly string[],
  { beam, lengthPenalty, lengthReward, nBest = 1, show, threads, signal }: TranslateOptions,
): AsyncGenerator<Prediction & { readonly found: TranslatedText }> {
  const texts = (await textsIn(show, inputs)).map(({ text }) => text);
  const options = { beamSize: Math.max(beam ?? 5, nBest), lengthPenalty, lengthReward, nBest, threads, signal };
  for await (const found of predict(model, texts, options)) {
    const { source, translations: all } = found;
    const lines = all.map(({ text: one, score }) => (nBest === 1 ? clean(one) : `${score.toFixed(3)}\t${clean(one)}`));
    yield { found, json: { text: source, translations: all }, text: lines.join("\n") };
  }
}

/** How length counts, by BLEU on validation pairs: a penalty of 1, unless a reward is clearly better. */
async function settlePairs(model: Translator, valid: Pairs, { show, threads, signal }: Context, seconds: number) {
  const tried = await chooseLengthRule(model, valid, { seconds, threads, signal });
  if (tried.length < 2) return;
  const { lengthPenalty, lengthReward } = model;
  show.event("settled", { lengthPenalty, lengthReward, tried });
  const named = (rule: { lengthPenalty: number; lengthReward: number }) =>
    rule.lengthReward > 0 ? `reward ${rule.lengthReward}` : `penalty ${rule.lengthPenalty}`;
  const all = tried.map((one) => `${named(one)}: ${one.bleu.toFixed(2)}`).join(", ");
  show.line(`length ${named(model)} (validation BLEU of each: ${all})`);
}

/** Most validation pairs that are translated at the end of a training. */
const mostReported = 200;

export const pairsCommand: TaskCommand<Translator, Pairs, Opened, PairValues> = {
  name: "translator",
  flags,
  defaults: translatorTask.recipe({ rows: 20_000, kind: "texts" }),
  open,
  build,
  async prepare(model, opened, { files, flags: given, show }) {
    const { tokenizers, config } = model;
    const long = longPairs(tokenizers, opened.train, config.maxTokens);
    const train = withoutRows(opened.train, long);
    const { kept: valid, long: longHeld } = splitLong(tokenizers, opened.valid, config.maxTokens);
    const leftOut = long.length + longHeld.length;
    if (leftOut > 0)
      show.warn(
        `${plural(leftOut, "pair")} left out: over ${formatWhole(config.maxTokens)} tokens on a side; --max-length raises the limit`,
      );
    const source = given.toy ?? listed(files);
    if (train.length === 0) fail({ where: source, expected: "pairs", received: "none", code: "data" });
    let tokens = 0;
    let several = 0;
    for (const { target, references = [] } of train) {
      tokens += tokenizers.target.encode(target).length + 1;
      if (references.length > 1) several++;
    }
    const sizes = [tokenizers.source.vocabulary.size, tokenizers.target.vocabulary.size] as const;
    const shared = tokenizers.source === tokenizers.target;
    const { attention, inputFeeding } = config;
    const attends =
      attention === "none" ? "no attention" : `${attention.type} attention${inputFeeding ? " with input feeding" : ""}`;
    return {
      train,
      valid: valid.length > 0 ? valid : undefined,
      ...(valid.length > mostReported ? { report: valid.slice(0, mostReported) } : {}),
      rows: train.length,
      unit: "target tokens",
      data: [
        `${source}: ${plural(train.length, "training pair")}${whereRowsLie(train)}, ${plural(valid.length, "validation pair")}`,
        `${plural(tokens, "target token")}, vocabulary ${shared ? `${formatWhole(sizes[0])} shared by both sides` : sizes.map(formatWhole).join(" and ")}`,
        ...(several > 0
          ? [
              `${plural(several, "source")} with several targets: training uses the first, reports use all as references`,
            ]
          : []),
      ],
      model: `encoder ${describeLayer(config.encoder)}, decoder ${describeLayer(config.decoder)}, ${attends}`,
      ...(config.tokenPrediction ? { facts: { loss: describePrediction(config, "target") } } : {}),
      json: {
        ...(given.toy === undefined ? {} : { toy: given.toy }),
        rows: train.length,
        validRows: valid.length,
        tokens,
        vocabulary: sizes,
        leftOut,
      },
    };
  },
  async heldOut(model, files, { show, flags: given }) {
    if (files.length === 0 && given?.toy !== undefined) return toyPairs(given.toy, 1).held;
    const list = [...(await openFiles(show, files, "pairs")).rows];
    const { maxTokens: most } = model.config;
    const [long] = longPairs(model.tokenizers, list, most);
    if (long !== undefined)
      fail({
        where: `${listed(files)}, pair ${long + 1}`,
        expected: `at most ${most} tokens on each side`,
        received: "more",
        hint: "every pair counts in the measure: train with a higher --max-length, or shorten the pair",
        code: "data",
      });
    return list;
  },
  report: reportPairs,
  settle: settlePairs,
  guess: ({ tokenizers }) => Math.log(tokenizers.target.vocabulary.size),
  predict: translations,
  async look(model, input, options, { show }) {
    const pairs: Translation[] = [];
    const files = input.split(",");
    if (isFile(files[0]!)) pairs.push(...(await openFiles(show, await filesOf(show, files), "pairs")).rows);
    else
      for await (const { translations: all } of predict(model, [input]))
        pairs.push({ source: input, target: all[0]!.text });
    return lookAt(model, pairs, (pair) => [pair], tokensBy(model.tokenizers.source.vocabulary), options);
  },
  next: (_, out, { train, json }) => [
    ["translate", out, excerpt(rowAt(train, 0).source, 40)],
    ["evaluate", out, ...(json.toy === undefined ? ["FILE"] : ["--toy", String(json.toy)])],
  ],
};
