// Keys and their signatures, in ABC's words.

const tonics: Record<string, number> = { F: -1, C: 0, G: 1, D: 2, A: 3, E: 4, B: 5 };
/** How far a mode's signature lies from the major key of the same tonic, in fifths. */
const modes: Record<string, number> = {
  "": 0,
  maj: 0,
  ion: 0,
  lyd: 1,
  mix: -1,
  dor: -2,
  m: -3,
  min: -3,
  aeo: -3,
  phr: -4,
  loc: -5,
};
const sharps = "FCGDAEB";

/** Sharps (positive) or flats (negative) of a key such as `Bb`, `F#m`, `D dorian`; undefined where it is none. */
export function keyFifths(key: string): number | undefined {
  const trimmed = key.trim();
  if (/^(none)?$/i.test(trimmed)) return 0;
  if (/^(HP|Hp)/.test(trimmed)) return 2; // Highland pipes: written without, played with F# and C#
  const match = /^([A-G])([#b]?)\s*([A-Za-z]*)/.exec(trimmed);
  if (!match) return undefined;
  const [, tonic, accidental, mode] = match;
  const word = mode!.toLowerCase();
  const shift = modes[word.length > 3 ? word.slice(0, 3) : word];
  if (shift === undefined) return undefined;
  return tonics[tonic!]! + (accidental === "#" ? 7 : accidental === "b" ? -7 : 0) + shift;
}

/** Semitones that a signature adds to each letter: `{ F: 1 }` for one sharp. */
export function signature(fifths: number): Record<string, number> {
  const result: Record<string, number> = {};
  for (let i = 0; i < Math.abs(fifths); i++) {
    const letter = fifths > 0 ? sharps[i % 7]! : sharps[6 - (i % 7)]!;
    result[letter] = (result[letter] ?? 0) + Math.sign(fifths);
  }
  return result;
}

/** The major or minor key of a number of fifths, as MIDI files give it. */
export function keyOfFifths(fifths: number, minor: boolean): string {
  const at = fifths + (minor ? 3 : 0) + 1; // place in the circle from F
  const letter = sharps[((at % 7) + 7) % 7]!;
  const turns = Math.floor(at / 7);
  return letter + (turns > 0 ? "#".repeat(turns) : "b".repeat(-turns)) + (minor ? "m" : "");
}
