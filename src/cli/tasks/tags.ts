// Taggers on the command line: entities, parts of speech, any tags of tokens.
import { fail } from "../../base/index.ts";
import { mapped } from "../../data/batches/in-order.ts";
import { drawValidation } from "../../data/hold-out.ts";
import type { RowsOrList } from "../../data/index.ts";
import { detectScheme } from "../../data/tags/schemes.ts";
import { type Tagged, type Tagger, tagger, taggerVocabulary } from "../../index.ts";
import { describeLayer } from "../../inspect/summary.ts";
import { independent } from "../../nn/index.ts";
import { predict, type Recipe, report, type TaggerOptions, taggerTask } from "../../tasks/index.ts";
import { clean, formatWhole, plural } from "../../terminal/index.ts";
import { int, text, type Values } from "../flags.ts";
import type { Output } from "../output.ts";
import { filesOf, isFile, listed, openFiles, textsIn, whereRowsLie } from "../source.ts";
import { commonFlags, directionFlag, learnedRowsFlag, preNormFlags, rowFlags } from "../train-flags.ts";
import { contextFor } from "./context.ts";
import { lexiconFor } from "./lexicon.ts";
import { lookAt } from "./look.ts";
import { checkVectorFlags, type Pretrained, pretrained } from "./pretrained.ts";
import type { Context, Prediction, Report, TaskCommand, TrainContext } from "./task.ts";

const contextFlag = {
  context: text(
    "--context <model>",
    "also read the hidden states of a character language model, which is not trained further: a folder that train TEXT --tokens char --out FOLDER wrote",
  ),
};

const column = (name: "token" | "tag") =>
  int(`--${name}-column <n>`, `column with the ${name}s, from 1; not for JSONL`, { min: 1 }, { fallback: "detected" });

const flags = {
  ...rowFlags,
  hidden: { ...rowFlags.hidden, fallback: "128; 256 for 1,000 or more sentences" },
  embedding: { ...rowFlags.embedding, fallback: "100; 64 if tokens are characters" },
  layers: {
    ...rowFlags.layers,
    fallback: "1; 2 for 1,000 or more sentences",
  },
  ...preNormFlags,
  preNorm: { ...preNormFlags.preNorm, fallback: "on for 1,000 or more sentences, with any --layers" },
  fineTune: { ...rowFlags.fineTune, fallback: "on; off if tokens are characters" },
  freeze: { ...rowFlags.freeze, fallback: "on if tokens are characters" },
  learnedRows: { ...learnedRowsFlag.learnedRows, fallback: "32 with fixed vectors; 0 if the tags mark spans" },
  ...directionFlag,
  ...contextFlag,
  batch: { ...commonFlags.batch, fallback: "16, 32 from 8,000 sentences" },
  tokenColumn: column("token"),
  tagColumn: column("tag"),
};
type TagValues = Values<typeof flags>;

interface Opened {
  train: RowsOrList<Tagged>;
  valid: RowsOrList<Tagged> | undefined;
  characters: boolean;
}

/** Opens tagged sentences. */
export async function openTagged(
  show: Output,
  files: readonly string[],
  { tokenColumn, tagColumn, stream }: Pick<TagValues, "tokenColumn" | "tagColumn" | "stream"> = {},
): Promise<{ rows: RowsOrList<Tagged>; characters: boolean }> {
  return openFiles(show, files, "tagging", {
    tokenColumn: tokenColumn && tokenColumn - 1,
    tagColumn: tagColumn && tagColumn - 1,
    stream,
  });
}

async function open({ files, flags: given, seed, show }: TrainContext<TagValues>): Promise<Opened> {
  const { valid = 0.1 } = given;
  checkVectorFlags(given);
  const { rows, characters } = await openTagged(show, files, given);
  if (typeof valid === "string")
    return { train: rows, valid: (await openTagged(show, await filesOf(show, [valid]), given)).rows, characters };
  const [train, held] =
    rows.length < 2 ? [rows, undefined] : drawValidation(rows, valid, { seed, source: files.join(", ") });
  return { train, valid: held, characters };
}

async function build(
  { train, characters }: Opened,
  { flags: given, show, seed, files }: TrainContext<TagValues>,
  chosen: Partial<Recipe>,
): Promise<{ model: Tagger; recipe: Recipe }> {
  const asked = given.embeddings !== undefined;
  const lexicon = asked && characters ? await lexiconFor(show, given, train) : undefined;
  const vectors = asked && !characters ? await vectorsFor(show, given, train) : undefined;
  const context = given.context === undefined ? undefined : await contextFor(show, given.context);
  const vocabulary = taggerVocabulary(train, {
    characters,
    ...(context ? { context: context.tokens } : {}),
    ...(lexicon ? { lexicon: lexicon.words } : {}),
    ...(vectors ? { known: vectors.known } : {}),
  });
  if (vocabulary.tags.length < 2)
    fail({
      where: listed(files),
      expected: "two or more tags",
      received: `only ${JSON.stringify(vocabulary.tags[0])}`,
      code: "data",
    });
  refuseNumbers(vocabulary.tags, files);
  const size = vectors ? { embeddingSize: vectors.vectors.dim } : {};
  const kind = characters ? "characters" : "words";
  const spans = vocabulary.scheme !== "none";
  const recipe = taggerTask.recipe({ rows: train.length, kind }, { ...chosen, ...size });
  const model = tagger({
    ...(taggerTask.options(recipe) as Pick<TaggerOptions, "encoder">),
    vocabulary,
    // Parts of speech gain nothing from a CRF that the neighboring words do not already provide.
    ...(spans ? {} : { decoder: independent() }),
    ...(lexicon ? { lexicon: lexicon.layer } : {}),
    ...(context ? { context } : {}),
    ...(vectors ? { embedding: vectors.layer, embeddingSize: undefined } : {}),
    seed,
  });
  return { model, recipe };
}

/** A column of measurements is no column of tags. */
function refuseNumbers(tags: readonly string[], files: readonly string[]): void {
  const numbers = tags.filter((tag) => /^-?\d*[.,]\d+$/.test(tag));
  if (2 * numbers.length <= tags.length) return;
  const hint = "--tag-column N selects another column, from 1";
  fail({ where: listed(files), expected: "tags", received: `numbers such as ${numbers[0]}`, hint, code: "data" });
}

/** Vectors of the words of sentences. */
function vectorsFor(show: Output, given: TagValues, sentences: RowsOrList<Tagged>): Promise<Pretrained> {
  const counts = new Map<string, number>();
  for (const { tokens } of sentences) for (const token of tokens) counts.set(token, (counts.get(token) ?? 0) + 1);
  // Each text has other names: what is learned of those in the training text does not carry over.
  const spans = given.freeze && detectScheme(mapped(sentences, ({ tags }) => tags)).scheme !== "none";
  const usual = spans ? { learnedRows: 0 } : {};
  return pretrained(show, given, counts, { file: given.embeddings!, vocabulary: "all", fold: "task" }, usual);
}

/** Accuracy, and precision, recall and F1 of spans by type, as conlleval prints them. */
async function reportSpans(
  model: Tagger,
  data: RowsOrList<Tagged>,
  { show, threads, signal }: Context,
): Promise<Report> {
  const { predicted: _, ...found } = await report(model, data, { threads, signal });
  const unknown = Object.entries(found.unknown);
  if (unknown.length > 0) {
    const count = unknown.reduce((sum, [, times]) => sum + times, 0);
    const some = unknown.slice(0, 6).map(([tag]) => tag);
    show.warn(`${plural(count, "tag")} not in the model, counted as errors: ${some.join(", ")}`);
  }
  const size = `${plural(found.sentences, "sentence")}, ${plural(found.tokens, "token")}`;
  if (!found.spans) return { json: found, line: `accuracy ${found.accuracy.toFixed(4)}, ${size}` };
  const { overall, types } = found.spans;
  const fixed = (value: number) => value.toFixed(3);
  return {
    json: found,
    line: `F1 ${overall.f1.toFixed(4)} (precision ${overall.precision.toFixed(4)}, recall ${overall.recall.toFixed(4)}), accuracy ${found.accuracy.toFixed(4)}, ${size}`,
    show(to) {
      const rows = Object.entries(types).map(([type, { precision, recall, f1, gold }]) => [
        type,
        fixed(precision),
        fixed(recall),
        fixed(f1),
        formatWhole(gold),
      ]);
      to.table(rows, {
        header: ["type", "precision", "recall", "F1", "spans"],
        align: ["left", "right", "right", "right", "right"],
        indent: 2,
      });
    },
  };
}

async function* predictSpans(
  model: Tagger,
  inputs: readonly string[],
  { host, show, threads, signal }: Context,
): AsyncGenerator<Prediction> {
  const texts = (await textsIn(show, inputs)).map(({ text }) => text);
  for await (const { text, tokens, offsets, tags, spans } of predict(model, texts, { threads, signal })) {
    const lines =
      model.vocabulary.scheme === "none"
        ? [tokens.map((token, t) => `${clean(token)}/${clean(tags[t]!)}`).join(" ")]
        : [
            clean(text),
            ...spans.map(
              ({ start, end, label, text: span }) =>
                `  ${start}-${end}  ${host.colors.bold(clean(label))}  ${clean(span)}`,
            ),
          ];
    yield { json: { text, spans, tokens, offsets, tags }, text: lines.join("\n") };
  }
}

export const tagsCommand: TaskCommand<Tagger, RowsOrList<Tagged>, Opened, TagValues> = {
  name: "tagger",
  flags,
  defaults: taggerTask.recipe({ rows: 5000, kind: "words" }),
  open,
  build,
  async prepare({ vocabulary, config }, { train, valid }, { files }) {
    let tokens = 0;
    for (const sentence of train) tokens += sentence.tokens.length;
    const { written, scheme, characters, tags, words } = vocabulary;
    const spans = written === "none" ? "no spans" : written === scheme ? written : `${written}, trained as ${scheme}`;
    return {
      train,
      valid,
      rows: train.length,
      unit: "tokens",
      data: [
        `${listed(files)}: ${plural(train.length, "training sentence")}${whereRowsLie(train)}, ${plural(valid?.length ?? 0, "validation sentence")}`,
        `${plural(tokens, characters ? "character" : "word")}, ${formatWhole(words.size)} in the vocabulary; ${plural(tags.length, "tag")} (${spans})`,
      ],
      model: `embedding ${config.embeddingSize}, ${describeLayer(config.encoder)}, ${config.decoder.type === "crf" ? "CRF" : "independent tags"}`,
      json: {
        rows: train.length,
        tokens,
        validRows: valid?.length ?? 0,
        vocabulary: words.size,
        tags,
        scheme: written,
      },
    };
  },
  heldOut: async (_, files, { show, flags: given }) => [...(await openTagged(show, files, given)).rows],
  report: reportSpans,
  guess: ({ vocabulary }) => Math.log(vocabulary.tags.length),
  predict: predictSpans,
  async look(model, input, options, { show }) {
    const sentences: Tagged[] = [];
    if (isFile(input)) sentences.push(...(await openTagged(show, await filesOf(show, [input]))).rows);
    else for await (const found of predict(model, [input])) sentences.push(found);
    if (sentences.every(({ tokens }) => tokens.length === 0))
      fail({ where: "inspect", expected: "a sentence", received: JSON.stringify(input) });
    return lookAt(
      model,
      sentences,
      (one) => [one],
      (_, { tokens }) => tokens,
      options,
    );
  },
  next: (_, out) => [
    ["predict", out, "a text"],
    ["evaluate", out, "FILE"],
  ],
};
