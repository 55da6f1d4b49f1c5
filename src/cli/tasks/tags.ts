// Taggers on the command line: entities, parts of speech, any tags of tokens.
import { fail } from "../../base/index.ts";
import type { RowsOrList } from "../../data/index.ts";
import { inspectGradients, type Tagged, type Tagger, tagger, taggerVocabulary } from "../../index.ts";
import { independent } from "../../nn/index.ts";
import { predict, type Recipe, report, type TaggerOptions, taggerTask } from "../../tasks/index.ts";
import { int, type Values } from "../flags.ts";
import { filesOf, isFile } from "../source.ts";
import { clean, formatWhole, plural } from "../terminal/index.ts";
import {
  commonFlags,
  directionFlag,
  embeddingFlag,
  epochsFlag,
  heldOutFlags,
  networkFlags,
  streamFlag,
  vectorFlags,
  vectorVocabularyFlag,
} from "../train-flags.ts";
import { describeLayer } from "./describe-layer.ts";
import { linesIn } from "./labeled-data.ts";
import { checkVectorFlags, type Pretrained, pretrained } from "./pretrained.ts";
import { drawValidation, whereRowsLie } from "./rows.ts";
import { openTagged, readTagged } from "./tagged-files.ts";
import type { Context, Looked, Prediction, Report, TaskCommand, TrainContext } from "./task.ts";

const flags = {
  ...heldOutFlags,
  ...streamFlag,
  ...networkFlags,
  embedding: { ...embeddingFlag.embedding, fallback: "100; 64 if tokens are characters" },
  ...directionFlag,
  ...vectorFlags,
  ...vectorVocabularyFlag,
  ...epochsFlag,
  batch: { ...commonFlags.batch, fallback: "16, 32 from 8,000 sentences" },
  tokenColumn: int(
    "--token-column <n>",
    "column with the tokens of CoNLL files, from 1",
    { min: 1 },
    { fallback: "detected" },
  ),
  tagColumn: int(
    "--tag-column <n>",
    "column with the tags of CoNLL files, from 1",
    { min: 1 },
    { fallback: "detected" },
  ),
};
type TagValues = Values<typeof flags>;

interface Opened {
  train: RowsOrList<Tagged>;
  valid: RowsOrList<Tagged> | undefined;
  characters: boolean;
}

async function open({ files, flags: given, seed, show }: TrainContext<TagValues>): Promise<Opened> {
  const { valid = 0.1, stream, tokenColumn, tagColumn } = given;
  const options = { stream, tokenColumn, tagColumn };
  checkVectorFlags(given);
  const { sentences, characters } = await openTagged(show, files, options);
  if (typeof valid === "string") {
    const held = await openTagged(show, await filesOf(show, [valid]), options);
    return { train: sentences, valid: held.sentences, characters };
  }
  const source = files.map(({ name }) => name).join(", ");
  const [train, held] =
    sentences.length < 2 ? [sentences, undefined] : drawValidation(sentences, valid, { seed, source });
  return { train, valid: held, characters };
}

async function build(
  { train, characters }: Opened,
  { flags: given, show, seed, files }: TrainContext<TagValues>,
  chosen: Partial<Recipe>,
): Promise<{ model: Tagger; recipe: Recipe }> {
  const vectors = given.embeddings === undefined ? undefined : await vectorsFor({ train, characters, show }, given);
  const vocabulary = taggerVocabulary(train, { characters, ...(vectors ? { known: vectors.known } : {}) });
  if (vocabulary.tags.length < 2)
    fail({
      where: files.map(({ name }) => name).join(", "),
      expected: "two or more tags",
      received: `only ${JSON.stringify(vocabulary.tags[0])}`,
      code: "data",
    });
  const size = vectors ? { embeddingSize: vectors.vectors.dim } : {};
  const kind = characters ? "characters" : "words";
  const recipe = taggerTask.recipe({ rows: train.length, kind }, { ...chosen, ...size });
  const model = tagger({
    ...(taggerTask.options(recipe) as Pick<TaggerOptions, "encoder">),
    vocabulary,
    // Parts of speech gain nothing from a CRF that the neighboring words do not already provide.
    ...(vocabulary.scheme === "none" ? { decoder: independent() } : {}),
    ...(vectors ? { embedding: vectors.layer, embeddingSize: undefined } : {}),
    seed,
  });
  return { model, recipe };
}

/** Word vectors for a corpus whose tokens are characters are seldom intended: a warning, and the coverage tells more. */
async function vectorsFor(
  { train, characters, show }: Pick<Opened, "train" | "characters"> & Pick<Context, "show">,
  given: TagValues,
): Promise<Pretrained> {
  const counts = new Map<string, number>();
  for (const { tokens } of train) for (const token of tokens) counts.set(token, (counts.get(token) ?? 0) + 1);
  const found = await pretrained(show, given, counts, { file: given.embeddings!, vocabulary: "all", fold: "task" });
  if (!characters) return found;
  show.warn(
    `the tokens are single characters (${formatWhole(counts.size)} of them); vectors of longer words are not used`,
  );
  return { ...found, known: found.known.filter((word) => [...word].length === 1) };
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
  const texts = await linesIn(show, inputs);
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
  title: "tagger",
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
        `${files.map(({ name }) => name).join(", ")}: ${plural(train.length, "training sentence")}${whereRowsLie(train)}, ${plural(valid?.length ?? 0, "validation sentence")}`,
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
  heldOut: async (_, files, { show, flags: given }) => (await readTagged(show, files, given)).sentences,
  report: reportSpans,
  predict: predictSpans,
  async look(model, input, options, { show }) {
    if (input === undefined) return fail({ where: "inspect", expected: "a file or a text", received: "none" });
    let sentences: readonly Tagged[] = [];
    if (isFile(input)) {
      sentences = (await readTagged(show, await filesOf(show, [input]))).sentences;
    } else for await (const found of predict(model, [input])) sentences = [found];
    const looked: Looked[] = [];
    for (const sentence of sentences.slice(options.row - 1, options.row - 1 + options.rows))
      for (const one of await inspectGradients(model, [sentence], options))
        looked.push({ ...one, tokens: sentence.tokens });
    return looked;
  },
  next: (_, out) => [
    ["predict", out, "a text"],
    ["evaluate", out, "FILE"],
  ],
};
