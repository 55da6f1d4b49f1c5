// Writes Standard MIDI Files.
import { checkNumber, fail } from "../../base/index.ts";
import { keyFifths } from "./keys.ts";
import { type Note, type Score, scoreLength } from "./score.ts";

export interface MidiWriteOptions {
  /** 0: all in one track. 1 (default): tempo and meter in the first, then a track a channel. */
  format?: 0 | 1;
  /** General MIDI instrument of each channel, 0 to 127. Default 0: piano. */
  programs?: { [channel: number]: number };
}

interface Event {
  at: number;
  /** At one tick: meta events, then ends of notes, then beginnings. */
  order: number;
  bytes: number[];
}

/**
 * Writes a score, with running status. Reading it back gives the same notes, where in one channel no two notes of a pitch
 * overlap (MIDI cannot tell whose end an end is).
 *
 * @throws UnrolledError where the score has more than 32,767 ticks a quarter
 */
export function writeMidi(music: Score, { format = 1, programs = {} }: MidiWriteOptions = {}): Uint8Array {
  const where = "writeMidi";
  checkNumber(`${where}: ticksPerQuarter`, music.ticksPerQuarter, { min: 1, max: 0x7fff, integer: true });
  if (scoreLength(music) >= 2 ** 28)
    fail({ where, expected: "under 2^28 ticks", received: String(scoreLength(music)) });
  const head = headEvents(music);
  const channels = [...new Set(music.notes.map(({ channel = 0 }) => channel))].sort((a, b) => a - b);
  const byChannel = channels.map((channel) => [
    ...(programs[channel] === undefined
      ? []
      : [{ at: 0, order: 0, bytes: [0xc0 | channel, programs[channel] & 0x7f] }]),
    ...music.notes.filter((note) => (note.channel ?? 0) === channel).flatMap(noteEvents),
  ]);
  const tracks = format === 0 ? [[...head, ...byChannel.flat()]] : [head, ...byChannel];
  return Uint8Array.from([
    ...ascii("MThd"),
    ...word(6),
    ...[0, format, tracks.length >> 8, tracks.length & 255],
    ...[music.ticksPerQuarter >> 8, music.ticksPerQuarter & 255],
    ...tracks.flatMap(track),
  ]);
}

function headEvents({ title, meter, key, tempos }: Score): Event[] {
  const meta = (at: number, type: number, data: readonly number[]): Event => ({
    at,
    order: 0,
    bytes: [0xff, type, ...variable(data.length), ...data],
  });
  const events: Event[] = [];
  if (title) events.push(meta(0, 0x03, [...new TextEncoder().encode(title)]));
  events.push(meta(0, 0x58, [meter[0], Math.round(Math.log2(meter[1])), 24, 8]));
  const fifths = keyFifths(key);
  if (fifths !== undefined && Math.abs(fifths) <= 7) {
    events.push(meta(0, 0x59, [fifths & 0xff, /^[A-G][#b]?\s*(m$|m\s|min|aeo)/.test(key) ? 1 : 0]));
  }
  for (const { at, quartersPerMinute } of tempos) {
    const micro = Math.min(0xffffff, Math.max(1, Math.round(60e6 / quartersPerMinute)));
    events.push(meta(at, 0x51, [micro >> 16, (micro >> 8) & 255, micro & 255]));
  }
  return events;
}

/** An end is a beginning of velocity 0, so that running status serves for both. */
function noteEvents({ pitch, start, duration, velocity = 80, channel = 0 }: Note): Event[] {
  const on = 0x90 | channel;
  return [
    { at: start, order: 2, bytes: [on, pitch, Math.min(127, Math.max(1, Math.round(velocity)))] },
    { at: start + duration, order: 1, bytes: [on, pitch, 0] },
  ];
}

function track(events: Event[]): number[] {
  events.sort((a, b) => a.at - b.at || a.order - b.order);
  const body: number[] = [];
  let now = 0;
  let running = -1;
  for (const { at, bytes } of events) {
    body.push(...variable(at - now));
    now = at;
    const status = bytes[0]!;
    body.push(...(status === running ? bytes.slice(1) : bytes));
    running = status < 0xf0 ? status : -1; // meta events end running status
  }
  body.push(0, 0xff, 0x2f, 0);
  return [...ascii("MTrk"), ...word(body.length), ...body];
}

/** Seven bits a byte, the highest first; the top bit says that more follow. */
function variable(value: number): number[] {
  const bytes = [value & 0x7f];
  for (let rest = value >>> 7; rest > 0; rest >>>= 7) bytes.unshift((rest & 0x7f) | 0x80);
  return bytes;
}

const ascii = (text: string) => [...text].map((c) => c.charCodeAt(0));
const word = (n: number) => [n >>> 24, (n >>> 16) & 255, (n >>> 8) & 255, n & 255];
