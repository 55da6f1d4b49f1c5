// Pieces for a generator: ABC tunes, MIDI files, chorales, and labeled texts, each with its content and labels.
import { fail } from "../base/index.ts";
import { plural } from "../base/words.ts";
import { drawValidation } from "./hold-out.ts";
import { findStepsPerQuarter, fitRange, type MusicData, melodyCoder } from "./music/index.ts";
import type { Content, Piece } from "./pieces.ts";
import type { LabeledText } from "./readers/index.ts";
import { charTokenizer } from "./tokenizers/char.ts";

/** Labels by field: `{ language: ["Arabic", ...] }`. The id of a label is its place and 1; 0 is "none given". */
export type Fields = Readonly<Record<string, readonly string[]>>;

export interface PieceData {
  content: Content;
  fields: Fields;
  train: readonly Piece[];
  valid: readonly Piece[];
  /** For people: "1,034 tunes". */
  description: string;
  /** Pieces that the file itself sets apart for testing. */
  test?: readonly Piece[];
}

/** Steps in a quarter, by what `--step` calls a step. */
const stepLengths = { quarter: 1, "8th": 2, "16th": 4 } as const;
type StepLength = keyof typeof stepLengths;

type Part = (pieces: readonly Piece[]) => Pick<PieceData, "train" | "valid">;

export interface PieceOptions {
  /** The share that is drawn for validation, unless the data has a validation part. */
  valid: number;
  seed: number;
  /** For messages. */
  source: string;
  /** Steps in chorales; by where the harmony changes unless given. */
  step?: StepLength;
}

/** Music as pieces of a generator. `leftOut` tunes have no notes, or too wide a range. */
export function musicPieces(music: MusicData, { step, ...options }: PieceOptions): PieceData & { leftOut?: number } {
  const { train, valid, test } = music.steps;
  const part = partOf(options);
  return train.length + valid.length + test.length > 0
    ? chorales(music, step, part)
    : tunes(music, part, options.source);
}

/** Labeled texts as pieces of a generator. */
export function textPieces(rows: Iterable<LabeledText>, options: PieceOptions): PieceData {
  const pieces = Array.from(rows, ({ text, label }): Piece => ({ text, labels: { label } }));
  const tokenizer = charTokenizer.fit(
    pieces.map(({ text }) => text!),
    { specials: ["pad", "bos", "eos"] },
  );
  const content = { type: "text", tokenizer } as const;
  return { content, fields: fieldsOf(pieces), description: plural(pieces.length, "text"), ...partOf(options)(pieces) };
}

const partOf =
  ({ valid: fraction, seed, source }: PieceOptions): Part =>
  (pieces) => {
    const [train, valid = []] = pieces.length < 2 ? [pieces] : drawValidation(pieces, fraction, { seed, source });
    return { train: [...train], valid };
  };

function chorales({ steps: { train, valid, test } }: MusicData, step: StepLength | undefined, part: Part): PieceData {
  const pieces = (all: typeof train): Piece[] => all.map((steps) => ({ steps }));
  const stepsPerQuarter = step ? stepLengths[step] : findStepsPerQuarter(train);
  const length = { 1: "a quarter", 2: "an eighth", 4: "a sixteenth" }[stepsPerQuarter];
  return {
    content: { type: "frames", stepsPerQuarter },
    fields: {},
    description: `${plural(train.length + valid.length, "piece")}, each step ${length}${step ? "" : " (estimated from where the harmony changes)"}`,
    ...(valid.length > 0 ? { train: pieces(train), valid: pieces(valid) } : part(pieces(train))),
    test: pieces(test),
  };
}

function tunes({ tunes: all }: MusicData, part: Part, source: string): PieceData & { leftOut: number } {
  const coder = melodyCoder();
  const pieces = all.flatMap(({ music, labels }) => {
    const fitted = fitRange(music, coder.lowest, coder.highest);
    return fitted && fitted.notes.length > 0 ? [{ music: fitted, labels }] : [];
  });
  if (pieces.length === 0) fail({ where: source, expected: "tunes with notes", received: "none", code: "data" });
  const content = { type: "melody", coder } as const;
  const leftOut = all.length - pieces.length;
  return { content, fields: fieldsOf(pieces), description: plural(pieces.length, "tune"), ...part(pieces), leftOut };
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
