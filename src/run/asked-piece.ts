// What a person asks a generator for, in words: labels, and notes to begin with.
import { fail } from "../base/index.ts";
import { melodyCoder } from "../data/index.ts";
import type { Piece } from "../data/pieces.ts";
import type { Generator } from "../tasks/index.ts";

/** `style=reel`, or a label that only one field has. @param where for the message of an error */
export function labelOf(
  { config: { fields } }: Generator,
  text: string,
  where: string,
): [field: string, label: string] {
  const [, name, value] = /^([^=]+)=(.*)$/.exec(text) ?? [];
  if (name !== undefined && Object.hasOwn(fields, name)) return [name, value!];
  const owner = Object.keys(fields).find((field) => fields[field]!.includes(text));
  if (owner !== undefined) return [owner, text];
  const known = Object.entries(fields).map(
    ([field, all]) => `${field} (${all.slice(0, 8).join(", ")}${all.length > 8 ? ", ..." : ""})`,
  );
  const expected = known.length > 0 ? `one of ${known.join("; ")}` : "no label: this model has none";
  return fail({ where, expected, received: text });
}

/** A text to begin with; for music, pitches: `G4` or `67`, or a chord `C4,E4,G4`. */
export function startOf({ content }: Generator, text: string, where: string): Piece {
  if (content.type === "text") return { text };
  const pitches = text.split(",").map((one) => pitchOf(one.trim()));
  const bad = pitches.find((pitch) => !Number.isInteger(pitch) || pitch < 21 || pitch > 108);
  if (bad !== undefined)
    fail({
      where,
      expected: "notes from A0 to C8 or MIDI numbers from 21 to 108: C4, or 60,64,67",
      received: text,
    });
  if (content.type === "frames") return { steps: [pitches.sort((a, b) => a - b)] };
  const coder = melodyCoder(content.coder.toJSON());
  return { music: coder.decode(pitches.map((pitch) => coder.pitch(pitch))) };
}

/** `C4`, `F#5`, `Bb3` or a MIDI number; NaN for anything else. */
function pitchOf(text: string): number {
  const [, letter, sign, octave] = /^([A-G])([#b]?)(-?\d)$/.exec(text) ?? [];
  if (letter === undefined) return text === "" ? Number.NaN : Number(text);
  const step = { C: 0, D: 2, E: 4, F: 5, G: 7, A: 9, B: 11 }[letter]!;
  return 12 * (Number(octave) + 1) + step + (sign === "#" ? 1 : sign === "b" ? -1 : 0);
}
