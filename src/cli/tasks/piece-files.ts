// Pieces for a generator from files: ABC tunes, MIDI files, chorales, and labeled texts.
import { fail } from "../../base/index.ts";
import { charTokenizer, findStepsPerQuarter, fitRange, type MusicData, melodyCoder } from "../../data/index.ts";
import type { Content, Fields, Piece } from "../../tasks/index.ts";
import type { Output } from "../output.ts";
import { listed, openFiles, recognizeFile } from "../source.ts";
import { plural } from "../terminal/index.ts";
import { drawValidation } from "./rows.ts";

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

/** Reads files of one kind; of lists of words, each file is a label. Validation pieces are drawn, unless the file has its own. */
export async function readPieces(
  show: Output,
  files: readonly string[],
  fraction: number,
  seed: number,
  { step }: { step?: StepLength } = {},
): Promise<PieceData> {
  const part: Part = (pieces) => {
    const [train, valid = []] =
      pieces.length < 2 ? [pieces] : drawValidation(pieces, fraction, { seed, source: listed(files) });
    return { train: [...train], valid };
  };
  if ((await recognizeFile(files[0]!)).kind === "music") {
    const { music } = await openFiles(show, files, "music");
    const { train, valid, test } = music.steps;
    return train.length + valid.length + test.length > 0
      ? chorales(music, step, part)
      : tunes(show, music, part, files);
  }
  const { rows } = await openFiles(show, files, "classification", { stream: false });
  const pieces = Array.from(rows, ({ text, label }): Piece => ({ text, labels: { label } }));
  const tokenizer = charTokenizer.fit(
    pieces.map(({ text }) => text!),
    { specials: ["pad", "bos", "eos"] },
  );
  const content = { type: "text", tokenizer } as const;
  return { content, fields: fieldsOf(pieces), description: plural(pieces.length, "text"), ...part(pieces) };
}

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

function tunes(show: Output, { tunes: all }: MusicData, part: Part, files: readonly string[]): PieceData {
  const coder = melodyCoder();
  const pieces = all.flatMap(({ music, labels }) => {
    const fitted = fitRange(music, coder.lowest, coder.highest);
    return fitted && fitted.notes.length > 0 ? [{ music: fitted, labels }] : [];
  });
  if (pieces.length < all.length)
    show.warn(`${plural(all.length - pieces.length, "tune")} left out: no notes, or too wide a range`);
  if (pieces.length === 0) fail({ where: listed(files), expected: "tunes", received: "none", code: "data" });
  const content = { type: "melody", coder } as const;
  return { content, fields: fieldsOf(pieces), description: plural(pieces.length, "tune"), ...part(pieces) };
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
