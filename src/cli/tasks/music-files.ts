// Pieces for a generator from files: ABC tunes, MIDI files, chorales, and labeled texts.
import { basename } from "node:path";
import { fail } from "../../base/index.ts";
import {
  charTokenizer,
  findStepsPerQuarter,
  fitRange,
  linesOf,
  melodyCoder,
  readAbc,
  readChorales,
  readLabeled,
  readMidi,
  recognize,
  type Score,
} from "../../data/index.ts";
import { readBytes, readText } from "../../node/index.ts";
import type { Content, Fields, Piece } from "../../tasks/index.ts";
import { drawLines } from "../corpus.ts";
import type { Host } from "../host.ts";

export interface PieceData {
  content: Content;
  fields: Fields;
  train: Piece[];
  valid: Piece[];
  /** For people: "1,034 tunes". */
  said: string;
}

/** Steps in a quarter, by what `--step` calls a step. */
const stepLengths = { quarter: 1, "8th": 2, "16th": 4 } as const;

/** Reads files of one kind; for lists of words, each file is a label. Validation pieces are drawn, unless the file has its own. */
export async function readPieces(
  host: Host,
  files: readonly string[],
  fraction: number,
  seed: number,
  { step }: { step?: keyof typeof stepLengths } = {},
): Promise<PieceData> {
  const found = await Promise.all(files.map(async (file) => recognize(await readBytes(file), file)));
  const { format, kind } = found[0]!;
  const parted = (pieces: Piece[]) => {
    const keys = pieces.map((_, i) => String(i));
    const [train, valid] = drawLines(keys, fraction, seed);
    const take = (some: readonly string[]) => some.map((key) => pieces[Number(key)]!);
    return { train: take(train), valid: take(valid) };
  };
  if (format === "chorales") {
    const { train, valid } = readChorales(await readText(files[0]!), { source: files[0]! });
    const pieces = (all: typeof train): Piece[] => all.map((steps) => ({ steps }));
    const parts = valid.length > 0 ? { train: pieces(train), valid: pieces(valid) } : parted(pieces(train));
    const stepsPerQuarter = step ? stepLengths[step] : findStepsPerQuarter(train);
    const length = { 1: "a quarter", 2: "an eighth", 4: "a sixteenth" }[stepsPerQuarter];
    const how = step ? "" : ", by where the harmony moves";
    const said = `${train.length + valid.length} pieces, each step ${length}${how}`;
    return { content: { type: "frames", stepsPerQuarter }, fields: {}, said, ...parts };
  }
  if (kind === "music") {
    const tunes = (await Promise.all(files.map((file) => scoresOf(host, file)))).flat();
    const coder = melodyCoder();
    const pieces = tunes.flatMap(({ music, labels }) => {
      const fitted = fitRange(music, coder.lowest, coder.highest);
      return fitted && fitted.notes.length > 0 ? [{ music: fitted, labels }] : [];
    });
    if (pieces.length < tunes.length)
      host.err(`warning: ${tunes.length - pieces.length} tunes without notes, or of too wide a range, were left out\n`);
    if (pieces.length === 0) fail({ where: files[0]!, expected: "tunes", received: "none", code: "data" });
    const fields = fieldsOf(pieces);
    return { content: { type: "melody", coder }, fields, said: `${pieces.length} tunes`, ...parted(pieces) };
  }
  const pieces = (
    await Promise.all(files.map((file, i) => textsOf(file, files.length > 1 || found[i]!.kind === "text")))
  ).flat();
  if (pieces.length === 0) fail({ where: files[0]!, expected: "texts", received: "none", code: "data" });
  const tokenizer = charTokenizer.fit(
    pieces.map(({ text }) => text!),
    { specials: ["pad", "bos", "eos"] },
  );
  return {
    content: { type: "text", tokenizer },
    fields: fieldsOf(pieces),
    said: `${pieces.length} texts`,
    ...parted(pieces),
  };
}

/** Tunes with their key and, in ABC, their style. */
async function scoresOf(host: Host, file: string): Promise<{ music: Score; labels: Record<string, string> }[]> {
  const bytes = await readBytes(file);
  if (recognize(bytes, file).format === "midi") {
    const music = readMidi(bytes, { source: file });
    return [{ music, labels: { key: music.key } }];
  }
  const { tunes, warnings } = readAbc(await readText(file), { source: file });
  if (warnings.length > 0) host.err(`warning: ${file}: ${warnings.length} tunes could not be read\n`);
  return tunes.map((music) => ({
    music,
    labels: { key: music.key, ...(music.rhythm ? { style: music.rhythm.toLowerCase() } : {}) },
  }));
}

/** Each line a text labeled with the file's name; or rows of text and label. */
async function textsOf(file: string, lines: boolean): Promise<Piece[]> {
  const text = await readText(file);
  if (!lines) {
    const { rows } = readLabeled(text, { source: file, recognized: recognize(text, file) });
    return rows.map(({ text: one, label }) => ({ text: one, labels: { label } }));
  }
  const label = basename(file).replace(/\.[a-z]+(\.gz)?$/i, "");
  return [...linesOf(text)]
    .filter((line) => line.trim() !== "")
    .map((line) => ({ text: line.trim(), labels: { label } }));
}

/** The labels that occur, by field; a field with one label says nothing and is left out. */
function fieldsOf(pieces: readonly Piece[]): Fields {
  const all = new Map<string, Set<string>>();
  for (const { labels = {} } of pieces)
    for (const [name, label] of Object.entries(labels)) all.set(name, (all.get(name) ?? new Set()).add(label));
  return Object.fromEntries(
    [...all].filter(([, labels]) => labels.size > 1).map(([name, labels]) => [name, [...labels].sort()]),
  );
}
