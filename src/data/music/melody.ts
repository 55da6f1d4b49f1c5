// Melodies as events, one a time step: hold (no event), note off, or a pitch that begins. The vocabulary of MelodyRNN
// (Magenta): a melody is then a sequence of symbols, as a text is.
import { checkNumber, fail } from "../../base/index.ts";
import { type Vocabulary, vocabularyFromJSON } from "../vocabulary.ts";
import { type Note, pitchName, type Score, score, transpose } from "./score.ts";

export interface MelodyOptions {
  /** Default 48 to 84: C3 to C6, as MelodyRNN. */
  lowest?: number;
  highest?: number;
  /** Default 4: sixteenths. */
  stepsPerQuarter?: number;
  /** Special tokens before the events. Default `["pad", "bos", "eos"]`. */
  specials?: readonly string[];
}

export interface MelodyCoder {
  readonly lowest: number;
  readonly highest: number;
  readonly stepsPerQuarter: number;
  /** Specials, `hold`, `off`, then the pitches by name. */
  readonly vocabulary: Vocabulary;
  readonly special: { readonly [name: string]: number };
  /** The id of "nothing new happens". */
  readonly hold: number;
  /** The id of "the note ends, and none begins". */
  readonly off: number;
  /** The id of a pitch that begins. @throws UnrolledError where it is out of range */
  pitch(pitch: number): number;
  /** A score as events: of notes that sound together the highest; times are rounded to steps. */
  encode(music: Score): Int32Array;
  /** Events as a score of one voice. Special tokens give nothing; what follows `eos` is not read. */
  decode(ids: Iterable<number>, options?: { quartersPerMinute?: number; title?: string }): Score;
  toJSON(): { lowest: number; highest: number; stepsPerQuarter: number; specials: string[] };
}

/** Makes the vocabulary of melody events. Laws: decode(encode(m)) = m for a melody on the grid; encode(decode(e)) = e. */
export function melodyCoder(options: MelodyOptions = {}): MelodyCoder {
  const { lowest = 48, highest = 84, stepsPerQuarter = 4, specials = ["pad", "bos", "eos"] } = options;
  const where = "melodyCoder";
  checkNumber(`${where}: lowest`, lowest, { min: 0, max: 127, integer: true });
  checkNumber(`${where}: highest`, highest, { min: lowest, max: 127, integer: true });
  checkNumber(`${where}: stepsPerQuarter`, stepsPerQuarter, { min: 1, integer: true });
  const names = specials.map((name) => `<${name}>`);
  const pitches = Array.from({ length: highest - lowest + 1 }, (_, i) => pitchName(lowest + i));
  const tokens = [...names, "hold", "off", ...pitches];
  const vocabulary = vocabularyFromJSON({ tokens, specials: names, counts: tokens.map(() => 0) });
  const hold = names.length;
  const off = hold + 1;
  const special = Object.freeze(Object.fromEntries(specials.map((name, id) => [name, id])));

  function pitch(value: number): number {
    if (Number.isInteger(value) && value >= lowest && value <= highest) return off + 1 + value - lowest;
    return fail({
      where,
      expected: `pitches from ${lowest} (${pitchName(lowest)}) to ${highest} (${pitchName(highest)})`,
      received: String(value),
      hint: "give a wider range, or transpose",
      code: "data",
    });
  }

  function encode(music: Score): Int32Array {
    const size = music.ticksPerQuarter / stepsPerQuarter;
    const begins = new Map<number, { pitch: number; end: number }>();
    let length = 0;
    for (const note of music.notes) {
      if (note.channel === 9) continue;
      const start = Math.round(note.start / size);
      const end = Math.max(start + 1, Math.round((note.start + note.duration) / size));
      length = Math.max(length, end);
      const other = begins.get(start);
      if (!other || other.pitch < note.pitch) begins.set(start, { pitch: note.pitch, end });
    }
    const events = new Int32Array(length).fill(hold);
    const sounding = { end: 0, on: false };
    for (let t = 0; t < length; t++) {
      const begin = begins.get(t);
      if (begin) {
        events[t] = pitch(begin.pitch);
        sounding.end = begin.end;
        sounding.on = true;
      } else if (sounding.on && t >= sounding.end) {
        events[t] = off;
        sounding.on = false;
      }
    }
    return events;
  }

  function decode(
    ids: Iterable<number>,
    { quartersPerMinute = 120, title }: { quartersPerMinute?: number; title?: string } = {},
  ) {
    const ticks = 120;
    const notes: Note[] = [];
    let open: Note | undefined;
    let t = 0;
    for (const id of ids) {
      if (id === special.eos) break;
      if (id < hold) continue;
      if (id === off) open = undefined;
      else if (id > off) {
        open = { pitch: id - off - 1 + lowest, start: t * ticks, duration: ticks };
        notes.push(open);
      } else if (open) open.duration += ticks;
      t++;
    }
    const tempos = [{ at: 0, quartersPerMinute }];
    return score({ ticksPerQuarter: ticks * stepsPerQuarter, notes, tempos, ...(title ? { title } : {}) });
  }

  return Object.freeze({
    lowest,
    highest,
    stepsPerQuarter,
    vocabulary,
    special,
    hold,
    off,
    pitch,
    encode,
    decode,
    toJSON: () => ({ lowest, highest, stepsPerQuarter, specials: [...specials] }),
  });
}

/** Moves a melody by octaves so that it fits a range; undefined where its own range is too wide. */
export function fitRange(music: Score, lowest: number, highest: number): Score | undefined {
  const pitches = music.notes.filter(({ channel }) => channel !== 9).map(({ pitch }) => pitch);
  if (pitches.length === 0) return music;
  const [low, high] = [Math.min(...pitches), Math.max(...pitches)];
  const shifts = [0, 12, -12, 24, -24, 36, -36, 48, -48];
  const shift = shifts.find((by) => low + by >= lowest && high + by <= highest);
  return shift === undefined ? undefined : shift === 0 ? music : transpose(music, shift);
}
