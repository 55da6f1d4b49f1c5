// Generators on the command line: from a label, or from nothing, to a name, a tune, a piece.
import { join, resolve } from "node:path";
import { fail } from "../../base/index.ts";
import { melodyCoder, type Score, synthesize, writeAbc, writeMidi, writeWav } from "../../data/index.ts";
import { pianoRoll } from "../../inspect/index.ts";
import { makeOutputFolder, writeOutput } from "../../node/index.ts";
import type { Content, Generator, Model, Piece } from "../../tasks/index.ts";
import { encoderOf } from "../cells.ts";
import type { TrainFlags } from "../commands/train.ts";
import { type Host, writeJson } from "../host.ts";
import { interrupt } from "../interrupt.ts";
import { type Composition, compose, evaluate, generator, topP } from "../library.ts";
import { quoted, shown } from "../run-train.ts";
import { formatWhole } from "../terminal/index.ts";
import { type PieceData, readPieces } from "./music-files.ts";
import type { EvaluateFlags, TaskCommands, TrainJob } from "./registry.ts";
import { folderFor, lengthOf, type RunRecipe, runTraining, tell } from "./run.ts";

interface PieceRecipe extends RunRecipe {
  valid: number;
}

export interface ComposeFlags {
  label?: string[];
  start?: string;
  temperature: number;
  topP?: number;
  steps: number;
  count: number;
  seed?: number;
  out?: string;
  json?: boolean;
}

async function trainGenerator(host: Host, { files, flags }: TrainJob): Promise<void> {
  const { seed = 1337, valid = 0.1, cell = "lstm", hidden: hiddenSize = 256, layers: numLayers = 1 } = flags;
  if (typeof valid === "string") fail({ where: "--valid", expected: "a fraction, for a generator", received: valid });
  const data = await readPieces(host, files, valid, seed, flags);
  const frames = data.content.type === "frames";
  const dropout = flags.dropout ?? (frames ? 0.5 : 0.2);
  const model = generator({
    content: data.content,
    fields: data.fields,
    encoder: encoderOf(cell, { hiddenSize, numLayers, dropout }),
    embeddingSize: flags.embedding ?? 128,
    dropout: frames ? 0.2 : 0,
    seed,
  });
  const rows = data.train.length;
  const recipe: PieceRecipe = {
    task: "generator",
    files: files.map((file) => resolve(file)),
    valid,
    batch: flags.batch ?? (rows >= 2000 ? 32 : 8),
    lr: flags.lr ?? 0.004,
    seed,
    ...lengthOf(flags, Math.max(4, Math.min(60, Math.round(60_000 / rows)))),
  };
  await go(host, model, data, { recipe, out: folderFor(files, flags), flags, resume: false });
}

async function resumeGenerator(host: Host, folder: string, model: Model, flags: TrainFlags): Promise<void> {
  const recipe = model.training?.recipe as PieceRecipe | undefined;
  if (!recipe?.files || model.task !== "generator")
    return fail({ where: folder, expected: "a run that was stopped", received: "a model only", code: "file" });
  const data = await readPieces(host, recipe.files, recipe.valid, recipe.seed);
  await go(host, model, data, { recipe, out: folder, flags, resume: true });
}

async function go(
  host: Host,
  model: Generator,
  data: PieceData,
  { recipe, out, flags, resume }: { recipe: PieceRecipe; out: string; flags: TrainFlags; resume: boolean },
): Promise<void> {
  const { fields } = model.config;
  const steps = data.train.reduce((sum, piece) => sum + stepsOf(model.content, piece), 0);
  const unit = { text: "characters", melody: "sixteenths", frames: "time steps" }[model.content.type];
  if (flags.json) {
    const counts = Object.fromEntries(Object.entries(fields).map(([name, labels]) => [name, labels.length]));
    const { length: pieces } = data.train;
    const parameters = model.layout.count;
    writeJson(host, { event: "start", ...recipe, out, resumed: resume, parameters, pieces, steps, fields: counts });
  } else {
    const asked = Object.entries(fields).map(([name, labels]) => {
      const some = labels.slice(0, 6).join(", ");
      return `${labels.length} of ${name} (${some}${labels.length > 6 ? ", ..." : ""})`;
    });
    tell(
      host,
      "data",
      `${recipe.files.map(shown).slice(0, 3).join(", ")}${recipe.files.length > 3 ? ", ..." : ""}: ${data.said}, ${formatWhole(steps)} ${unit}`,
    );
    tell(host, "labels", asked.length ? asked.join(", ") : "none");
    tell(host, "model", `${formatWhole(model.layout.count)} parameters`);
    tell(host, "keep", `${out}\n`);
  }
  const finished = await runTraining<readonly Piece[]>(host, {
    model,
    data: data.train,
    valid: data.valid.length > 0 ? data.valid : undefined,
    recipe,
    out,
    flags,
    resume,
    tokensPerEpoch: steps,
    rows: data.train.length,
    unit,
  });
  if (!finished || flags.json) return;
  const best = model.training?.best;
  const one = { text: "character", melody: "sixteenth", frames: "time step" }[model.content.type];
  if (best) host.out(`${best.nats.toFixed(4)} nats a ${one} on the validation part\n`);
  if (model.content.type === "text") await tellMemorized(host, model, data.train);
  host.out(`${out} holds the model. Next:\n`);
  const [label] = Object.values(fields).map((labels) => labels[0]!);
  const extra = `${label === undefined ? "" : ` --label ${quoted(label)}`}`;
  const write =
    model.content.type === "text"
      ? `sample ${quoted(out)}${extra} --count 5`
      : `compose ${quoted(out)}${extra} --out music`;
  for (const next of [write, `evaluate ${quoted(out)} FILE`, `inspect gradients ${quoted(out)} FILE`])
    host.out(`  npx unrolled ${next}\n`);
}

const drawn = 200;

/** How much of what the model writes is new: a generator that only remembers has a low loss too. */
async function tellMemorized(host: Host, model: Generator, pieces: readonly Piece[]): Promise<void> {
  const known = new Set(pieces.map(({ text }) => text));
  let same = 0;
  const texts = new Set<string>();
  for await (const { text } of compose(model, { count: drawn, maxTokens: 80, seed: 1 })) {
    if (known.has(text)) same++;
    texts.add(text!);
  }
  host.out(`of ${drawn} that it writes, ${same} are in the training part, and ${texts.size} are different\n`);
}

const stepsOf = (content: Content, piece: Piece): number =>
  content.type === "text"
    ? content.tokenizer.encode(piece.text!).length + 1
    : content.type === "melody"
      ? content.coder.encode(piece.music!).length + 1
      : piece.steps!.length;

/** Nats a step; for frames 88 keys summed, the first step not predicted, over the file's test part where it has one. */
async function evaluateGenerator(host: Host, model: Model, file: string, flags: EvaluateFlags): Promise<void> {
  if (model.task !== "generator") return;
  const { readChorales } = await import("../../data/index.ts");
  const { readText } = await import("../../node/index.ts");
  let pieces: Piece[];
  if (model.content.type === "frames") {
    const { train, test } = readChorales(await readText(file), { source: file });
    pieces = (test.length > 0 ? test : train).map((steps) => ({ steps }));
  } else pieces = (await readPieces(host, [file], 0, 0)).train;
  const { nats, tokens } = await evaluate(model, pieces, { threads: flags.threads });
  if (flags.json) return writeJson(host, { nats, steps: tokens, pieces: pieces.length });
  const one = { text: "character", melody: "sixteenth", frames: "time step" }[model.content.type];
  host.out(
    `${host.colors.bold(`${nats.toFixed(4)} nats a ${one}`)}, over ${formatWhole(tokens)} of them in ${formatWhole(pieces.length)} pieces\n`,
  );
}

/** Writes pieces: texts to standard output, music to files of four kinds. */
export async function composePieces(host: Host, model: Generator, flags: ComposeFlags): Promise<void> {
  const { temperature, steps: maxSteps, count, out, json } = flags;
  const seed = flags.seed ?? Math.floor(Math.random() * 2 ** 32);
  const labels = Object.fromEntries((flags.label ?? []).map((text) => labelOf(model, text)));
  const stop = interrupt(() => {});
  const options = {
    labels,
    temperature,
    maxTokens: maxSteps,
    count,
    seed,
    signal: stop.signal,
    filters: flags.topP === undefined ? [] : [topP(flags.topP)],
    ...(flags.start === undefined ? {} : { start: startOf(model, flags.start) }),
  };
  let index = 0;
  try {
    for await (const piece of compose(model, options))
      await tellPiece(host, piece, { index: index++, out, json, seed });
  } finally {
    stop.end();
  }
  host.exitCode = stop.code();
}

async function tellPiece(
  host: Host,
  { text, music, labels }: Composition,
  { index, out, json, seed }: { index: number; out?: string; json?: boolean; seed: number },
): Promise<void> {
  const said = Object.entries(labels).map(([name, label]) => `${name} ${label}`);
  if (text !== undefined) {
    if (json) writeJson(host, { index, text, labels, seed });
    else host.out(`${text}${said.length ? host.colors.dim(`  ${said.join(", ")}`) : ""}\n`);
    return;
  }
  const abc = writeAbc(music!, { number: index + 1 });
  if (out === undefined) {
    if (json) writeJson(host, { index, abc, labels, seed });
    else host.out(`${abc}\n`);
    return;
  }
  await makeOutputFolder(out);
  const files: string[] = [];
  for (const { ending, data } of musicFiles(music!, abc)) {
    const file = join(out, `piece-${index + 1}.${ending}`);
    await writeOutput(file, data);
    files.push(file);
  }
  if (json) writeJson(host, { index, files, labels, seed });
  else host.out(`${files.join("  ")}${said.length ? host.colors.dim(`  ${said.join(", ")}`) : ""}\n`);
}

const musicFiles = (music: Score, abc: string): { ending: string; data: string | Uint8Array }[] => [
  { ending: "abc", data: abc },
  { ending: "mid", data: writeMidi(music) },
  { ending: "wav", data: writeWav(synthesize(music)) },
  { ending: "svg", data: pianoRoll(music) },
];

/** `style=reel`, or a label that only one field has. */
function labelOf(model: Generator, text: string): [string, string] {
  const { fields } = model.config;
  const [, name, value] = /^([^=]+)=(.*)$/.exec(text) ?? [];
  if (name !== undefined && Object.hasOwn(fields, name)) return [name, value!];
  const owner = Object.keys(fields).find((field) => fields[field]!.includes(text));
  if (owner !== undefined) return [owner, text];
  const known = Object.entries(fields).map(
    ([field, all]) => `${field} (${all.slice(0, 8).join(", ")}${all.length > 8 ? ", ..." : ""})`,
  );
  return fail({
    where: `--label ${text}`,
    expected: `one of ${known.join("; ") || "none: this model has no labels"}`,
    received: text,
  });
}

/** `C4`, `F#5`, `Bb3` or a MIDI number; NaN for what is neither. */
function pitchOf(text: string): number {
  const [, letter, sign, octave] = /^([A-G])([#b]?)(-?\d)$/.exec(text) ?? [];
  if (letter === undefined) return text === "" ? Number.NaN : Number(text);
  const step = { C: 0, D: 2, E: 4, F: 5, G: 7, A: 9, B: 11 }[letter]!;
  return 12 * (Number(octave) + 1) + step + (sign === "#" ? 1 : sign === "b" ? -1 : 0);
}

/** A text to begin with; for music, pitches: `G4` or `67`, or a chord `C4,E4,G4`. */
function startOf({ content }: Generator, text: string): Piece {
  if (content.type === "text") return { text };
  const pitches = text.split(",").map((one) => pitchOf(one.trim()));
  const bad = pitches.find((pitch) => !Number.isInteger(pitch) || pitch < 21 || pitch > 108);
  if (bad !== undefined)
    fail({
      where: `--start ${text}`,
      expected: "notes from A0 to C8 or MIDI numbers from 21 to 108: C4, or 60,64,67",
      received: text,
    });
  if (content.type === "frames") return { steps: [pitches.sort((a, b) => a - b)] };
  const coder = melodyCoder(content.coder.toJSON());
  return { music: coder.decode(pitches.map((pitch) => coder.pitch(pitch))) };
}

export const generatorCommands: TaskCommands = {
  train: trainGenerator,
  resume: resumeGenerator,
  evaluate: evaluateGenerator,
};
