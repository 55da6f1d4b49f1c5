import { describe, expect, it } from "vitest";
import { random, UnrolledError } from "../../base/index.ts";
import { readMidi } from "./midi-read.ts";
import { writeMidi } from "./midi-write.ts";
import { type Note, type Score, score, secondsAt } from "./score.ts";

function randomScore(seed: number): Score {
  const r = random(seed);
  const notes: Note[] = [];
  const free = new Map<string, number>();
  for (let k = 0; k < 60; k++) {
    const [pitch, channel] = [r.below(128), r.below(16)];
    const start = (free.get(`${pitch} ${channel}`) ?? 0) + r.below(500);
    const duration = 1 + r.below(40_000);
    free.set(`${pitch} ${channel}`, start + duration);
    notes.push({ pitch, start, duration, channel, velocity: 1 + r.below(127) });
  }
  return score({ notes, ticksPerQuarter: 1 + r.below(960), meter: [6, 8], key: "Gm", title: "Étude 가" });
}

/** A file from its chunks. */
function file(format: number, division: number, ...tracks: number[][]): Uint8Array {
  const chunk = (name: string, data: number[]) => [
    ...[...name].map((c) => c.charCodeAt(0)),
    0,
    0,
    data.length >> 8,
    data.length & 255,
    ...data,
  ];
  return Uint8Array.from([
    ...chunk("MThd", [0, format, 0, tracks.length, division >> 8, division & 255]),
    ...tracks.flatMap((track) => chunk("MTrk", track)),
  ]);
}
const end = [0, 0xff, 0x2f, 0];

describe("MIDI", () => {
  it("gives the same score when read back, in both formats", () => {
    for (let seed = 0; seed < 40; seed++) {
      const music = randomScore(seed);
      for (const format of [0, 1] as const) {
        const back = readMidi(writeMidi(music, { format, programs: { 3: 40 } }));
        expect(back.notes).toEqual(music.notes);
        expect(back).toMatchObject({
          format,
          ticksPerQuarter: music.ticksPerQuarter,
          meter: [6, 8],
          key: "Gm",
          title: "Étude 가",
          unended: 0,
        });
      }
    }
  });

  it("keeps tempos, and seconds follow them", () => {
    const tempos = [
      { at: 0, quartersPerMinute: 120 },
      { at: 960, quartersPerMinute: 60 },
    ];
    const back = readMidi(writeMidi(score({ notes: [{ pitch: 60, start: 1440, duration: 480 }], tempos })));
    expect(back.tempos).toEqual(tempos);
    expect(secondsAt(back, 1440)).toBeCloseTo(1 + 1);
  });

  it("reads running status, velocity 0, both kinds of off, unknown chunks and messages", () => {
    const track = [
      ...[0, 0x90, 60, 64], // on
      ...[10, 62, 64], // running status: on
      ...[5, 60, 0], // velocity 0: off
      ...[0, 0xf0, 2, 1, 0xf7], // system exclusive
      ...[0, 0xb0, 7, 100, 0, 0xc0, 5, 0, 0xe0, 0, 64], // controller, program, bend
      ...[0x81, 0x00, 0x80, 62, 0], // 128 ticks later: off
      ...[0, 0x91, 70, 1],
      ...[3, 0xff, 0x7f, 1, 9], // an unknown meta event
      ...end,
    ];
    const bytes = file(0, 96, track);
    const withStranger = Uint8Array.from([
      ...bytes.subarray(0, 14),
      ...[88, 89, 90, 49, 0, 0, 0, 2, 7, 7],
      ...bytes.subarray(14),
    ]);
    const { notes, unended, ticksPerQuarter } = readMidi(withStranger);
    expect(ticksPerQuarter).toBe(96);
    expect(notes).toEqual([
      { pitch: 60, start: 0, duration: 15, velocity: 64, channel: 0 },
      { pitch: 62, start: 10, duration: 133, velocity: 64, channel: 0 },
      { pitch: 70, start: 143, duration: 3, velocity: 1, channel: 1 },
    ]);
    expect(unended).toBe(1);
  });

  it("puts the tracks of format 2 one after the other, and takes SMPTE time", () => {
    const one = [0, 0x90, 60, 64, 10, 60, 0, ...end];
    expect(readMidi(file(2, 96, one, one)).notes.map(({ start }) => start)).toEqual([0, 10]);
    expect(readMidi(file(1, 96, one, one)).notes.map(({ start }) => start)).toEqual([0, 0]);
    const smpte = readMidi(file(0, 0xe728, one)); // 25 frames of 40 ticks: 1000 a second
    expect(secondsAt(smpte, 1000)).toBeCloseTo(1);
  });

  it("names the byte where a file is broken", () => {
    const good = writeMidi(score({ notes: [{ pitch: 60, start: 0, duration: 9 }] }));
    expect(() => readMidi(good.subarray(0, 9), { source: "a.mid" })).toThrow(
      "a.mid: byte 0: the file ends within the header",
    );
    expect(() => readMidi(Uint8Array.from([...good].fill(65, 0, 4)))).toThrow('byte 0: expected "MThd", got "AAAA"');
    expect(() => readMidi(good.subarray(0, good.length - 2))).toThrow("the file ends within the chunk");
    expect(() => readMidi(file(0, 96, [0, 60, 64]))).toThrow("byte 23: expected a status byte, got 0x3c");
    expect(() => readMidi(file(0, 96, [0, 0x90, 60, 200]))).toThrow(
      "byte 25: expected a data byte below 0x80, got 0xc8",
    );
    expect(() => readMidi(file(0, 96, [0x81, 0x81, 0x81, 0x81, 0]))).toThrow("a number of more than 4 bytes");
    expect(() => readMidi(file(0, 0, end))).toThrow("byte 12: a quarter of 0 ticks");
    expect(() => readMidi(file(3, 96, end))).toThrow("expected format 0, 1 or 2, got 3");
  });

  it("never throws anything but its own errors, whatever bytes come", () => {
    const r = random(5);
    const good = writeMidi(randomScore(3));
    for (let n = 0; n < 400; n++) {
      const bytes = good.slice(0, 14 + r.below(good.length));
      for (let k = 0; k < 1 + r.below(6); k++) bytes[r.below(bytes.length)] = r.below(256);
      try {
        for (const note of readMidi(bytes).notes) expect(note.duration).toBeGreaterThan(0);
      } catch (error) {
        expect(error).toBeInstanceOf(UnrolledError);
        expect((error as Error).message).toMatch(/^midi: byte \d+: /);
      }
    }
  });
});
