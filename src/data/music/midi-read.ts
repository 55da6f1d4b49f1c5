// Reads Standard MIDI Files (formats 0, 1 and 2) into notes. Big-endian; see the SMF 1.1 specification.
import { fail } from "../../base/index.ts";
import type { ReadOptions } from "../readers/lines.ts";
import { keyOfFifths } from "./keys.ts";
import { type Note, type Score, score } from "./score.ts";

export interface MidiFile extends Score {
  format: 0 | 1 | 2;
  /** Notes that were still on at their track's end, and were ended there. */
  unended: number;
}

/**
 * Reads notes, tempos, the first time and key signature and the first track name. Unknown chunks, system exclusive
 * messages and controllers are passed over. Tracks of format 2 follow one another.
 *
 * @throws UnrolledError with the byte offset where the file is cut short or broken
 */
export function readMidi(bytes: Uint8Array, { source = "midi" }: ReadOptions = {}): MidiFile {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const wrong = (at: number, problem: string): never =>
    fail({ where: `${source}: byte ${at}`, problem, code: "file", hint: "export the MIDI file again" });
  const need = (at: number, count: number, what: string) => {
    if (at + count > bytes.length) wrong(at, `the file ends within ${what}`);
  };
  const name = (at: number) => String.fromCharCode(...bytes.subarray(at, at + 4));

  need(0, 14, "the header");
  if (name(0) !== "MThd") wrong(0, `expected "MThd", got ${JSON.stringify(name(0))}`);
  const headerLength = view.getUint32(4);
  if (headerLength < 6) wrong(4, `expected a header of 6 bytes, got ${headerLength}`);
  const format = view.getUint16(8);
  if (format > 2) wrong(8, `expected format 0, 1 or 2, got ${format}`);
  const division = view.getUint16(12);
  const smpte = (division & 0x8000) !== 0;
  // SMPTE time: frames a second times parts of a frame; at 120 quarters a minute a quarter is half a second.
  const perSecond = (256 - (division >> 8)) * (division & 0xff);
  const ticksPerQuarter = smpte ? Math.max(1, Math.round(perSecond / 2)) : division;
  if (ticksPerQuarter === 0) wrong(12, "a quarter of 0 ticks");

  const music: Draft = { notes: [], tempos: [], unended: 0 };
  let offset = 0;
  let at = 8 + headerLength;
  while (at < bytes.length) {
    need(at, 8, "a chunk's head");
    const length = view.getUint32(at + 4);
    need(at + 8, length, `the chunk ${JSON.stringify(name(at))} of ${length} bytes at ${at}`);
    if (name(at) === "MTrk") {
      const end = readTrack(bytes, at + 8, at + 8 + length, offset, music, wrong);
      if (format === 2) offset = end;
    }
    at += 8 + length;
  }
  const tempos = smpte ? [] : music.tempos.sort((a, b) => a.at - b.at);
  const { notes, meter, key, title, unended } = music;
  return {
    ...score({ ticksPerQuarter, notes, tempos, meter, key, ...(title ? { title } : {}) }),
    format: format as 0 | 1 | 2,
    unended,
  };
}

interface Draft {
  notes: Note[];
  tempos: Score["tempos"];
  meter?: readonly [number, number];
  key?: string;
  title?: string;
  unended: number;
}

/** Reads one track from `at` to `end`; its events begin at tick `offset`. Returns the tick where it ends. */
function readTrack(
  bytes: Uint8Array,
  at: number,
  end: number,
  offset: number,
  music: Draft,
  wrong: (at: number, problem: string) => never,
): number {
  let tick = offset;
  let running = 0;
  const on = new Map<number, Note[]>(); // channel * 128 + pitch -> notes that sound, the oldest first

  const byte = (): number => {
    if (at >= end) wrong(at, "the track ends within an event");
    return bytes[at++]!;
  };
  const number = (): number => {
    let value = 0;
    for (let count = 0; count < 4; count++) {
      const part = byte();
      value = value * 128 + (part & 0x7f);
      if (part < 0x80) return value;
    }
    return wrong(at - 4, "a number of more than 4 bytes");
  };
  const data = (): number => {
    const value = byte();
    return value < 0x80 ? value : wrong(at - 1, `expected a data byte below 0x80, got 0x${value.toString(16)}`);
  };
  const finish = () => {
    for (const notes of on.values()) {
      for (const note of notes) {
        note.duration = Math.max(1, tick - note.start);
        music.unended++;
      }
    }
    return tick;
  };

  while (at < end) {
    tick += number();
    let status = byte();
    if (status < 0x80) {
      if (running === 0) wrong(at - 1, `expected a status byte, got 0x${status.toString(16)}`);
      status = running;
      at--;
    }
    if (status === 0xff) {
      const type = byte();
      const length = number();
      if (at + length > end) wrong(at, "the track ends within a meta event");
      if (readMeta(type, bytes.subarray(at, at + length), tick, music)) return finish();
      at += length;
    } else if (status === 0xf0 || status === 0xf7) {
      const length = number();
      if (at + length > end) wrong(at, "the track ends within a system exclusive message");
      at += length;
    } else if (status > 0xf0) wrong(at - 1, `a message 0x${status.toString(16)} that files do not have`);
    else {
      running = status;
      const kind = status >> 4;
      const channel = status & 15;
      const first = data();
      const second = kind === 0xc || kind === 0xd ? 0 : data();
      if (kind !== 8 && kind !== 9) continue;
      const key = channel * 128 + first;
      if (kind === 9 && second > 0) {
        const note: Note = { pitch: first, start: tick, duration: 1, velocity: second, channel };
        music.notes.push(note);
        on.set(key, [...(on.get(key) ?? []), note]);
      } else {
        const note = on.get(key)?.shift();
        if (note) note.duration = Math.max(1, tick - note.start);
      }
    }
  }
  return finish();
}

/** Reads what a score keeps of meta events; true at the end of the track. */
function readMeta(type: number, data: Uint8Array, tick: number, music: Draft): boolean {
  if (type === 0x51 && data.length >= 3) {
    const microseconds = data[0]! * 65536 + data[1]! * 256 + data[2]!;
    if (microseconds > 0) music.tempos.push({ at: tick, quartersPerMinute: 60e6 / microseconds });
  } else if (type === 0x58 && data.length >= 2 && data[0]! > 0 && data[1]! < 8)
    music.meter ??= [data[0]!, 2 ** data[1]!];
  else if (type === 0x59 && data.length >= 2) {
    const fifths = (data[0]! << 24) >> 24;
    if (Math.abs(fifths) <= 7) music.key ??= keyOfFifths(fifths, data[1] === 1);
  } else if (type === 0x03 && data.length > 0) music.title ||= new TextDecoder().decode(data);
  return type === 0x2f;
}
