// Generators on the command line: from a label, or from nothing, to a name, a tune, a piece.
import { fail } from "../../base/index.ts";
import { musicPieces, type PieceData, type PieceOptions, textPieces } from "../../data/piece-data.ts";
import { generator } from "../../index.ts";
import { describeLayer } from "../../inspect/summary.ts";
import { recognizeFile } from "../../node/index.ts";
import {
  type Content,
  compose,
  type Generator,
  type GeneratorOptions,
  generatorTask,
  type Piece,
  report,
} from "../../tasks/index.ts";
import { plural } from "../../terminal/index.ts";
import { choice, int, real, text, type Values } from "../flags.ts";
import type { Output } from "../output.ts";
import { filesOf, isFile, listed, openFiles } from "../source.ts";
import { embeddingFlag, epochsFlag, networkFlags } from "../train-flags.ts";
import { lookAt, tokensBy } from "./look.ts";
import type { Context, Report, TaskCommand, TrainContext } from "./task.ts";

const flags = {
  valid: real(
    "--valid <fraction>",
    "share of the pieces for validation, unless the file has a validation part",
    { min: 0, below: 1 },
    { fallback: "0.1" },
  ),
  test: text("--test <file>", "test data: a file to score at the end", { free: true }),
  step: choice("--step <length>", "length of a time step in chorale JSON", ["quarter", "8th", "16th"], {
    fallback: "estimated from where the harmony changes",
  }),
  transpose: int(
    "--transpose <n>",
    "chords: transpose each training piece by up to n semitones, at random in each epoch",
    { min: 0, max: 87 },
    { field: "transposition", fallback: "5" },
  ),
  ...networkFlags,
  layers: { ...networkFlags.layers, fallback: "1; 2 for chords" },
  dropout: { ...networkFlags.dropout, fallback: "0.2; 0.3 for chords" },
  ...embeddingFlag,
  ...epochsFlag,
};
type MusicValues = Values<typeof flags>;
type Pieces = readonly Piece[];

const units = { text: "character", melody: "sixteenth", frames: "time step" } as const;

/** Reads files of one kind; of lists of words, each file is a label. */
async function readPieces(
  show: Output,
  files: readonly string[],
  { valid = 0, seed = 0, step }: Partial<PieceOptions> = {},
): Promise<PieceData> {
  const options = { valid, seed, step, source: listed(files) };
  if ((await recognizeFile(files[0]!)).kind !== "music") {
    const { rows } = await openFiles(show, files, "classification", { stream: false });
    return textPieces(rows, options);
  }
  const { music } = await openFiles(show, files, "music");
  const { leftOut = 0, ...data } = musicPieces(music, options);
  if (leftOut > 0) show.warn(`${plural(leftOut, "tune")} left out: no notes, or too wide a range`);
  return data;
}

const stepsOf = (content: Content, piece: Piece): number =>
  content.type === "text"
    ? content.tokenizer.encode(piece.text!).length + 1
    : content.type === "melody"
      ? content.coder.encode(piece.music!).length + 1
      : piece.steps!.length;

/** Nats per step; of chords 88 keys summed, the first step not predicted. */
async function reportPieces(model: Generator, pieces: Pieces, { threads, signal }: Context): Promise<Report> {
  const { nats, tokens } = await report(model, pieces, { threads, signal });
  const unit = units[model.content.type];
  return {
    json: { rows: pieces.length, tokens, unit, nats, bitsPerToken: nats / Math.LN2 },
    line: `${nats.toFixed(4)} nats per ${unit}, ${plural(tokens, unit)} in ${plural(pieces.length, "piece")}`,
  };
}

const sampled = 200;

/** How many samples are new: a generator that memorizes has a low loss too. */
async function after(model: Generator, { train }: { train: Pieces }, { show, signal }: Context): Promise<void> {
  if (model.content.type !== "text") return;
  const known = new Set(train.map(({ text: one }) => one));
  let copied = 0;
  const texts = new Set<string>();
  for await (const piece of compose(model, { count: sampled, maxTokens: 80, seed: 1, signal })) {
    if (known.has(piece.text)) copied++;
    texts.add(piece.text!);
  }
  show.line(`${sampled} samples: ${copied} copied from the training set, ${texts.size} unique`);
}

export const musicCommand: TaskCommand<Generator, Pieces, PieceData, MusicValues> = {
  name: "generator",
  flags,
  defaults: generatorTask.recipe({ rows: 1000, kind: "text" }),
  open: ({ files, flags: given, seed, show }) =>
    readPieces(show, files, { valid: given.valid ?? 0.1, seed, step: given.step }),
  async build(data: PieceData, { seed }: TrainContext<MusicValues>, chosen) {
    const { content, fields, train } = data;
    const recipe = generatorTask.recipe({ rows: train.length, kind: content.type }, chosen);
    const options = generatorTask.options(recipe) as Pick<GeneratorOptions, "encoder">;
    return { model: generator({ ...options, content, fields, seed }), recipe };
  },
  async prepare(model, data, { files }) {
    const { fields } = model.config;
    const unit = units[model.content.type];
    const tokens = data.train.reduce((sum, piece) => sum + stepsOf(model.content, piece), 0);
    const labels = Object.entries(fields).map(
      ([name, all]) => `${name} (${all.slice(0, 6).join(", ")}${all.length > 6 ? `, ... ${all.length} in all` : ""})`,
    );
    return {
      train: data.train,
      valid: data.valid.length > 0 ? data.valid : undefined,
      rows: data.train.length,
      unit: `${unit}s`,
      data: [
        `${listed(files)}: ${data.description}; ${plural(data.train.length, "training piece")}, ${plural(data.valid.length, "validation piece")}`,
        plural(tokens, unit),
      ],
      model: describeLayer(model.config.encoder),
      facts: { labels: labels.join("; ") || "none" },
      json: { rows: data.train.length, validRows: data.valid.length, tokens, unit, fields },
    };
  },
  async heldOut(model, files, { show }) {
    const data = await readPieces(show, files);
    if (data.content.type !== model.content.type)
      fail({
        where: listed(files),
        expected: `pieces of ${model.content.type}`,
        received: data.content.type,
        code: "data",
      });
    return data.test && data.test.length > 0 ? data.test : data.train;
  },
  report: reportPieces,
  guess: ({ content }) =>
    content.type === "frames"
      ? 88 * Math.LN2 // each key on or off
      : Math.log((content.type === "text" ? content.tokenizer : content.coder).vocabulary.size),
  after,
  async look(model, input, options, { show }) {
    const pieces = isFile(input) ? (await readPieces(show, await filesOf(show, [input]))).train : [{ text: input }];
    const { content } = model;
    const tokens =
      content.type === "frames"
        ? () => undefined
        : tokensBy((content.type === "text" ? content.tokenizer : content.coder).vocabulary);
    return lookAt(model, pieces, (piece) => [piece], tokens, options);
  },
  next(model, out) {
    const label = Object.values(model.config.fields)[0]?.[0];
    const labeled = label === undefined ? [] : ["--label", label];
    return [
      model.content.type === "text"
        ? ["sample", out, ...labeled, "--count", "5"]
        : ["compose", out, ...labeled, "--out", "music"],
      ["evaluate", out, "FILE"],
      ["inspect", "gradients", out, "FILE"],
    ];
  },
};
