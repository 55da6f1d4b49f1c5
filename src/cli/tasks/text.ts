// Language models on the command line: plain text, as one stream or as lines.
import { statSync } from "node:fs";
import { fail } from "../../base/index.ts";
import { countUnknown, isTokenStream, type Tokenizer, tokenKinds } from "../../data/index.ts";
import { type LanguageModel, languageModel, predictor, temperature } from "../../index.ts";
import { inspectGradients } from "../../inspect/index.ts";
import { describeLayer } from "../../inspect/summary.ts";
import { isTokenFolder, openTokens } from "../../node/index.ts";
import { type Corpus, filledLines, readCorpus, readIds, readTexts, tokenFolderOf } from "../../node/tokens/corpus.ts";
import { mostInMemory } from "../../node/tokens/token-cache.ts";
import { unitOf } from "../../node/tokens/tokenize-text.ts";
import { writesLines } from "../../run/reader.ts";
import { type LanguageModelData, type LanguageModelRecipe, languageModelTask, report } from "../../tasks/index.ts";
import { formatWhole, plural } from "../../terminal/index.ts";
import { choice, flagName, int, toggle, type Values } from "../flags.ts";
import { command } from "../host.ts";
import { filesOf, isFile, listed } from "../source.ts";
import {
  bpttFlag,
  commonFlags,
  embeddingFlag,
  epochsFlag,
  heldOutFlags,
  networkFlags,
  splitFlag,
  streamFlag,
  vectorFlags,
} from "../train-flags.ts";
import { lookAt, tokensBy } from "./look.ts";
import { checkVectorFlags, pretrained } from "./pretrained.ts";
import { checkTie, wordFlags } from "./regularization.ts";
import type { Context, Report, TaskCommand, TrainContext } from "./task.ts";
import { corpusReader } from "./tokenizing.ts";

const flags = {
  tokens: choice(
    "--tokens <kind>",
    "unit that the network reads and writes: Unicode code points, graphemes (characters with their marks), words, subwords, or jamo (subwords of the letters of Korean syllables)",
    tokenKinds,
    {
      fallback: "word if the text marks rare words as <unk>; otherwise char, which needs the least training text",
      field: "tokens",
    },
  ),
  split: { ...splitFlag.split, fallback: "whitespace for a text that is tokenized already, else unicode" },
  lines: toggle("--lines", "each line is a sequence, such as a name; otherwise the text is one long stream", {
    fallback: "for a list of names or words up to 64 MB",
  }),
  noLines: toggle("--no-lines", "one long stream, even of a list"),
  ...heldOutFlags,
  valid: { ...heldOutFlags.valid, fallback: "0.1, at most 10 million characters" },
  stream: { ...streamFlag.stream, fallback: "for a text over 64 MB" },
  vocabulary: int(
    "--vocabulary <n>",
    "with --tokens word: maximum number of words; with --tokens subword or jamo: number of merges",
    { min: 2 },
    { field: "maxVocabulary", fallback: "20,000 words, all where rare ones are <unk> already; 8,000 merges" },
  ),
  ...networkFlags,
  hidden: {
    ...networkFlags.hidden,
    fallback:
      "256; 512 for a text of a million words, or with other tokens for a text of 500,000 and a run that reads ten million",
  },
  layers: {
    ...networkFlags.layers,
    fallback: "2; 1 for lines, for short runs, and for texts of fewer than 200,000 characters or a million words",
  },
  dropout: { ...networkFlags.dropout, fallback: "0.1 to 0.5, by how often the text is read" },
  ...embeddingFlag,
  embedding: { ...embeddingFlag.embedding, fallback: "128; 256 for words" },
  ...wordFlags,
  ...bpttFlag,
  lr: { ...commonFlags.lr, fallback: "0.008, less above 256 units" },
  batch: { ...commonFlags.batch, fallback: "32, fewer for a short text" },
  minutes: commonFlags.minutes,
  steps: {
    ...commonFlags.steps,
    fallback:
      "from the size of the text: enough to read 6 million tokens for a text of 1 million, growing with the square root of the size",
  },
  ...vectorFlags,
  fineTune: { ...vectorFlags.fineTune, fallback: "on" },
  ...epochsFlag,
};
type TextValues = Values<typeof flags>;

/** Whether each line is a sequence: as it was asked, else by what the file looks like. A list that does not fit in memory is a stream. */
const readsLines = ({ flags, recognized, files }: TrainContext<TextValues>): boolean =>
  flags.lines ??
  (recognized?.format === "lines" &&
    !flags.stream &&
    flags.embeddings === undefined &&
    (flags.tokens ?? "char") === "char" &&
    sizeOf(files) <= mostInMemory);

const sizeOf = (files: readonly string[]): number =>
  files.reduce((sum, file) => sum + (statSync(file, { throwIfNoEntry: false })?.size ?? 0), 0);

async function open(context: TrainContext<TextValues>): Promise<Corpus> {
  const { files, flags: given, seed, show, signal, fingerprint } = context;
  checkVectorFlags(given);
  checkTie(given);
  const { valid } = given;
  refuseForTokens(files, given);
  return readCorpus(corpusReader(show), files, {
    tokens: given.tokens ?? (given.embeddings === undefined ? undefined : "word"),
    split: given.split,
    lines: readsLines(context),
    valid: typeof valid === "string" ? await filesOf(show, [valid]) : valid,
    seed,
    maxVocabulary: given.vocabulary,
    atLeast: (given.bptt ?? 64) + 1,
    ...(given.stream === undefined ? {} : { stream: given.stream }),
    fingerprint,
    signal,
  });
}

/** A folder of tokens has its tokenizer and its held-out part already. */
function refuseForTokens(files: readonly string[], given: TextValues): void {
  const folder = files.find(isTokenFolder);
  if (folder === undefined) return;
  const hint = `these were chosen when the text was tokenized: ${command("tokenize", "--help")}`;
  for (const name of ["tokens", "split", "vocabulary", "valid", "lines"] as const)
    if (given[name] !== undefined)
      fail({ where: flagName(name), expected: "a text", received: `${folder}, a folder of tokens`, hint });
}

async function build(
  corpus: Corpus,
  { flags: given, show, seed }: TrainContext<TextValues>,
  chosen: Partial<LanguageModelRecipe>,
): Promise<{ model: LanguageModel; recipe: LanguageModelRecipe }> {
  const { tokens, counts, specials } = corpus.tokenizer.vocabulary;
  const words = new Map(tokens.flatMap((word, id) => (id < specials.length ? [] : [[word, counts[id]!]])));
  const vectors =
    given.embeddings === undefined
      ? undefined
      : await pretrained(show, given, words, { file: given.embeddings, vocabulary: "training" });
  const size = vectors ? { embeddingSize: vectors.vectors.dim, tieWeights: given.tie ?? false } : {};
  const recipe = languageModelTask.recipe(factsOf(corpus), {
    ...chosen,
    ...size,
    ...(given.untied ? { tieWeights: false } : {}),
    tokens: corpus.tokens,
    maxVocabulary: corpus.tokenizer.vocabulary.size,
  });
  const model = languageModel({
    ...languageModelTask.options(recipe),
    tokenizer: corpus.tokenizer,
    ...(vectors ? { embedding: vectors.layer, embeddingSize: undefined } : {}),
    seed,
  });
  return { model, recipe };
}

/** Lines, each a sequence of its own, rather than ids of one stream. */
const isLines = ({ train }: Corpus): boolean => Array.isArray(train);

const factsOf = (corpus: Corpus) => ({
  rows: corpus.train.length,
  tokens: corpus.trainTokens,
  vocabulary: corpus.tokenizer.vocabulary.size,
  kind: isLines(corpus) ? "lines" : "stream",
});

async function reportText(
  model: LanguageModel,
  data: LanguageModelData,
  { threads, signal }: Context,
): Promise<Report> {
  const { nats, bitsPerToken, perplexity, tokens, tokensPerSecond } = await report(model, data, { threads, signal });
  const { tokenizer } = model;
  const unit = unitOf(tokenizer);
  const ids = typeof data === "string" ? tokenizer.encode(data) : data;
  const unknown =
    ArrayBuffer.isView(ids) || isTokenStream(ids)
      ? countUnknown(tokenizer, ids)
      : (ids as readonly string[]).reduce((sum, line) => sum + countUnknown(tokenizer, tokenizer.encode(line)), 0);
  return {
    json: { tokens, unit, nats, bitsPerToken, perplexity, unknown, tokensPerSecond },
    line: `${nats.toFixed(4)} nats, ${bitsPerToken.toFixed(4)} bits per ${unit}, perplexity ${perplexity.toPrecision(4)}, ${plural(tokens, unit)}`,
    show(to) {
      if (unknown > 0)
        to.line(`  ${plural(unknown, unit)} ${unknown === 1 ? "is" : "are"} <unk>, which is easy to predict`);
    },
  };
}

/** Lines or ids, as the model was trained. */
async function asTrained(
  { tokenizer }: LanguageModel,
  files: readonly string[],
  { show, signal }: Context,
): Promise<LanguageModelData> {
  const folder = tokenFolderOf("evaluate", files);
  if (folder !== undefined) return heldOutTokens(tokenizer, folder, signal);
  const lines =
    tokenizer.special.eos === undefined ? undefined : filledLines(await readTexts(corpusReader(show), files));
  const ids = lines ? tokenizer.encode(lines.join("")) : await readIds(corpusReader(show), files, tokenizer, signal);
  if (ids.length < 2)
    fail({ where: listed(files), expected: "at least 2 tokens", received: String(ids.length), code: "data" });
  return lines ?? ids;
}

/** The held-out part of a folder of tokens, or all of it where nothing is held out. */
async function heldOutTokens(
  tokenizer: Tokenizer,
  folder: string,
  signal: AbortSignal | undefined,
): Promise<LanguageModelData> {
  const found = await openTokens(folder, { signal });
  if (JSON.stringify(found.tokenizer.toJSON()) !== JSON.stringify(tokenizer.toJSON()))
    fail({
      where: folder,
      expected: "tokens of the model's tokenizer",
      received: "those of another one",
      hint: "tokenize the text with --tokenizer and the model's folder",
      code: "data",
    });
  return found.valid.length > 1 ? found.valid : found.train;
}

export const textCommand: TaskCommand<LanguageModel, LanguageModelData, Corpus, TextValues> = {
  name: "language-model",
  flags,
  defaults: languageModelTask.recipe({ rows: 1, tokens: 1_000_000, kind: "stream" }),
  open,
  build,
  async prepare({ config, tokenizer }, corpus, { files, flags: given }) {
    const { train, valid, trainTokens, validTokens } = corpus;
    const lines = isLines(corpus);
    const unit = unitOf(tokenizer);
    const { bptt = 64 } = given;
    return {
      train,
      valid,
      rows: lines ? train.length : trainTokens / bptt,
      unit: `${unit}s`,
      data: [
        `${listed(files)}: ${lines ? `${plural(train.length, "training line")}, ` : ""}${plural(trainTokens, `training ${unit}`)}, ${plural(validTokens, `validation ${unit}`)}, vocabulary ${formatWhole(tokenizer.vocabulary.size)}`,
        ...(corpus.where === undefined
          ? []
          : [`its tokens are in ${corpus.where}; the next run reuses them, or makes them again if you delete them`]),
      ],
      model: `embedding ${config.embeddingSize}, ${describeLayer(config.encoder)}, ${config.tieWeights ? "tied output" : "output"} ${formatWhole(tokenizer.vocabulary.size)}`,
      facts: {
        ...(lines && given.lines === undefined ? { lines: "each is a sequence; one long stream with --no-lines" } : {}),
        ...(corpus.words === undefined ? {} : { words: corpus.words }),
      },
      json: {
        ...(lines ? { rows: train.length } : {}),
        tokens: trainTokens,
        validTokens,
        vocabulary: tokenizer.vocabulary.size,
        unit,
      },
    };
  },
  async sample(model) {
    const options = { filters: [temperature(0.8)], maxTokens: 120, seed: model.training?.step ?? 0 };
    const writer = await predictor(model);
    const prompts = Array<string>(writesLines(model) ? 8 : 1).fill("");
    const texts = await writer.run(prompts, options);
    await writer.release();
    return texts.map(({ text }) => text.trim().replaceAll(/\s*\n\s*/g, " / ")).join(" / ");
  },
  heldOut: asTrained,
  report: reportText,
  guess: ({ tokenizer }) => Math.log(tokenizer.vocabulary.size),
  async look(model, input, options, { show }) {
    const text = isFile(input) ? await readTexts(corpusReader(show), await filesOf(show, [input])) : input;
    const { vocabulary, special } = model.tokenizer;
    if (special.eos !== undefined)
      return lookAt(model, filledLines(text), (line) => [line], tokensBy(vocabulary), options);
    const { rows, place, threads } = options;
    const looked = await inspectGradients(model, text, { rows, place, threads });
    return looked.map((one) => ({ ...one, tokens: tokensBy(vocabulary)(one) }));
  },
  next: (model, out) => [
    ["sample", out, ...(writesLines(model) ? ["--count", "10"] : ["--length", "300"])],
    ["evaluate", out, "FILE"],
    ["summary", out],
  ],
};
