// Reads ABC notation (abcnotation.com/wiki/abc:standard:v2.1): tunes as notes in time, repeats played out.
// Kept: notes, chords, rests, ties, tuplets, broken rhythm, accidentals, voices, chord symbols. Left out: grace notes,
// slurs, decorations, lyrics.
import { UnrolledError } from "../../base/index.ts";
import { linesOf, type ReadOptions, type ReadWarning, warningLog } from "../readers/lines.ts";
import { lexAbc, lexChord, type PlacedSign, parseLength } from "./abc-lexer.ts";
import { type Bar, parseBar, playRepeats } from "./abc-repeats.ts";
import { keyFifths, signature } from "./keys.ts";
import { type Note, type Score, score } from "./score.ts";

/** A tune: a score, and what ABC has beside the notes. */
export interface AbcTune extends Score {
  /** The number of `X:`. */
  number: number;
  /** Line of `X:`, from 1. */
  line: number;
  /** `R:`, for example `reel`: a style to generate from. */
  rhythm?: string;
  /** Chord symbols of the first voice, such as `Am`. */
  chords: { at: number; name: string }[];
}

export interface AbcOptions extends ReadOptions {
  /** Throw at the first faulty tune, instead of leaving it out with a warning. Default false. */
  strict?: boolean;
}

/** Divides a quarter by 64, by 3, 5 and 7, and by what tuplets of these need. */
export const abcTicks = 6720;
const whole = abcTicks * 4;

/**
 * Reads all tunes of a file.
 *
 * @returns the tunes, and a warning with line and column for each that could not be read
 */
export function readAbc(
  text: string | Iterable<string>,
  options: AbcOptions = {},
): { tunes: AbcTune[]; warnings: ReadWarning[] } {
  const { source = "abc", strict = false } = options;
  const warnings = warningLog();
  const tunes: AbcTune[] = [];
  let open: { text: string; line: number }[] = [];
  let line = 0;
  const flush = () => {
    if (open.length > 0) {
      try {
        tunes.push(readTune(open, source));
      } catch (error) {
        if (strict || !(error instanceof UnrolledError)) throw error;
        warnings.add(`a tune was left out: ${error.message}`, open[0]!.line);
      }
    }
    open = [];
  };
  for (const row of linesOf(text)) {
    line++;
    if (/^X:/.test(row)) flush();
    else if (row.trim() === "") {
      flush(); // an empty line ends a tune
      continue;
    }
    if (open.length > 0 || /^X:/.test(row)) open.push({ text: row, line });
  }
  flush();
  if (tunes.length === 0) warnings.add("the file has no tune that could be read", 1);
  return { tunes, warnings: warnings.list() };
}

interface Sound {
  /** Ticks; not yet whole within tuplets. */
  ticks: number;
  notes: { pitch: number; tie: boolean; ticks: number }[];
  chord?: string;
}

interface Voice {
  events: (Sound | Bar)[];
  accidentals: Record<string, number>;
  tied: Map<string, number>;
  last?: Sound;
  broken: number;
  tuplet: { left: number; factor: number };
  symbol?: string;
}

function readTune(rows: { text: string; line: number }[], source: string): AbcTune {
  let meter: readonly [number, number] = [4, 4];
  let free = false;
  let unit: number | undefined;
  let key = "C";
  let keySignature: Record<string, number> = {};
  let tempo: { text: string; line: number } | undefined;
  const first = rows[0]!;
  const tune = { number: Number.parseInt(first.text.slice(2), 10) || 0, line: first.line, title: "", rhythm: "" };
  const voices = new Map<string, Voice>();
  let voiceName = "1";
  let inBody = false;

  const wrong = (line: number, problem: string, column?: number): never => {
    const where = `${source}:${line}${column ? `:${column}` : ""}`;
    throw new UnrolledError({ where, problem, code: "data" });
  };
  const voice = (): Voice => {
    let found = voices.get(voiceName);
    if (!found) {
      found = { events: [], accidentals: {}, tied: new Map(), broken: 0, tuplet: { left: 0, factor: 1 } };
      voices.set(voiceName, found);
    }
    return found;
  };
  const unitTicks = () => unit ?? (free || meter[0] / meter[1] >= 0.75 ? whole / 8 : whole / 16);

  const field = (name: string, value: string, line: number) => {
    const text = value.replace(/%.*$/, "").trim();
    if (name === "T") tune.title ||= text;
    else if (name === "R") tune.rhythm ||= text;
    else if (name === "Q") tempo ??= { text, line };
    else if (name === "V") voiceName = /^\S+/.exec(text)?.[0] ?? voiceName;
    else if (name === "K") {
      const fifths = keyFifths(
        text.replace(/\b(clef|middle|octave|transpose|stafflines|style)=\S+|\b(treble|bass|alto|tenor)\S*/g, ""),
      );
      if (fifths === undefined) wrong(line, `no key: ${JSON.stringify(text)}`);
      keySignature = signature(fifths!);
      if (!inBody) key = text.split(/\s+(?=\w+=)/)[0]! || "C";
    } else if (name === "M") {
      const match = /^(\d+)\s*\/\s*(\d+)/.exec(text);
      const named: Record<string, readonly [number, number]> = { C: [4, 4], "C|": [2, 2] };
      free = /^(none)?$/i.test(text);
      const found = match ? ([Number(match[1]), Number(match[2])] as const) : free ? meter : named[text];
      if (!found?.[0] || !found[1]) wrong(line, `no meter: ${JSON.stringify(text)}`);
      if (!inBody) meter = found!;
    } else if (name === "L") {
      const match = /^(\d+)(?:\s*\/\s*(\d+))?$/.exec(text);
      const ticks = match ? (whole * Number(match[1])) / Number(match[2] ?? 1) : 0;
      if (!(ticks > 0 && Number.isFinite(ticks))) wrong(line, `no unit length: ${JSON.stringify(text)}`);
      unit = ticks;
    }
  };

  const pitchOf = (accidental: string, letter: string, octave: string, at: PlacedSign): number => {
    const upper = letter.toUpperCase();
    const { accidentals, tied } = voice();
    const height = (letter === upper ? 0 : 12) + [...octave].reduce((sum, mark) => sum + (mark === "'" ? 12 : -12), 0);
    const natural = 60 + { C: 0, D: 2, E: 4, F: 5, G: 7, A: 9, B: 11 }[upper]! + height;
    const held = tied.get(`${upper}${height}`);
    if (accidental)
      accidentals[upper] = [...accidental].reduce((sum, mark) => sum + (mark === "^" ? 1 : mark === "_" ? -1 : 0), 0);
    else if (held !== undefined) return held; // a tie carries its accidental over the bar line
    const pitch = natural + (accidentals[upper] ?? keySignature[upper] ?? 0);
    if (pitch < 0 || pitch > 127) wrong(at.line, `the note ${letter}${octave} is out of range`, at.column);
    tied.delete(`${upper}${height}`);
    return pitch;
  };

  const push = (sound: Sound) => {
    const v = voice();
    if (v.tuplet.left > 0) {
      v.tuplet.left--;
      scale(sound, v.tuplet.factor);
    }
    if (v.broken) scale(sound, v.broken);
    v.broken = 0;
    if (v.symbol !== undefined) sound.chord = v.symbol;
    delete v.symbol;
    v.events.push(sound);
    v.last = sound;
  };

  /** The letters of the last sound, for a tie that comes after it. */
  let lastLetters: { key: string; pitch: number }[] = [];
  const sign = (s: PlacedSign) => {
    const v = voice();
    if (s.kind === "field") field(s.name, s.value, s.line);
    else if (s.kind === "symbol") {
      if (/^[A-G]/.test(s.text)) v.symbol = s.text; // others are remarks
    } else if (s.kind === "note" || s.kind === "chord") {
      const chord = s.kind === "note" ? [{ ...s, tie: false, length: "" }] : lexChord(s.notes);
      if (!chord) return wrong(s.line, "no chord of notes", s.column);
      const [n, d] = parseLength(s.length);
      const ticks = (unitTicks() * n) / d;
      lastLetters = [];
      const notes = chord.map(({ accidental, letter, octave, length, tie }) => {
        const pitch = pitchOf(accidental, letter, octave, s);
        const height =
          (letter === letter.toUpperCase() ? 0 : 12) +
          [...octave].reduce((sum, mark) => sum + (mark === "'" ? 12 : -12), 0);
        lastLetters.push({ key: `${letter.toUpperCase()}${height}`, pitch });
        const [a, b] = parseLength(length);
        return { pitch, tie, ticks: (ticks * a) / b };
      });
      v.tied.clear();
      notes.forEach(({ tie, pitch }, i) => {
        if (tie) v.tied.set(lastLetters[i]!.key, pitch);
      });
      if (!notes.every(({ ticks: t }) => t > 0 && Number.isFinite(t))) wrong(s.line, "a length of nothing", s.column);
      push({ ticks: notes[0]!.ticks, notes });
    } else if (s.kind === "rest") {
      const [n, d] = parseLength(s.length);
      if (!(n > 0 && d > 0)) wrong(s.line, "a length of nothing", s.column);
      push({ ticks: (unitTicks() * n) / d, notes: [] });
    } else if (s.kind === "measures") push({ ticks: (s.count * whole * meter[0]) / meter[1], notes: [] });
    else if (s.kind === "tie") {
      for (const note of v.last?.notes ?? []) note.tie = true;
      for (const { key: letter, pitch } of lastLetters) v.tied.set(letter, pitch);
    } else if (s.kind === "broken") {
      const less = 0.5 ** s.marks.length;
      const [before, after] = s.marks[0] === ">" ? [2 - less, less] : [less, 2 - less];
      if (!v.last) wrong(s.line, `"${s.marks}" without a note before it`, s.column);
      scale(v.last!, before);
      v.broken = after;
    } else if (s.kind === "tuplet") {
      const compound = meter[1] === 8 && meter[0] % 3 === 0;
      const usual = [0, 1, 3, 2, 3, compound ? 3 : 2, 2, compound ? 3 : 2, 3, compound ? 3 : 2][s.p] ?? 2;
      if (s.p === 0) wrong(s.line, "a tuplet of 0", s.column);
      v.tuplet = { left: s.r ?? s.p, factor: (s.q ?? usual) / s.p };
    } else if (s.kind === "bar") {
      v.events.push(parseBar(s.text));
      v.accidentals = {};
    }
  };

  for (const { text, line } of rows) {
    const match = /^([A-Za-z]):(?![|:])(.*)$/.exec(text);
    if (match) {
      field(match[1]!, match[2]!, line);
      if (match[1] === "K") inBody = true;
    } else if (inBody && !text.startsWith("%")) {
      const signs = lexAbc(text, line);
      if ("column" in signs) wrong(line, `no music: ${JSON.stringify(text[signs.column - 1])}`, signs.column);
      for (const one of signs as PlacedSign[]) sign(one);
    }
  }
  if (!inBody) wrong(first.line, "the tune has no key (K:), which ends its header");
  const { title, rhythm, ...rest } = tune;
  const { notes, chords } = layOut([...voices.values()]);
  const tempos = tempo ? [{ at: 0, quartersPerMinute: readTempo(tempo.text, unitTicks()) }] : [];
  const full = score({ ticksPerQuarter: abcTicks, notes, tempos, meter, key, ...(title ? { title } : {}) });
  return { ...full, ...rest, chords, ...(rhythm ? { rhythm } : {}) };
}

function scale(sound: Sound, factor: number): void {
  sound.ticks *= factor;
  for (const note of sound.notes) note.ticks *= factor;
}

/** Places each voice's sounds in time; tied notes become one. */
function layOut(voices: readonly Voice[]): { notes: Note[]; chords: { at: number; name: string }[] } {
  const notes: Note[] = [];
  const chords: { at: number; name: string }[] = [];
  voices.forEach(({ events }, index) => {
    const channel = index < 9 ? index : Math.min(15, index + 1); // 9 is drums
    let now = 0;
    let held = new Map<number, Note>();
    for (const { ticks, notes: sounding, chord } of playRepeats<Sound>(events)) {
      if (chord && index === 0) chords.push({ at: Math.round(now), name: chord });
      const next = new Map<number, Note>();
      for (const { pitch, tie, ticks: own } of sounding) {
        const end = Math.round(now + own);
        const before = held.get(pitch);
        const note = before ?? { pitch, start: Math.round(now), duration: 1, channel };
        note.duration = Math.max(1, end - note.start);
        if (!before) notes.push(note);
        if (tie) next.set(pitch, note);
      }
      held = next;
      now += ticks;
    }
  });
  return { notes, chords };
}

/** `1/4=120`, `3/8=60 "Allegro"`, or the old `120`, which counts unit lengths. */
function readTempo(text: string, unitTicks: number): number {
  const modern = /(\d+)\/(\d+)\s*=\s*(\d+(?:\.\d+)?)/.exec(text);
  if (modern && Number(modern[2]) > 0)
    return Math.max(1, (Number(modern[3]) * 4 * Number(modern[1])) / Number(modern[2]));
  const old = /(\d+(?:\.\d+)?)/.exec(text);
  return old ? Math.max(1, (Number(old[1]) * unitTicks) / abcTicks) : 120;
}
