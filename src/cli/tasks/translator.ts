// Translators on the command line: a text and its translation, summary, or answer.
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { fail } from "../../base/index.ts";
import { linesOf, type RowsOrList, rowAt, withoutRows } from "../../data/index.ts";
import { attentionMap } from "../../inspect/index.ts";
import { additive, bidirectional, type Layer, multiplicative, stacked } from "../../nn/index.ts";
import { readText, writeOutput } from "../../node/index.ts";
import type { Model, Tokenizers, TranslatedText, Translation, Translator } from "../../tasks/index.ts";
import { describeBleu } from "../../train/index.ts";
import { encoderOf } from "../cells.ts";
import type { TrainFlags } from "../commands/train.ts";
import { describeParameters } from "../describe-run.ts";
import { type Host, writeJson } from "../host.ts";
import { interrupt } from "../interrupt.ts";
import { attentionOf, longPairs, splitLong, translate, translationReport, translator } from "../library.ts";
import { quoted, shown } from "../run-train.ts";
import { formatWhole } from "../terminal/index.ts";
import { isToy, openPairFiles, pairTokenizers, partPairs, readPairFiles, toyFile, toyPairs } from "./pairs.ts";
import { countWords, type Pretrained, pretrained } from "./pretrained.ts";
import type { EvaluateFlags, PredictFlags, TaskCommands, TrainJob } from "./registry.ts";
import { folderFor, lengthOf, type RunRecipe, runTraining, tell } from "./run.ts";
import { textsToLearnFrom, whereRowsLie } from "./stream.ts";

interface PairRecipe extends RunRecipe {
  valid: number | string;
}

export interface TranslateFlags extends PredictFlags {
  beam?: number;
  lengthPenalty?: number;
  nBest?: number;
  attention?: string;
}

/** What is taken where no flag says otherwise; those of texts and commands are what bench/tasks/translate.mjs measured. */
const recipes = {
  toy: { hidden: 96, decoder: 96, embedding: 48, dropout: 0, smoothing: 0, feed: false, batch: 64, lr: 0.005 },
  /** SCAN: few words, long and exact answers. */
  commands: { hidden: 100, decoder: 200, embedding: 64, dropout: 0.1, smoothing: 0, feed: true, batch: 32, lr: 0.003 },
  texts: { hidden: 256, decoder: 384, embedding: 256, dropout: 0.3, smoothing: 0.1, feed: false, batch: 64, lr: 0.002 },
} as const;

/** Longer sides than this are left out of training, with a word about it: a batch of them would not fit. */
const usualLength = 256;
/** The most that is taken where the data has long texts, as summaries have. */
const mostLength = 1024;

async function trainTranslator(host: Host, { files: given, flags, recognized }: TrainJob): Promise<void> {
  const { seed = 1337, valid = 0.1, layers = 1, cell = "gru" } = flags;
  const files = flags.toy === undefined ? given : [toyFile(flags.toy)];
  const [data, held] = await dataOf(host, files, valid, { seed, flags });
  const small = isToy(files[0]!);
  const words = await vectorsFor(host, flags, data);
  const commands = recognized?.format === "scan";
  const usual = recipes[small ? "toy" : commands ? "commands" : "texts"];
  const tokens = small ? "char" : commands || words ? "word" : "subword";
  const tokenizer = pairTokenizers(
    data,
    { tokens: flags.tokens ?? tokens, vocabulary: flags.vocabulary },
    words?.source,
  );
  const maxTokens =
    flags.maxLength ?? lengthFor("kind" in tokenizer ? { source: tokenizer, target: tokenizer } : tokenizer, data);
  const { hidden: size = usual.hidden, dropout: dropped = usual.dropout } = flags;
  const deep = (layer: Layer, between: number) =>
    layers === 1 ? layer : stacked(new Array<Layer>(layers).fill(layer), { dropout: between });
  const attention = {
    none: "none",
    multiplicative: multiplicative({ scaled: true }),
    additive: additive({ size }),
  } as const;
  const model = translator({
    tokenizer,
    // What the decoder looks back at is dropped too; the decoder's own outputs are dropped before the output layer.
    encoder: deep(bidirectional(encoderOf(cell, { hiddenSize: size, dropout: dropped })), 0),
    decoder: deep(encoderOf(cell, { hiddenSize: flags.hidden ?? usual.decoder }), dropped),
    attention: attention[flags.attention ?? "multiplicative"],
    inputFeeding: flags.inputFeeding ?? (usual.feed && flags.attention !== "none"),
    ...(words
      ? { embedding: { source: words.source?.layer, target: words.target?.layer } }
      : { embeddingSize: flags.embedding ?? usual.embedding }),
    // An output that shares a frozen table could not learn.
    ...(words?.target && flags.freeze ? { tieWeights: false } : {}),
    shareEmbeddings: "kind" in tokenizer,
    dropout: dropped,
    smoothing: usual.smoothing,
    maxTokens,
    seed,
  });
  const recipe: PairRecipe = {
    task: "translator",
    files: files.map((file) => (isToy(file) ? file : resolve(file))),
    valid: typeof valid === "string" ? resolve(valid) : valid,
    batch: flags.batch ?? (maxTokens > usualLength ? 16 : data.length >= 5000 ? usual.batch : 32),
    lr: flags.lr ?? usual.lr,
    seed,
    ...lengthOf(flags, small ? 6 : Math.max(8, Math.min(60, Math.round(300_000 / data.length)))),
  };
  const out = folderFor([files[0]!.replace(":", "-")], flags);
  await go(host, model, data, held, { recipe, out, flags, resume: false });
}

/** Tokens that 98 of 100 pairs fit in, from 256 to 1,024. */
function lengthFor({ source, target }: Tokenizers, pairs: RowsOrList<Translation>): number {
  const lengths: number[] = [];
  const every = Math.ceil(pairs.length / 10_000);
  for (let i = 0; i < pairs.length; i += every) {
    const pair = rowAt(pairs, i);
    lengths.push(1 + Math.max(source.encode(pair.source).length, target.encode(pair.target).length));
  }
  const most = lengths.sort((a, b) => a - b)[Math.floor(0.98 * (lengths.length - 1))] ?? 0;
  return Math.max(usualLength, Math.min(mostLength, most));
}

/** Word vectors of either side. What the target may say is what its training text says. */
async function vectorsFor(
  host: Host,
  flags: TrainFlags,
  pairs: RowsOrList<Translation>,
): Promise<{ source?: Pretrained; target?: Pretrained } | undefined> {
  const { embeddings, targetEmbeddings } = flags;
  if ((embeddings ?? targetEmbeddings) === undefined) return undefined;
  const counts = (side: "source" | "target") => countWords(textsToLearnFrom(pairs, (pair) => pair[side]));
  const source =
    embeddings === undefined
      ? undefined
      : await pretrained(host, flags, counts("source"), {
          file: embeddings,
          of: "the source",
          vocabulary: "all",
          fold: "vectors",
        });
  const target =
    targetEmbeddings === undefined
      ? undefined
      : await pretrained(
          host,
          { ...flags, embeddingsVocabulary: "training", embedding: source?.vectors.dim ?? flags.embedding },
          counts("target"),
          { file: targetEmbeddings, of: "the target", vocabulary: "training" },
        );
  return { source, target };
}

async function resumeTranslator(host: Host, folder: string, model: Model, flags: TrainFlags): Promise<void> {
  const recipe = model.training?.recipe as PairRecipe | undefined;
  if (!recipe?.files || model.task !== "translator")
    return fail({ where: folder, expected: "a run that was stopped", received: "a model only", code: "file" });
  const [data, held] = await dataOf(host, recipe.files, recipe.valid, { seed: recipe.seed, flags });
  await go(host, model, data, held, { recipe, out: folder, flags, resume: true });
}

async function dataOf(
  host: Host,
  files: readonly string[],
  valid: number | string,
  { seed, flags }: { seed: number; flags: TrainFlags },
): Promise<[RowsOrList<Translation>, readonly Translation[]]> {
  if (isToy(files[0]!)) {
    const { train, held } = toyPairs(files[0]!, seed);
    return [train, held];
  }
  const { pairs, source } = await openPairFiles(host, files, flags);
  const parts: [RowsOrList<Translation>, readonly Translation[]] =
    typeof valid === "string"
      ? [pairs, (await readPairFiles(host, valid.split(","))).pairs]
      : partPairs(pairs, valid, seed);
  if (parts[0].length === 0)
    fail({ where: source, expected: "two or more pairs", received: `${pairs.length}`, hint: "or --valid 0" });
  return parts;
}

async function go(
  host: Host,
  model: Translator,
  all: RowsOrList<Translation>,
  held: readonly Translation[],
  { recipe, out, flags, resume }: { recipe: PairRecipe; out: string; flags: TrainFlags; resume: boolean },
): Promise<void> {
  const { tokenizers, config } = model;
  const long = longPairs(tokenizers, all, config.maxTokens);
  const data = withoutRows(all, long);
  const { kept: valid, long: longHeld } = splitLong(tokenizers, held, config.maxTokens);
  const leftOut = long.length + longHeld.length;
  if (leftOut > 0)
    host.err(
      `warning: ${formatWhole(leftOut)} ${leftOut === 1 ? "pair" : "pairs"} of more than ${formatWhole(config.maxTokens)} tokens on a side left out; --max-length takes longer ones\n`,
    );
  if (data.length === 0)
    fail({ where: recipe.files.map(shown).join(" and "), expected: "pairs", received: "none", code: "data" });
  let targets = 0;
  let several = 0;
  for (const { target, references = [] } of data) {
    targets += tokenizers.target.encode(target).length + 1;
    if (references.length > 1) several++;
  }
  const sizes = [tokenizers.source.vocabulary.size, tokenizers.target.vocabulary.size];
  if (flags.json) {
    writeJson(host, {
      event: "start",
      ...recipe,
      out,
      resumed: resume,
      parameters: model.layout.count,
      frozen: model.frozenLayout.count,
      vocabulary: sizes,
      pairs: data.length,
      validPairs: valid.length,
      leftOut,
    });
  } else {
    const same = tokenizers.source === tokenizers.target;
    const { attention, inputFeeding } = config;
    tell(
      host,
      "data",
      `${recipe.files.map(shown).join(" and ")}: ${formatWhole(data.length)} pairs to train on${whereRowsLie(data)}, ${formatWhole(valid.length)} to validate; ${formatWhole(targets)} target tokens`,
    );
    if (several > 0)
      tell(
        host,
        "",
        `${formatWhole(several)} sources have several targets: the first is learned, all count in a report`,
      );
    tell(
      host,
      "model",
      `${same ? `${formatWhole(sizes[0]!)} tokens for both sides` : `${sizes.map(formatWhole).join(" and ")} tokens`}, ${attention === "none" ? "no attention" : `${attention.type} attention${inputFeeding ? ", fed to the next step" : ""}`}: ${describeParameters(model)}`,
    );
    tell(host, "keep", `${out}\n`);
  }
  const finished = await runTraining<RowsOrList<Translation>>(host, {
    model,
    data,
    valid: valid.length > 0 ? valid : undefined,
    recipe,
    out,
    flags,
    resume,
    tokensPerEpoch: targets,
    rows: data.length,
    unit: "target tokens",
  });
  if (!finished) return;
  const some = valid.slice(0, 200);
  if (some.length > 0) await report(host, model, some, `on ${some.length} validation pairs`, flags);
  if (flags.json) return;
  host.out(`${out} holds the model. Next:\n`);
  for (const next of [
    `translate ${quoted(out)} "${rowAt(data, 0).source.slice(0, 40)}"`,
    `evaluate ${quoted(out)} ${isToy(recipe.files[0]!) ? `--toy ${recipe.files[0]!.slice(4)}` : "FILE"}`,
  ])
    host.out(`  npx unrolled ${next}\n`);
}

async function report(
  host: Host,
  model: Translator,
  pairs: readonly Translation[],
  what: string,
  { json, threads }: EvaluateFlags,
): Promise<void> {
  const { bleu, chrF, exactMatch, outputs } = await translationReport(model, pairs, { threads });
  const examples = pairs.slice(0, 3).map((pair, i) => ({ ...pair, output: outputs[i]! }));
  if (json)
    return writeJson(host, {
      event: "report",
      pairs: pairs.length,
      bleu: bleu.score,
      chrF,
      exactMatch,
      signature: bleu.signature,
      examples,
    });
  host.out(
    `${host.colors.bold(`BLEU ${bleu.score.toFixed(2)}`)}, chrF ${chrF.toFixed(2)}, ${(100 * exactMatch).toFixed(1)} % right to the letter, ${what}\n`,
  );
  host.out(`${host.colors.dim(describeBleu(bleu))}\n`);
  const short = (text: string) => (text.length > 200 ? `${text.slice(0, 199)}…` : text);
  for (const { source, target, output } of examples)
    host.out(`  ${short(source)}\n    ${output}${output === target ? "" : host.colors.dim(`\n    (${target})`)}\n`);
}

/** Lines of files, or texts themselves. */
async function textsOf(inputs: readonly string[]): Promise<string[]> {
  const parts = await Promise.all(
    inputs.map(async (input) => (existsSync(input) ? [...linesOf(await readText(input))] : [input])),
  );
  return parts.flat();
}

/** Prints translations in the order of the inputs, as soon as all before them are there. */
export async function translateTexts(
  host: Host,
  model: Model,
  inputs: readonly string[],
  { beam, lengthPenalty, nBest = 1, attention, json, threads }: TranslateFlags,
): Promise<void> {
  if (model.task !== "translator") return;
  const texts = await textsOf(inputs);
  const beamSize = Math.max(beam ?? 5, nBest);
  const stop = interrupt(() => {});
  const waiting = new Map<number, TranslatedText>();
  let next = 0;
  try {
    const options = { beamSize, lengthPenalty, nBest, threads, signal: stop.signal };
    for await (const result of translate(model, texts, options)) {
      waiting.set(result.index, result);
      for (let ready = waiting.get(next); ready; ready = waiting.get(++next)) {
        waiting.delete(next);
        if (next === 0 && attention !== undefined) await drawAttention(model, ready, attention, threads);
        if (json) writeJson(host, ready);
        else if (nBest === 1) host.out(`${ready.translations[0]!.text}\n`);
        else for (const { text, score } of ready.translations) host.out(`${score.toFixed(3)}\t${text}\n`);
      }
    }
  } finally {
    stop.end();
  }
  host.exitCode = stop.code();
}

async function drawAttention(
  model: Translator,
  { source, translations }: TranslatedText,
  file: string,
  threads?: number,
) {
  const { weights, ...tokens } = await attentionOf(model, { source, target: translations[0]!.text }, { threads });
  await writeOutput(file, attentionMap(weights, { ...tokens, title: source }));
}

async function evaluateTranslator(host: Host, model: Model, file: string, flags: EvaluateFlags): Promise<void> {
  if (model.task !== "translator") return;
  const { pairs, source } = await readPairFiles(host, file.split(","));
  const { maxTokens: most } = model.config;
  const [long] = longPairs(model.tokenizers, pairs, most);
  if (long !== undefined) {
    const hint = "no part of the measure may be left out: cut such sentences, or leave them out of the file";
    const where = `${source}:${pairs[long]!.line}`;
    fail({ where, expected: `at most ${most} tokens on each side`, received: "more", hint, code: "data" });
  }
  await report(host, model, pairs, `on ${formatWhole(pairs.length)} pairs`, flags);
}

/** On pairs of the toy that are drawn anew. */
async function evaluateOnToy(host: Host, model: Model, flags: EvaluateFlags): Promise<void> {
  if (model.task !== "translator") return;
  const { held } = toyPairs(toyFile(flags.toy!), 1);
  await report(host, model, held, `on ${formatWhole(held.length)} new pairs`, flags);
}

export const translatorCommands: TaskCommands = {
  train: trainTranslator,
  resume: resumeTranslator,
  predict: translateTexts,
  evaluate: evaluateTranslator,
  evaluateToy: evaluateOnToy,
};
