// Cuts the music code of an ABC tune into signs, with the line and column of each.

export type AbcSign =
  | { kind: "note"; accidental: string; letter: string; octave: string; length: string }
  | { kind: "rest"; length: string }
  | { kind: "measures"; count: number }
  | { kind: "chord"; notes: string; length: string }
  | { kind: "tie" }
  | { kind: "broken"; marks: string }
  | { kind: "tuplet"; p: number; q?: number; r?: number }
  | { kind: "bar"; text: string }
  | { kind: "symbol"; text: string }
  | { kind: "field"; name: string; value: string }
  | { kind: "skip" };

export type PlacedSign = AbcSign & { line: number; column: number };

const length = String.raw`(\d*(?:\/+\d*)?)`;
const note = String.raw`(\^{1,2}|_{1,2}|=)?([A-Ga-g])([,']*)${length}`;
/** In this order; the first that fits at a place is taken. */
const rules: [RegExp, (m: RegExpExecArray) => AbcSign][] = [
  [/[ \t`\\]+|y\d*|\$/y, () => ({ kind: "skip" })],
  [/%.*/y, () => ({ kind: "skip" })],
  [/"([^"]*)"/y, (m) => ({ kind: "symbol", text: m[1]! })],
  [/\[([A-Za-z]):([^\]]*)\]/y, (m) => ({ kind: "field", name: m[1]!, value: m[2]! })],
  [/\{[^}]*\}/y, () => ({ kind: "skip" })], // grace notes take no time
  [/![^!\s]*!|\+[a-zA-Z0-9.<>()]+\+|[~.H-Wh-w]/y, () => ({ kind: "skip" })], // decorations
  [
    new RegExp(note, "y"),
    (m) => ({ kind: "note", accidental: m[1] ?? "", letter: m[2]!, octave: m[3]!, length: m[4]! }),
  ],
  [new RegExp(`[zx]${length}`, "y"), (m) => ({ kind: "rest", length: m[1]! })],
  [/[ZX](\d*)/y, (m) => ({ kind: "measures", count: Number(m[1] || 1) })],
  [/(?::*\|[|\]:]*|:{2,}|\[\||:+(?=\|))(?:\[?\d(?:[,-]\d)*)?|\[\d(?:[,-]\d)*/y, (m) => ({ kind: "bar", text: m[0] })],
  [new RegExp(String.raw`\[([^\]|:]*)\]${length}`, "y"), (m) => ({ kind: "chord", notes: m[1]!, length: m[2]! })],
  [/\((\d)(?::(\d?)(?::(\d?))?)?/y, (m) => ({ kind: "tuplet", p: Number(m[1]), ...opt("q", m[2]), ...opt("r", m[3]) })],
  [/[()]/y, () => ({ kind: "skip" })], // slurs
  [/-/y, () => ({ kind: "tie" })],
  [/[<>]+/y, (m) => ({ kind: "broken", marks: m[0] })],
];

const opt = (name: "q" | "r", text: string | undefined) => (text ? { [name]: Number(text) } : {});

/**
 * Signs of one line of music code.
 *
 * @returns the signs, or the column (from 1) of a character that is none
 */
export function lexAbc(text: string, line: number): PlacedSign[] | { column: number } {
  const signs: PlacedSign[] = [];
  let at = 0;
  next: while (at < text.length) {
    for (const [pattern, make] of rules) {
      pattern.lastIndex = at;
      const match = pattern.exec(text);
      if (!match || match[0] === "") continue;
      const sign = make(match);
      if (sign.kind !== "skip") signs.push({ ...sign, line, column: at + 1 });
      at += match[0].length;
      continue next;
    }
    return { column: at + 1 };
  }
  return signs;
}

/** The notes inside `[CEG]`, each with its own length and tie. */
export function lexChord(
  text: string,
): { accidental: string; letter: string; octave: string; length: string; tie: boolean }[] | undefined {
  const pattern = new RegExp(`${note}(-?)`, "y");
  const notes = [];
  const code = text.replace(/![^!]*!|"[^"]*"|[ .~()]/g, "");
  for (let at = 0; at < code.length; at = pattern.lastIndex) {
    pattern.lastIndex = at;
    const m = pattern.exec(code);
    if (!m) return undefined;
    notes.push({ accidental: m[1] ?? "", letter: m[2]!, octave: m[3]!, length: m[4]!, tie: m[5] === "-" });
  }
  return notes.length ? notes : undefined;
}

/** `3/2` -> [3, 2]; nothing -> [1, 1]; `/` -> [1, 2]; `//` -> [1, 4]. */
export function parseLength(text: string): [number, number] {
  const match = /^(\d*)(\/*)(\d*)$/.exec(text)!;
  const slashes = match[2]!.length;
  return [Number(match[1] || 1), slashes === 0 ? 1 : match[3] ? Number(match[3]) : 2 ** slashes];
}
