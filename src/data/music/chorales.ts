// Chorales as JSON: time steps of sounding pitches, as the JSB data of the piano-roll papers has them; and the piano roll,
// a multi-hot vector a step.
import { fail } from "../../base/index.ts";
import type { ReadOptions } from "../readers/lines.ts";
import { type Note, type Score, score } from "./score.ts";

/** Pitches that sound at each time step, ascending. */
export type Steps = number[][];

export interface Chorales {
  train: Steps[];
  valid: Steps[];
  test: Steps[];
}

/** 88 keys: A0 to C8. */
export const lowestKey = 21;
export const keyCount = 88;

/**
 * Reads `{train, valid, test}`, or one list of pieces, which then is `train`. A pitch of -1 (silence of a voice) is left out.
 *
 * @throws UnrolledError with the piece and step at fault
 */
export function readChorales(json: string | object, { source = "chorales" }: ReadOptions = {}): Chorales {
  let value: unknown = json;
  if (typeof json === "string") {
    try {
      value = JSON.parse(json);
    } catch (error) {
      fail({ where: source, expected: "JSON", received: (error as Error).message, code: "file" });
    }
  }
  const parts = (Array.isArray(value) ? { train: value } : value) as Record<string, unknown>;
  const read = (...names: string[]): Steps[] => {
    const name = names.find((one) => parts[one] !== undefined);
    return name === undefined
      ? []
      : list(parts[name], `${source}: ${name}`).map((piece, i) => steps(piece, `${source}: ${name}[${i}]`));
  };
  const result = { train: read("train"), valid: read("valid", "validation"), test: read("test") };
  if (result.train.length + result.valid.length + result.test.length > 0) return result;
  return fail({
    where: source,
    expected: '"train", "valid" and "test", or a list of pieces',
    received: "none",
    code: "data",
  });
}

function steps(piece: unknown, where: string): Steps {
  return list(piece, where).map((step, t) => {
    const pitches = list(step, `${where}[${t}]`);
    const bad = pitches.find((pitch) => !Number.isInteger(pitch) || (pitch as number) < -1 || (pitch as number) > 127);
    if (bad !== undefined) {
      fail({ where: `${where}[${t}]`, expected: "pitches of 0 to 127", received: JSON.stringify(bad), code: "data" });
    }
    return [...new Set(pitches as number[])].filter((pitch) => pitch >= 0).sort((a, b) => a - b);
  });
}

function list(value: unknown, where: string): unknown[] {
  if (Array.isArray(value)) return value;
  return fail({ where, expected: "a list", received: typeof value, code: "data" });
}

/** Steps -> multi-hot [T, 88], row-major. @throws UnrolledError where a pitch is no key of the piano */
export function pianoRollOf(piece: Steps): Float32Array {
  const roll = new Float32Array(piece.length * keyCount);
  piece.forEach((pitches, t) => {
    for (const pitch of pitches) {
      const key = pitch - lowestKey;
      if (key < 0 || key >= keyCount) {
        fail({
          where: "pianoRollOf",
          expected: "pitches from 21 to 108",
          received: `${pitch} at step ${t}`,
          code: "data",
        });
      }
      roll[t * keyCount + key] = 1;
    }
  });
  return roll;
}

/** Multi-hot or probabilities [T, 88] -> steps: the keys above the threshold. */
export function stepsOfRoll(roll: ArrayLike<number>, threshold = 0.5): Steps {
  return Array.from({ length: Math.floor(roll.length / keyCount) }, (_, t) => {
    const pitches: number[] = [];
    for (let key = 0; key < keyCount; key++) if (roll[t * keyCount + key]! > threshold) pitches.push(key + lowestKey);
    return pitches;
  });
}

/** What sounds in each step of a score: a note counts from its first step to its last, at least one. */
export function stepsOfScore(music: Score, { stepsPerQuarter = 1 }: { stepsPerQuarter?: number } = {}): Steps {
  const size = music.ticksPerQuarter / stepsPerQuarter;
  const result: Set<number>[] = [];
  for (const { pitch, start, duration, channel } of music.notes) {
    if (channel === 9) continue;
    const from = Math.round(start / size);
    const to = Math.max(from + 1, Math.round((start + duration) / size));
    for (let t = from; t < to; t++) {
      while (result.length <= t) result.push(new Set());
      result[t]!.add(pitch);
    }
  }
  return result.map((pitches) => [...pitches].sort((a, b) => a - b));
}

/**
 * Steps in a quarter, told from where harmony moves: on every quarter, on two of three eighths between quarters, and
 * seldom on a sixteenth between eighths. 1 where nothing can be told.
 */
export function findStepsPerQuarter(pieces: readonly Steps[]): 1 | 2 | 4 {
  const moved = [0, 0];
  for (const piece of pieces)
    for (let t = 1; t < piece.length; t++) {
      const [before, now] = [piece[t - 1]!, piece[t]!];
      if (now.length !== before.length || now.some((pitch, i) => pitch !== before[i])) moved[t % 2]!++;
    }
  // Of the 382 chorales: 0.97 at quarters, 0.58 at eighths, 0.03 at sixteenths.
  const share = moved[1]! / Math.max(1, moved[0]!);
  if (moved[0] === 0 || share > 0.8) return 1;
  return share > 0.25 ? 2 : 4;
}

export interface StepsToScoreOptions {
  /** Default 1: a step is a quarter. */
  stepsPerQuarter?: number;
  quartersPerMinute?: number;
  /** A pitch that stands in steps in a row is one long note (default), or is struck at each. */
  hold?: boolean;
}

/** Steps as notes to hear. The data does not tell held notes from repeated ones. */
export function scoreOfSteps(piece: Steps, options: StepsToScoreOptions = {}): Score {
  const { stepsPerQuarter = 1, quartersPerMinute = 80, hold = true } = options;
  const notes: Note[] = [];
  let open = new Map<number, Note>();
  piece.forEach((pitches, t) => {
    const next = new Map<number, Note>();
    for (const pitch of pitches) {
      const before = hold ? open.get(pitch) : undefined;
      if (before) before.duration++;
      const note = before ?? { pitch, start: t, duration: 1 };
      if (!before) notes.push(note);
      next.set(pitch, note);
    }
    open = next;
  });
  const ticks = 480;
  const scaled = notes.map((note) => ({ ...note, start: note.start * ticks, duration: note.duration * ticks }));
  return score({ ticksPerQuarter: ticks * stepsPerQuarter, notes: scaled, tempos: [{ at: 0, quartersPerMinute }] });
}
