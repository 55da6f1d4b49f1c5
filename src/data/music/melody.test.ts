import { describe, expect, it } from "vitest";
import { random } from "../../base/index.ts";
import { findStepsPerQuarter, pianoRollOf, readChorales, scoreOfSteps, stepsOfRoll, stepsOfScore } from "./chorales.ts";
import { fitRange, melodyCoder } from "./melody.ts";
import { type Note, score, transpose, withResolution } from "./score.ts";
import { synthesize, writeWav } from "./synth.ts";

describe("melodyCoder", () => {
  const coder = melodyCoder({ lowest: 60, highest: 72 });

  it("writes hold, off and pitches", () => {
    const notes = [
      { pitch: 60, start: 0, duration: 480 },
      { pitch: 62, start: 480, duration: 240 },
      { pitch: 64, start: 960, duration: 120 },
    ];
    const events = coder.encode(score({ notes }));
    expect([...events].map((id) => coder.vocabulary.token(id)).join(" ")).toBe("C4 hold hold hold D4 hold off hold E4");
  });

  it("decode(encode(m)) = m on the grid, and encode(decode(e)) = e", () => {
    const r = random(6);
    for (let n = 0; n < 50; n++) {
      const notes: Note[] = [];
      for (let at = 0; at < 40; ) {
        const duration = 1 + r.below(6);
        if (r.below(4)) notes.push({ pitch: 60 + r.below(13), start: at * 120, duration: duration * 120 });
        at += duration;
      }
      const music = score({ notes });
      const events = coder.encode(music);
      const back = coder.decode(events);
      expect(back.notes).toEqual(music.notes);
      expect(coder.encode(back)).toEqual(events);
    }
  });

  it("takes the highest of what sounds together, skips specials and stops at eos", () => {
    const both = score({ notes: [0, 1, 2].map((k) => ({ pitch: 60 + 4 * k, start: 0, duration: 120, channel: k })) });
    expect([...coder.encode(both)]).toEqual([coder.pitch(68)]);
    const { bos, eos } = coder.special;
    const { notes } = coder.decode([bos!, coder.pitch(60), coder.hold, eos!, coder.pitch(61)]);
    expect(notes).toEqual([{ pitch: 60, start: 0, duration: 240 }]);
    expect(() => coder.encode(score({ notes: [{ pitch: 40, start: 0, duration: 9 }] }))).toThrow(
      "expected pitches from 60 (C4) to 72 (C5), got 40",
    );
    const low = score({ notes: [{ pitch: 40, start: 0, duration: 9 }] });
    expect(fitRange(low, 60, 72)!.notes[0]!.pitch).toBe(64);
    expect(fitRange(score({ notes: [...low.notes, { pitch: 99, start: 0, duration: 1 }] }), 60, 72)).toBeUndefined();
    expect(melodyCoder(coder.toJSON()).vocabulary.tokens).toEqual(coder.vocabulary.tokens);
  });
});

describe("chorales", () => {
  it("reads the parts and drops silence", () => {
    const data = readChorales('{"train": [[[64, 60, -1], []]], "valid": [], "test": [[[72]]]}');
    expect(data).toEqual({ train: [[[60, 64], []]], valid: [], test: [[[72]]] });
    expect(readChorales([[[1]]]).train).toEqual([[[1]]]);
    expect(() => readChorales('{"train": [[[60], [200]]]}')).toThrow(
      "chorales: train[0][1]: expected pitches of 0 to 127, got 200",
    );
    expect(() => readChorales('{"train": [[60]]}')).toThrow("chorales: train[0][0]: expected a list, got number");
    expect(() => readChorales("{")).toThrow("chorales: expected JSON");
    expect(() => readChorales("{}")).toThrow('expected "train", "valid" and "test"');
  });

  it("tells how long a step is from where the harmony moves", () => {
    const r = random(4);
    const chord = () => [40 + r.below(9), 50 + r.below(9), 60 + r.below(9)];
    // Chords at quarters; on some eighths between them one voice passes; each step then stands for 1, 2 or 4.
    const eighths = Array.from({ length: 60 }, () => chord()).flatMap((now) => [
      now,
      r.below(5) < 3 ? [now[0]!, now[1]!, now[2]! + 1] : now,
    ]);
    const quarters = eighths.filter((_, i) => i % 2 === 0);
    const sixteenths = eighths.flatMap((now) => [now, now]);
    expect([quarters, eighths, sixteenths].map((piece) => findStepsPerQuarter([piece]))).toEqual([1, 2, 4]);
    expect(findStepsPerQuarter([[[60]], []])).toBe(1);
  });

  it("goes to the piano roll and to a score, and back", () => {
    const r = random(2);
    const piece = Array.from({ length: 30 }, () =>
      [...new Set(Array.from({ length: r.below(5) }, () => 21 + r.below(88)))].sort((a, b) => a - b),
    );
    piece.push([60]); // a score has no silence at its end
    expect(stepsOfRoll(pianoRollOf(piece))).toEqual(piece);
    for (const hold of [true, false]) {
      for (const stepsPerQuarter of [1, 4]) {
        expect(stepsOfScore(scoreOfSteps(piece, { hold, stepsPerQuarter }), { stepsPerQuarter })).toEqual(piece);
      }
    }
    expect(() => pianoRollOf([[12]])).toThrow("expected pitches from 21 to 108, got 12 at step 0");
    expect(scoreOfSteps([[60], [60]]).notes).toHaveLength(1);
    expect(scoreOfSteps([[60], [60]], { hold: false }).notes).toHaveLength(2);
  });
});

describe("score", () => {
  it("transposes all but drums, within range, and changes resolution exactly", () => {
    const music = score({
      notes: [
        { pitch: 126, start: 0, duration: 3 },
        { pitch: 40, start: 3, duration: 3, channel: 9 },
      ],
    });
    expect(transpose(music, 5).notes.map(({ pitch }) => pitch)).toEqual([119, 40]);
    expect(withResolution(withResolution(music, 960), 480)).toEqual(music);
    expect(() => score({ notes: [{ pitch: 60, start: 0, duration: 0 }] })).toThrow("duration 0");
  });
});

describe("synthesize", () => {
  it("sounds at the note's frequency for the note's time", () => {
    const music = score({
      notes: [{ pitch: 69, start: 480, duration: 480 }],
      tempos: [{ at: 0, quartersPerMinute: 60 }],
    });
    const rate = 8000;
    const samples = synthesize(music, { sampleRate: rate });
    const power = (frequency: number, from: number, to: number) => {
      let [re, im] = [0, 0];
      for (let i = from * rate; i < to * rate; i++) {
        re += samples[i]! * Math.cos((2 * Math.PI * frequency * i) / rate);
        im += samples[i]! * Math.sin((2 * Math.PI * frequency * i) / rate);
      }
      return re * re + im * im;
    };
    expect(Math.max(...samples.subarray(0, rate))).toBe(0); // a quarter of silence
    expect(power(440, 1, 2)).toBeGreaterThan(20 * power(466, 1, 2));
    expect(power(880, 1, 2)).toBeGreaterThan(20 * power(932, 1, 2));
    expect(samples.reduce((m, s) => Math.max(m, Math.abs(s)), 0)).toBeCloseTo(0.9, 5);
    expect(Math.abs(samples.at(-1)!)).toBeLessThan(0.001);
  });

  it("writes a WAV file whose numbers agree with one another", () => {
    const bytes = writeWav(Float32Array.of(0, 1, -1, 2, 0.5), 8000);
    const view = new DataView(bytes.buffer);
    expect(new TextDecoder().decode(bytes.subarray(0, 4))).toBe("RIFF");
    expect([
      view.getUint32(4, true),
      view.getUint32(24, true),
      view.getUint32(28, true),
      view.getUint32(40, true),
    ]).toEqual([46, 8000, 16000, 10]);
    expect([0, 1, 2, 3, 4].map((i) => view.getInt16(44 + 2 * i, true))).toEqual([0, 32767, -32767, 32767, 16384]);
    expect(synthesize(score({ notes: [] })).every((s) => s === 0)).toBe(true);
  });
});
