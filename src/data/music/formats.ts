// Music as data formats: ABC, MIDI, chorales.

import type { WholeFormat } from "../readers/format.ts";
import type { ReadWarning } from "../readers/lines.ts";
import { readAbc } from "./abc-read.ts";
import { readChorales, type Steps } from "./chorales.ts";
import { readMidi } from "./midi-read.ts";
import type { Score } from "./score.ts";

/** Tunes with what is known of them, or pieces as time steps of sounding pitches. */
export interface MusicData {
  tunes: { music: Score; labels: Record<string, string> }[];
  /** Pieces of the parts that the file has; none where it holds tunes. */
  steps: { train: Steps[]; valid: Steps[]; test: Steps[] };
  warnings: ReadWarning[];
}

const none = () => ({ train: [], valid: [], test: [] });

/** Tunes that cannot be read are left out, each with the reader's own reason and line. */
export const abcTunes: WholeFormat<MusicData> = {
  kinds: ["music"],
  names: ["abc"],
  read(bytes, { source = "abc" }) {
    const { tunes, warnings } = readAbc(new TextDecoder().decode(bytes), { source });
    const labeled = tunes.map((music) => ({
      music,
      labels: { key: music.key, ...(music.rhythm ? { style: music.rhythm.toLowerCase() } : {}) },
    }));
    return { tunes: labeled, steps: none(), warnings };
  },
  recognize({ lines }) {
    const tunes = lines.filter((line) => /^X:\s*\d+/.test(line)).length;
    if (tunes === 0 || !lines.some((line) => /^K:/.test(line))) return undefined;
    return { kind: "music", format: "abc", message: `music: ABC notation, ${tunes} or more tunes` };
  },
};

export const midiFile: WholeFormat<MusicData> = {
  kinds: ["music"],
  names: ["midi"],
  read(bytes, { source = "midi" }) {
    const music = readMidi(bytes, { source });
    return { tunes: [{ music, labels: { key: music.key } }], steps: none(), warnings: [] };
  },
  recognize: ({ text }) =>
    text.startsWith("MThd") ? { kind: "music", format: "midi", message: "music: a MIDI file" } : undefined,
};

/** Lists of numbers within lists within lists, perhaps under `train`, `valid` and `test`. */
export const choraleSteps: WholeFormat<MusicData> = {
  kinds: ["music"],
  names: ["chorales"],
  read(bytes, { source = "chorales" }) {
    return { tunes: [], steps: readChorales(new TextDecoder().decode(bytes), { source }), warnings: [] };
  },
  recognize: ({ text }) =>
    /^\s*(\{\s*"\w+"\s*:\s*)?\[\s*\[\s*\[\s*(\d|\])/.test(text)
      ? { kind: "music", format: "chorales", message: "music: time steps of sounding pitches (chorale JSON)" }
      : undefined,
};
