// Music as notes in time, whatever file it came from. Times are whole ticks, so that nothing is lost by rounding.
import { fail } from "../../base/index.ts";

export interface Note {
  /** MIDI number: 60 is middle C, 69 is a' (440 Hz). */
  pitch: number;
  /** Ticks from the beginning. */
  start: number;
  /** Ticks; at least 1. */
  duration: number;
  /** 1 to 127; default 80. */
  velocity?: number;
  /** Channel or voice, 0 to 15; default 0. 9 is drums. */
  channel?: number;
}

export interface Score {
  ticksPerQuarter: number;
  /** By start, then channel, then pitch. */
  notes: Note[];
  /** Quarters a minute, from a tick on; the first at 0. */
  tempos: { at: number; quartersPerMinute: number }[];
  /** `[6, 8]` for six-eight. */
  meter: readonly [beats: number, unit: number];
  /** In ABC's words: `C`, `Gm`, `Ddor`. */
  key: string;
  title?: string;
}

/** A score from notes: sorts and checks them, and fills in what is not given (120 quarters a minute, 4/4, C). */
export function score(parts: Partial<Score> & Pick<Score, "notes">): Score {
  const { ticksPerQuarter = 480, tempos = [], meter = [4, 4] as const, key = "C", title } = parts;
  for (const { pitch, start, duration } of parts.notes) {
    const whole = Number.isInteger(pitch) && Number.isInteger(start) && Number.isInteger(duration);
    if (whole && pitch >= 0 && pitch <= 127 && start >= 0 && duration >= 1) continue;
    fail({
      where: "score",
      expected: "a pitch of 0 to 127, a start of 0 or later and a duration of 1 tick or more, all whole",
      received: `pitch ${pitch}, start ${start}, duration ${duration}`,
    });
  }
  const notes = [...parts.notes].sort(inOrder);
  const first = tempos[0]?.at === 0 ? [] : [{ at: 0, quartersPerMinute: 120 }];
  return { ticksPerQuarter, notes, tempos: [...first, ...tempos], meter, key, ...(title ? { title } : {}) };
}

/** By start, then channel, then pitch. */
export function inOrder(a: Note, b: Note): number {
  return a.start - b.start || (a.channel ?? 0) - (b.channel ?? 0) || a.pitch - b.pitch || a.duration - b.duration;
}

/** Where the last note ends, in ticks. */
export function scoreLength({ notes }: Score): number {
  return notes.reduce((end, note) => Math.max(end, note.start + note.duration), 0);
}

/** The same music in other ticks; times are rounded to the nearest. */
export function withResolution(music: Score, ticksPerQuarter: number): Score {
  const scale = (ticks: number) => Math.round((ticks * ticksPerQuarter) / music.ticksPerQuarter);
  return {
    ...music,
    ticksPerQuarter,
    notes: music.notes.map((note) => ({
      ...note,
      start: scale(note.start),
      duration: Math.max(1, scale(note.start + note.duration) - scale(note.start)),
    })),
    tempos: music.tempos.map((tempo) => ({ ...tempo, at: scale(tempo.at) })),
  };
}

/** Moves all notes but the drums; notes that would leave 0 to 127 go an octave back. For augmenting a small corpus. */
export function transpose(music: Score, semitones: number): Score {
  const fold = (pitch: number) => (pitch > 127 ? pitch - 12 : pitch < 0 ? pitch + 12 : pitch);
  const notes = music.notes.map((note) =>
    note.channel === 9 ? note : { ...note, pitch: fold(note.pitch + semitones) },
  );
  return { ...music, notes: notes.sort(inOrder) };
}

/** Seconds from the beginning at a tick, by the score's tempos. */
export function secondsAt(music: Score, tick: number): number {
  let seconds = 0;
  music.tempos.forEach(({ at, quartersPerMinute }, i) => {
    const until = Math.min(tick, music.tempos[i + 1]?.at ?? Infinity);
    if (until > at) seconds += ((until - at) / music.ticksPerQuarter) * (60 / quartersPerMinute);
  });
  return seconds;
}

const names = ["C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B"];

/** `C4` for 60. */
export function pitchName(pitch: number): string {
  return `${names[pitch % 12]}${Math.floor(pitch / 12) - 1}`;
}
