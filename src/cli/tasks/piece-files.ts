// Pieces for a generator from files: ABC tunes, MIDI files, chorales, and labeled texts.
import { basename } from "node:path";
import { fail } from "../../base/index.ts";
import {
  charTokenizer,
  describeWarning,
  findStepsPerQuarter,
  fitRange,
  linesOf,
  melodyCoder,
  type Recognized,
  readAbc,
  readChorales,
  readLabeled,
  readMidi,
  type Score,
} from "../../data/index.ts";
import { readBytes } from "../../node/index.ts";
import type { Content, Fields, Piece } from "../../tasks/index.ts";
import type { Output } from "../output.ts";
import { recognizeFile, type SourceFile, textOf } from "../source.ts";
import { plural } from "../terminal/index.ts";
import { drawLines } from "./corpus.ts";

export interface PieceData {
  content: Content;
  fields: Fields;
  train: Piece[];
  valid: Piece[];
  /** For people: "1,034 tunes". */
  description: string;
  /** Pieces that the file itself sets apart for testing. */
  test?: Piece[];
}

/** Steps in a quarter, by what `--step` calls a step. */
const stepLengths = { quarter: 1, "8th": 2, "16th": 4 } as const;

/** Reads files of one kind; of lists of words, each file is a label. Validation pieces are drawn, unless the file has its own. */
export async function readPieces(
  show: Output,
  files: readonly SourceFile[],
  fraction: number,
  seed: number,
  { step }: { step?: keyof typeof stepLengths } = {},
): Promise<PieceData> {
  const found: Recognized[] = [];
  for (const file of files) found.push(await recognizeFile(file));
  const { format, kind } = found[0]!;
  const first = files[0]!;
  const parted = (pieces: Piece[]) => {
    const keys = pieces.map((_, i) => String(i));
    const [train, valid] = drawLines(keys, fraction, seed);
    const take = (some: readonly string[]) => some.map((key) => pieces[Number(key)]!);
    return { train: take(train), valid: take(valid) };
  };
  if (format === "chorales") {
    const { train, valid, test } = readChorales(await textOf(show, first), { source: first.name });
    const pieces = (all: typeof train): Piece[] => all.map((steps) => ({ steps }));
    const parts = valid.length > 0 ? { train: pieces(train), valid: pieces(valid) } : parted(pieces(train));
    const stepsPerQuarter = step ? stepLengths[step] : findStepsPerQuarter(train);
    const length = { 1: "a quarter", 2: "an eighth", 4: "a sixteenth" }[stepsPerQuarter];
    const description = `${plural(train.length + valid.length, "piece")}, each step ${length}${step ? "" : " (estimated from where the harmony changes)"}`;
    return { content: { type: "frames", stepsPerQuarter }, fields: {}, description, ...parts, test: pieces(test) };
  }
  if (kind === "music") {
    const tunes: Awaited<ReturnType<typeof scoresOf>> = [];
    for (const [i, file] of files.entries()) tunes.push(...(await scoresOf(show, file, found[i]!)));
    const coder = melodyCoder();
    const pieces = tunes.flatMap(({ music, labels }) => {
      const fitted = fitRange(music, coder.lowest, coder.highest);
      return fitted && fitted.notes.length > 0 ? [{ music: fitted, labels }] : [];
    });
    if (pieces.length < tunes.length)
      show.warn(`${plural(tunes.length - pieces.length, "tune")} left out: no notes, or too wide a range`);
    if (pieces.length === 0) fail({ where: first.name, expected: "tunes", received: "none", code: "data" });
    const content = { type: "melody", coder } as const;
    return { content, fields: fieldsOf(pieces), description: plural(pieces.length, "tune"), ...parted(pieces) };
  }
  const pieces: Piece[] = [];
  for (const [i, file] of files.entries())
    pieces.push(...(await textsIn(show, file, found[i]!, files.length > 1 || found[i]!.kind === "text")));
  if (pieces.length === 0) fail({ where: first.name, expected: "texts", received: "none", code: "data" });
  const tokenizer = charTokenizer.fit(
    pieces.map(({ text }) => text!),
    { specials: ["pad", "bos", "eos"] },
  );
  const content = { type: "text", tokenizer } as const;
  return { content, fields: fieldsOf(pieces), description: plural(pieces.length, "text"), ...parted(pieces) };
}

/** Tunes with their key and, in ABC, their style. */
async function scoresOf(
  show: Output,
  { path, name }: SourceFile,
  { format }: Recognized,
): Promise<{ music: Score; labels: Record<string, string> }[]> {
  if (format === "midi") {
    const music = readMidi(await readBytes(path), { source: name });
    return [{ music, labels: { key: music.key } }];
  }
  const { tunes, warnings } = readAbc(await textOf(show, { path, name }), { source: name });
  for (const warning of warnings) show.warn(describeWarning(name, warning));
  return tunes.map((music) => ({
    music,
    labels: { key: music.key, ...(music.rhythm ? { style: music.rhythm.toLowerCase() } : {}) },
  }));
}

/** Each line a text labeled with the file's name; or rows of text and label. */
async function textsIn(
  show: Output,
  { path, name }: SourceFile,
  recognized: Recognized,
  lines: boolean,
): Promise<Piece[]> {
  const text = await textOf(show, { path, name });
  if (!lines) {
    const { rows } = readLabeled(text, { source: name, recognized });
    return rows.map(({ text: one, label }) => ({ text: one, labels: { label } }));
  }
  const label = basename(name).replace(/\.[a-z]+(\.gz)?$/i, "");
  return [...linesOf(text)]
    .filter((line) => line.trim() !== "")
    .map((line) => ({ text: line.trim(), labels: { label } }));
}

/** The labels that occur, by field; a field with one label carries no information and is left out. */
function fieldsOf(pieces: readonly Piece[]): Fields {
  const all = new Map<string, Set<string>>();
  for (const { labels = {} } of pieces)
    for (const [name, label] of Object.entries(labels)) all.set(name, (all.get(name) ?? new Set()).add(label));
  return Object.fromEntries(
    [...all].filter(([, labels]) => labels.size > 1).map(([name, labels]) => [name, [...labels].sort()]),
  );
}
