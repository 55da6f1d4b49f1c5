import { describe, expect, it } from "vitest";
import { random } from "../../base/index.ts";
import { abcTicks, readAbc } from "./abc-read.ts";
import { writeAbc } from "./abc-write.ts";
import { keyFifths, keyOfFifths, signature } from "./keys.ts";
import { type Note, pitchName, score } from "./score.ts";

/** The tune's notes as `name:eighths`, one string; rests do not show. */
function heard(body: string, head = "M:4/4\nL:1/8\nK:C"): string {
  const { tunes } = readAbc(`X:1\n${head}\n${body}\n`, { strict: true });
  return tunes[0]!.notes
    .map(({ pitch, duration }) => `${pitchName(pitch)}:${+(duration / (abcTicks / 2)).toFixed(4)}`)
    .join(" ");
}
/** Pitches alone. */
const pitches = (body: string, head?: string) => heard(body, head).replace(/:[\d.]+/g, "");

describe("keys", () => {
  it("knows signatures of tonics and modes", () => {
    const cases = {
      C: 0,
      G: 1,
      F: -1,
      "F#": 6,
      Bb: -2,
      Am: 0,
      "C#m": 4,
      Ddor: 0,
      "D dorian": 0,
      Amix: 2,
      Emin: 1,
      Gphr: -3,
      Flyd: 0,
      Blocrian: 0,
    };
    for (const [key, fifths] of Object.entries(cases)) expect([key, keyFifths(key)]).toEqual([key, fifths]);
    expect(keyFifths("H")).toBeUndefined();
    expect(signature(2)).toEqual({ F: 1, C: 1 });
    expect(signature(-3)).toEqual({ B: -1, E: -1, A: -1 });
    for (let fifths = -7; fifths <= 7; fifths++) {
      for (const minor of [false, true]) expect(keyFifths(keyOfFifths(fifths, minor))).toBe(fifths);
    }
    expect([keyOfFifths(-2, false), keyOfFifths(4, true)]).toEqual(["Bb", "C#m"]);
  });
});

describe("readAbc", () => {
  it("reads notes, octaves and lengths", () => {
    expect(heard("C c c' C, C2 C/ C// C3/2 C3/")).toBe("C4:1 C5:1 C6:1 C3:1 C4:2 C4:0.5 C4:0.25 C4:1.5 C4:1.5");
    expect(heard("A", "M:2/4\nK:C")).toBe("A4:0.5"); // below 3/4 the unit is a sixteenth
    expect(heard("A", "M:6/8\nK:C")).toBe("A4:1");
  });

  it("applies the key, and accidentals to the bar's end", () => {
    expect(pitches("F ^G G | G _F =F F", "K:D")).toBe("F#4 G#4 G#4 G4 E4 F4 F4");
    expect(pitches("^F f | F [K:G] F")).toBe("F#4 F#5 F4 F#4");
    expect(pitches("^^C __D")).toBe("D4 C4");
  });

  it("reads rests, chords, ties, tuplets and broken rhythm", () => {
    expect(heard("C-C D2- | D")).toBe("C4:2 D4:3");
    expect(pitches("^C-|C C")).toBe("C#4 C4"); // the tie carries the sharp, the next note is plain
    expect(heard("[CEG]2 [C-E]G C")).toBe("C4:2 E4:2 G4:2 C4:1 E4:1 G4:1 C4:1");
    expect(heard("(3CDE F>G A<<B")).toBe("C4:0.6667 D4:0.6667 E4:0.6667 F4:1.5 G4:0.5 A4:0.25 B4:1.75");
    expect(heard("(3:2:2CD E")).toBe("C4:0.6667 D4:0.6667 E4:1");
    const { notes } = readAbc("X:1\nM:3/4\nL:1/8\nK:C\nC z2 D Z2 E\n").tunes[0]!;
    expect(notes.map(({ start }) => start / (abcTicks / 2))).toEqual([0, 3, 16]);
  });

  it("plays repeats and endings out", () => {
    expect(pitches("|:C D:|E|]").replaceAll("4", "")).toBe("C D C D E");
    expect(pitches("C|1 D:|2 E|]F").replaceAll("4", "")).toBe("C D C E F");
    expect(pitches("|:C|1,2 D:|3 E||F:|").replaceAll("4", "")).toBe("C D C D C E F F");
    expect(pitches("C:|D:|").replaceAll("4", "")).toBe("C C D D");
    expect(pitches("|:C::D:|").replaceAll("4", "")).toBe("C C D D");
    expect(pitches("A||C:|").replaceAll("4", "")).toBe("A C C");
    expect(pitches("|:A||C:|").replaceAll("4", "")).toBe("A C A C");
    expect(pitches("|:C|[1D:|[2E|]|:F|1G:|2A|]").replaceAll("4", "")).toBe("C D C E F G F A");
    expect(pitches("|:C|1D:|\n|2E|").replaceAll("4", "")).toBe("C D C E");
  });

  it("leaves out what takes no time, and keeps chord symbols and headers", () => {
    const file =
      'X:7\nT:Slow water % a remark\nT:other\nR:reel\nM:C|\nL:1/8\nQ:1/4=90\nK:Gmaj\n% remark\n"G"~G2 {ab}A.B "Am7"(c!trill!d) "^up"e|\nw:la la\n';
    const [tune] = readAbc(file, { strict: true }).tunes;
    expect(tune).toMatchObject({ number: 7, title: "Slow water", rhythm: "reel", meter: [2, 2], key: "Gmaj", line: 1 });
    expect(tune!.tempos).toEqual([{ at: 0, quartersPerMinute: 90 }]);
    expect(tune!.notes.map(({ pitch }) => pitch)).toEqual([67, 69, 71, 72, 74, 76]);
    expect(tune!.chords).toEqual([
      { at: 0, name: "G" },
      { at: 2 * abcTicks, name: "Am7" },
    ]);
  });

  it("reads voices side by side", () => {
    const { notes } = readAbc("X:1\nL:1/4\nK:C\nV:1\nCDE|\nV:2\nC,3|\n[V:1] F|\n").tunes[0]!;
    expect(notes.map(({ pitch, start, channel }) => [pitch, start / abcTicks, channel])).toEqual([
      [60, 0, 0],
      [48, 0, 1],
      [62, 1, 0],
      [64, 2, 0],
      [65, 3, 0],
    ]);
  });

  it("names line and column of what is no music, and goes on to the next tune", () => {
    const file = "X:1\nK:C\nCD?E|\n\nX:2\nK:C\nC|\n\nX:3\nT:headless\n\n";
    const { tunes, warnings } = readAbc(file, { source: "t.abc" });
    expect(tunes.map(({ number }) => number)).toEqual([2]);
    expect(warnings.map(({ problem, lines }) => [problem, lines[0]])).toEqual([
      ['a tune was left out: t.abc:3:3: no music: "?"', 1],
      ["a tune was left out: t.abc:9: the tune has no key (K:), which ends its header", 9],
    ]);
    expect(() => readAbc(file, { source: "t.abc", strict: true })).toThrow("t.abc:3:3: no music");
    expect(() => readAbc("X:1\nK:Q\nC", { strict: true })).toThrow('abc:2: no key: "Q"');
    expect(() => readAbc("X:1\nM:3/0\nK:C\nC", { strict: true })).toThrow('abc:2: no meter: "3/0"');
    expect(() => readAbc("X:1\nL:0\nK:C\nC", { strict: true })).toThrow("abc:2: no unit length");
    expect(() => readAbc("X:1\nK:C\nC0", { strict: true })).toThrow("abc:3:1: a length of nothing");
    expect(readAbc("prose\n").warnings[0]!.problem).toBe("the file has no tune that could be read");
  });

  it("never throws anything but its own errors, whatever comes", () => {
    const r = random(31);
    const signs = "ABCdefgz|:[]()123/<>-^_=\",'{}!~xZV&?. \n";
    for (let n = 0; n < 500; n++) {
      const body = Array.from({ length: r.below(60) }, () => signs[r.below(signs.length)]).join("");
      const { tunes } = readAbc(`X:1\nK:C\n${body}\n`);
      for (const { notes } of tunes)
        for (const note of notes) expect(Number.isInteger(note.start + note.duration)).toBe(true);
    }
  });
});

describe("writeAbc", () => {
  it("gives the same notes when read back, for every polyphony, key, meter and channel", () => {
    const r = random(12);
    const keys = ["C", "D", "Bb", "F#m", "Cb", "C#", "Edor"];
    for (let n = 0; n < 120; n++) {
      const notes: Note[] = [];
      const ends = new Map<string, number>();
      for (let k = 0; k < 25; k++) {
        const note = {
          pitch: 40 + r.below(50),
          start: r.below(60) * 80,
          duration: 80 * (1 + r.below(12)),
          channel: r.below(3),
        };
        const name = `${note.pitch} ${note.channel}`;
        const apart = notes.every(
          (other) =>
            other.pitch !== note.pitch ||
            other.channel !== note.channel ||
            other.start >= note.start + note.duration ||
            other.start + other.duration <= note.start,
        );
        if (apart) notes.push(note);
        ends.set(name, note.start);
      }
      const channels = [...new Set(notes.map(({ channel }) => channel!))].sort();
      const music = score({
        notes: notes.map((note) => ({ ...note, channel: channels.indexOf(note.channel!) })),
        key: keys[n % keys.length]!,
        meter: n % 2 ? [3, 4] : [6, 8],
        tempos: [{ at: 0, quartersPerMinute: 100 }],
        title: "made up",
      });
      const [back] = readAbc(writeAbc(music), { strict: true }).tunes;
      const factor = abcTicks / music.ticksPerQuarter;
      expect(back!.notes).toEqual(
        music.notes.map(({ pitch, start, duration, channel }) => ({
          pitch,
          start: start * factor,
          duration: duration * factor,
          channel,
        })),
      );
      expect(back).toMatchObject({ key: music.key, meter: music.meter, title: "made up", tempos: music.tempos });
    }
  });

  it("writes what a player of the instrument would", () => {
    const [tune] = readAbc("X:1\nT:Plain\nM:4/4\nL:1/8\nK:D\nD2F2 A>B c2- | c2 ^G=G z2 d/e/f |]\n", {
      strict: true,
    }).tunes;
    expect(writeAbc(tune!)).toBe(
      "X:1\nT:Plain\nM:4/4\nL:1/8\nQ:1/4=120\nK:D\nD2 F2 A3/2 B/2 c2- | ^c2 ^G =G z2 d/2 e/2 f |]\n".replace(
        "=c2",
        "^c2",
      ),
    );
  });
});
