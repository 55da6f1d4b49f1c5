// Taggers on the command line: entities, parts of speech, any tags of tokens.
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { fail } from "../../base/index.ts";
import {
  conllReader,
  conlluReader,
  describeWarning,
  linesOf,
  type RowsOrList,
  readConll,
  readConllu,
  readTaggedJsonl,
  recognize,
  type TaggedData,
  taggedJsonlReader,
} from "../../data/index.ts";
import { bidirectional, independent, type Layer, stacked } from "../../nn/index.ts";
import { openRows, readText } from "../../node/index.ts";
import type { Model } from "../../tasks/index.ts";
import { encoderOf } from "../cells.ts";
import type { TrainFlags } from "../commands/train.ts";
import { describeParameters } from "../describe-run.ts";
import { type Host, writeJson } from "../host.ts";
import { scoreTagger, type Tagged, type Tagger, tagger, taggerVocabulary, tagTexts } from "../library.ts";
import { quoted, shown } from "../run-train.ts";
import { formatWhole, table } from "../terminal/index.ts";
import { type Pretrained, pretrained } from "./pretrained.ts";
import { recognizeFile } from "./recognized.ts";
import type { EvaluateFlags, PredictFlags, TaskCommands, TrainJob } from "./registry.ts";
import { folderFor, lengthOf, type RunRecipe, runTraining, tell } from "./run.ts";
import { drawValidation, staysOnDisk, whereRowsLie } from "./stream.ts";

interface TaggerRecipe extends RunRecipe {
  valid: number | string;
}

/** Reads tagged text in whichever of its formats, and says what it left out. */
export async function readTagged(host: Host, file: string): Promise<TaggedData & { message: string }> {
  const content = await readText(file);
  const { kind, format, message } = recognize(content, file);
  if (kind !== "tagging") fail({ where: file, expected: "tags of tokens", received: message, code: "data" });
  const read = { conll: readConll, conllu: readConllu, jsonl: readTaggedJsonl }[format as "conll"];
  const data = read(content, { source: file });
  for (const warning of data.warnings) host.err(`warning: ${describeWarning(file, warning)}\n`);
  return { ...data, message };
}

interface TaggedRows {
  sentences: RowsOrList<Tagged>;
  characters: boolean;
}

/** The same, from disk where the file is large. */
async function openTagged(host: Host, file: string, flags: TrainFlags): Promise<TaggedRows> {
  if (!staysOnDisk([file], flags)) return readTagged(host, file);
  const { kind, format, message } = (await recognizeFile(file, undefined)).recognized;
  if (kind !== "tagging") fail({ where: file, expected: "tags of tokens", received: message, code: "data" });
  const reader = { conll: conllReader, conllu: conlluReader, jsonl: taggedJsonlReader }[format as "conll"]({
    source: file,
  });
  const sentences = await openRows(file, reader);
  for (const warning of sentences.warnings) host.err(`warning: ${describeWarning(file, warning)}\n`);
  return { sentences, characters: reader.characters() };
}

/** Sentences for training and for validation. */
async function parted(
  host: Host,
  { sentences }: TaggedRows,
  valid: number | string,
  { seed, source, flags }: { seed: number; source: string; flags: TrainFlags },
): Promise<[RowsOrList<Tagged>, RowsOrList<Tagged> | undefined]> {
  if (typeof valid === "string") return [sentences, (await openTagged(host, valid, flags)).sentences];
  return sentences.length < 2 ? [sentences, undefined] : drawValidation(sentences, valid, { seed, source });
}

async function trainTagger(host: Host, { files, flags }: TrainJob): Promise<void> {
  if (files.length > 1) fail({ where: "train", expected: "one file of tags", received: `${files.length}` });
  const file = files[0]!;
  const { seed = 1337, valid = 0.1, dropout = 0.4, cell = "lstm", layers = 1, hidden: hiddenSize = 128 } = flags;
  const all = await openTagged(host, file, flags);
  const [data, held] = await parted(host, all, valid, { seed, source: file, flags });
  const given = flags.embeddings === undefined ? undefined : await vectorsFor(host, flags, data, all.characters);
  const vocabulary = taggerVocabulary(data, {
    characters: all.characters,
    ...(given ? { known: given.known } : {}),
  });
  if (vocabulary.tags.length < 2) {
    const hint = "there is nothing to learn from tokens of one tag";
    const received = `only ${JSON.stringify(vocabulary.tags[0])}`;
    fail({ where: file, expected: "two or more tags", received, hint, code: "data" });
  }
  const one = encoderOf(cell, { hiddenSize, dropout });
  const layer = flags.direction === "forward" ? one : bidirectional(one);
  const model = tagger({
    vocabulary,
    encoder: layers === 1 ? layer : stacked(new Array<Layer>(layers).fill(layer)),
    // Parts of speech gain nothing from a chain that their neighbors' words do not tell already.
    ...(vocabulary.scheme === "none" ? { decoder: independent() } : {}),
    ...(given ? { embedding: given.layer } : { embeddingSize: flags.embedding ?? (all.characters ? 64 : 100) }),
    ...(all.characters ? { characters: { embeddingSize: 64 } } : {}),
    dropout,
    seed,
  });
  const rows = data.length;
  const recipe: TaggerRecipe = {
    task: "tagger",
    files: [resolve(file)],
    valid: typeof valid === "string" ? resolve(valid) : valid,
    batch: flags.batch ?? (rows >= 8000 ? 32 : 16),
    lr: flags.lr ?? 0.004,
    seed,
    ...lengthOf(flags, Math.max(4, Math.min(30, Math.round(50_000 / rows)))),
  };
  await go(host, model, data, held, { recipe, out: folderFor(files, flags), flags, resume: false });
}

/** Vectors of words for a corpus whose tokens are characters are seldom meant: it is told, and the coverage says more. */
async function vectorsFor(
  host: Host,
  flags: TrainFlags,
  data: Iterable<Tagged>,
  characters: boolean,
): Promise<Pretrained> {
  const counts = new Map<string, number>();
  for (const { tokens } of data) for (const token of tokens) counts.set(token, (counts.get(token) ?? 0) + 1);
  const found = await pretrained(host, flags, counts, { file: flags.embeddings!, vocabulary: "all", fold: "task" });
  if (!characters) return found;
  host.err(`warning: the tokens are ${formatWhole(counts.size)} characters; vectors of longer words are of no use\n`);
  return { ...found, known: found.known.filter((word) => [...word].length === 1) };
}

async function resumeTagger(host: Host, folder: string, model: Model, flags: TrainFlags): Promise<void> {
  const recipe = model.training?.recipe as TaggerRecipe | undefined;
  if (!recipe?.files || model.task !== "tagger")
    return fail({ where: folder, expected: "a run that was stopped", received: "a model only", code: "file" });
  const file = recipe.files[0]!;
  const all = await openTagged(host, file, flags);
  const [data, held] = await parted(host, all, recipe.valid, { seed: recipe.seed, source: file, flags });
  await go(host, model, data, held, { recipe, out: folder, flags, resume: true });
}

async function go(
  host: Host,
  model: Tagger,
  data: RowsOrList<Tagged>,
  held: RowsOrList<Tagged> | undefined,
  { recipe, out, flags, resume }: { recipe: RunRecipe; out: string; flags: TrainFlags; resume: boolean },
): Promise<void> {
  const { vocabulary, config } = model;
  let tokens = 0;
  for (const sentence of data) tokens += sentence.tokens.length;
  const scheme = vocabulary.written === "none" ? "no spans" : `${vocabulary.written}, learned as ${vocabulary.scheme}`;
  if (flags.json) {
    writeJson(host, {
      event: "start",
      ...recipe,
      out,
      resumed: resume,
      parameters: model.layout.count,
      frozen: model.frozenLayout.count,
      sentences: data.length,
      tokens,
      valid: held?.length ?? 0,
      tags: vocabulary.tags,
      scheme: vocabulary.written,
    });
  } else {
    const n = formatWhole;
    const units = vocabulary.characters ? "characters" : "words";
    tell(
      host,
      "data",
      `${shown(recipe.files[0]!)}: ${n(data.length)} sentences to train on${whereRowsLie(data)}, ${n(held?.length ?? 0)} to validate; ${n(tokens)} ${units}, ${n(vocabulary.words.size)} known; ${n(vocabulary.tags.length)} tags (${scheme})`,
    );
    tell(host, "model", `embedding ${config.embeddingSize}, ${config.decoder.type}: ${describeParameters(model)}`);
    tell(host, "keep", `${out}\n`);
  }
  const run = { recipe, out, flags, resume, tokensPerEpoch: tokens, rows: data.length, unit: "tokens" };
  if (!(await runTraining<RowsOrList<Tagged>>(host, { ...run, model, data, valid: held }))) return;
  if (held) await report(host, model, [...held], "validation", flags);
  if (flags.test !== undefined)
    await report(host, model, (await readTagged(host, flags.test)).sentences, "test", flags);
  if (flags.json) return;
  host.out(`${out} holds the model. Next:\n`);
  for (const next of [`predict ${quoted(out)} "a text"`, `evaluate ${quoted(out)} FILE`])
    host.out(`  npx unrolled ${next}\n`);
}

/** Accuracy, and precision, recall and F1 of spans by type, as conlleval prints them. */
async function report(
  host: Host,
  model: Tagger,
  data: readonly Tagged[],
  what: string,
  flags: EvaluateFlags,
): Promise<void> {
  const { predicted: _, ...found } = await scoreTagger(model, data, { threads: flags.threads });
  const strange = Object.entries(found.unknown);
  if (strange.length > 0) {
    const count = strange.reduce((sum, [, times]) => sum + times, 0);
    const names = strange.map(([tag]) => tag).slice(0, 6);
    host.err(
      `warning: ${formatWhole(count)} tags that the model does not know, counted as faults: ${names.join(", ")}\n`,
    );
  }
  if (flags.json) return writeJson(host, { event: what, ...found });
  const { bold } = host.colors;
  const size = `${formatWhole(found.sentences)} sentences, ${formatWhole(found.tokens)} tokens`;
  if (!found.spans) {
    host.out(`${bold(`${what}: accuracy ${found.accuracy.toFixed(4)}`)}, ${size}\n`);
    return;
  }
  const { overall, types } = found.spans;
  host.out(
    `${bold(`${what}: F1 ${overall.f1.toFixed(4)}`)} (precision ${overall.precision.toFixed(4)}, recall ${overall.recall.toFixed(4)}), accuracy ${found.accuracy.toFixed(4)}, ${size}\n`,
  );
  const rows = Object.entries(types).map(([type, score]) => [
    type,
    score.precision.toFixed(3),
    score.recall.toFixed(3),
    score.f1.toFixed(3),
    formatWhole(score.gold),
  ]);
  const align = ["left", "right", "right", "right", "right"] as const;
  host.out(
    table(rows, { header: ["type", "precision", "recall", "F1", "spans"], align, indent: 2, colors: host.colors }),
  );
}

async function predictTags(
  host: Host,
  model: Model,
  inputs: readonly string[],
  { json, threads }: PredictFlags,
): Promise<void> {
  if (model.task !== "tagger") return;
  const texts: string[] = [];
  for (const one of inputs) texts.push(...(existsSync(one) ? [...linesOf(await readText(one))] : [one]));
  for (const { text, tokens, offsets, tags, spans } of await tagTexts(model, texts, { threads })) {
    if (json) writeJson(host, { text, spans, tokens, offsets, tags });
    else if (model.vocabulary.scheme === "none")
      host.out(`${tokens.map((token, t) => `${token}/${tags[t]}`).join(" ")}\n`);
    else {
      host.out(`${text}\n`);
      for (const span of spans)
        host.out(`  ${span.start}-${span.end}  ${host.colors.bold(span.label)}  ${span.text}\n`);
    }
  }
}

async function evaluateTagger(host: Host, model: Model, file: string, flags: EvaluateFlags): Promise<void> {
  if (model.task === "tagger") await report(host, model, (await readTagged(host, file)).sentences, "evaluation", flags);
}

export const taggerCommands: TaskCommands = {
  train: trainTagger,
  resume: resumeTagger,
  predict: predictTags,
  evaluate: evaluateTagger,
};
