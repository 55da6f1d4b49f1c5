// Writes a score as ABC. Reading it back gives the same notes: whatever sounds together and moves apart is cut at every
// change and tied.
import { keyFifths, signature } from "./keys.ts";
import { inOrder, type Note, type Score, scoreLength } from "./score.ts";

export interface AbcWriteOptions {
  /** Default 1. */
  number?: number;
  /** Default `1/8`. */
  unit?: "1/4" | "1/8" | "1/16";
  /** Bars in a line. Default 4. */
  barsPerLine?: number;
}

/**
 * Writes one tune; each channel becomes a voice. Velocities and all tempos but the first are lost; in one channel, notes of
 * one pitch that overlap become one.
 */
export function writeAbc(music: Score, { number = 1, unit = "1/8", barsPerLine = 4 }: AbcWriteOptions = {}): string {
  const channels = [...new Set(music.notes.map(({ channel = 0 }) => channel))].sort((a, b) => a - b);
  const head = [
    `X:${number}`,
    `T:${oneLine(music.title ?? "")}`,
    `M:${music.meter.join("/")}`,
    `L:${unit}`,
    `Q:1/4=${Number(music.tempos[0]!.quartersPerMinute.toFixed(3))}`,
    `K:${keyFifths(music.key) === undefined ? "C" : oneLine(music.key)}`,
  ];
  const unitTicks = (music.ticksPerQuarter * 4) / Number(unit.slice(2));
  const length = scoreLength(music);
  const body = channels.flatMap((channel) => {
    const notes = music.notes.filter((note) => (note.channel ?? 0) === channel);
    const bars = writeVoice(withoutOverlap(notes), music, unitTicks, channels.length > 1 ? length : 0);
    const lines: string[] = [];
    for (let i = 0; i < bars.length; i += barsPerLine) lines.push(`${bars.slice(i, i + barsPerLine).join(" | ")} |`);
    if (lines.length > 0) lines[lines.length - 1] += "]";
    return channels.length > 1 ? [`V:${channel + 1}`, ...lines] : lines;
  });
  return `${[...head, ...body].join("\n")}\n`;
}

/** One string a bar. */
function writeVoice(notes: readonly Note[], music: Score, unitTicks: number, atLeast: number): string[] {
  const barTicks = (music.ticksPerQuarter * 4 * music.meter[0]) / music.meter[1];
  const end = notes.reduce((most, note) => Math.max(most, note.start + note.duration), atLeast);
  const cuts = new Set([0, end]);
  for (const { start, duration } of notes) cuts.add(start).add(start + duration);
  for (let bar = 1; bar * barTicks < end; bar++) if (Number.isInteger(bar * barTicks)) cuts.add(bar * barTicks);
  const times = [...cuts].sort((a, b) => a - b);
  const fifths = keyFifths(music.key) ?? 0;
  const spell = speller(fifths);
  const bars: string[] = [];
  let bar: string[] = [];
  let from = 0; // notes before it have ended
  for (let i = 0; i + 1 < times.length; i++) {
    const [now, next] = [times[i]!, times[i + 1]!];
    if (i > 0 && Number.isInteger(now / barTicks)) {
      bars.push(bar.join(" "));
      bar = [];
      spell.newBar();
    }
    while (from < notes.length && notes[from]!.start + notes[from]!.duration <= now) from++;
    const sounding: Note[] = [];
    for (let n = from; n < notes.length && notes[n]!.start <= now; n++) {
      if (notes[n]!.start + notes[n]!.duration > now) sounding.push(notes[n]!);
    }
    sounding.sort((a, b) => a.pitch - b.pitch);
    const size = lengthText(next - now, unitTicks);
    const written = spell.chord(
      sounding.map(({ pitch, start, duration }) => ({ pitch, tie: start + duration > next })),
    );
    if (written.length === 0) bar.push(`z${size}`);
    else if (written.length === 1) bar.push(written[0]!.text + size + (written[0]!.tie ? "-" : ""));
    else bar.push(`[${written.map(({ text, tie }) => text + (tie ? "-" : "")).join("")}]${size}`);
  }
  if (bar.length > 0) bars.push(bar.join(" "));
  return bars;
}

/** Spells pitches with as few accidentals as the key and the bar allow. */
function speller(fifths: number) {
  const inKey = signature(fifths);
  let inBar: Record<string, number> = {};
  let tied = new Set<string>();
  const steps: Record<string, number> = { C: 0, D: 2, E: 4, F: 5, G: 7, A: 9, B: 11 };
  const letters = Object.keys(steps);
  const place = (pitch: number) => {
    const spellings = letters.flatMap((letter) => {
      for (const shift of [0, 1, -1]) {
        if ((((pitch - steps[letter]! - shift) % 12) + 12) % 12 === 0) return [{ letter, shift }];
      }
      return [];
    });
    const cost = ({ letter, shift }: { letter: string; shift: number }) =>
      (shift === (inKey[letter] ?? 0) ? 0 : 4) + Math.abs(shift) + (shift !== 0 && shift > 0 !== fifths >= 0 ? 1 : 0);
    const best = spellings.reduce((a, b) => (cost(b) < cost(a) ? b : a));
    return { ...best, octave: (pitch - steps[best.letter]! - best.shift) / 12 - 5 };
  };
  return {
    newBar() {
      inBar = {};
    },
    chord(notes: readonly { pitch: number; tie: boolean }[]): { text: string; tie: boolean }[] {
      const next = new Set<string>();
      const written = notes.map(({ pitch, tie }) => {
        const { letter, shift, octave } = place(pitch);
        const name = octave > 0 ? letter.toLowerCase() + "'".repeat(octave - 1) : letter + ",".repeat(-octave);
        // After a tie the sign is written anyway, for a reader takes a bare letter for the tied note.
        const needed = shift !== (inBar[letter] ?? inKey[letter] ?? 0) || tied.has(name);
        if (needed) inBar[letter] = shift;
        if (tie) next.add(name);
        return { text: (needed ? (shift > 0 ? "^" : shift < 0 ? "_" : "=") : "") + name, tie };
      });
      tied = next;
      return written;
    },
  };
}

/** A length in units as ABC writes it: `2`, `/2`, `3/2`. */
function lengthText(ticks: number, unitTicks: number): string {
  let [a, b] = [ticks, unitTicks];
  while (!Number.isInteger(b)) [a, b] = [a * 2, b * 2];
  const divisor = gcd(a, b);
  const [n, d] = [a / divisor, b / divisor];
  return d === 1 ? (n === 1 ? "" : String(n)) : n === 1 ? `/${d}` : `${n}/${d}`;
}

const gcd = (a: number, b: number): number => (b === 0 ? a : gcd(b, a % b));
const oneLine = (text: string) => text.replace(/[\r\n%]+/g, " ").trim();

/** Notes of one pitch that overlap become one. */
function withoutOverlap(notes: readonly Note[]): Note[] {
  const last = new Map<number, Note>();
  const result: Note[] = [];
  for (const note of [...notes].sort(inOrder)) {
    const before = last.get(note.pitch);
    if (before && before.start + before.duration > note.start) {
      before.duration = Math.max(before.duration, note.start + note.duration - before.start);
      continue;
    }
    const copy = { ...note };
    last.set(note.pitch, copy);
    result.push(copy);
  }
  return result;
}
