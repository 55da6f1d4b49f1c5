// A small stroke font of this project's own, so that labels can be drawn where there is no text engine: Latin letters,
// digits, punctuation, the common accents. The pen follows lines and arcs; units: x-height 10, capitals 14, baseline 0, y up.
//
// "L x y x y ..." is a line through points (one point twice: a dot); "A cx cy rx ry from to" an elliptic arc in degrees,
// counter-clockwise. The number before the colon is the width.

const S = "A4.5 10.4 4.5 3.6 40 270;A4.5 3.4 4.5 3.4 -140 90";
const P = "L0 0 0 14 5 14;A5 10.5 3.7 3.5 -90 90;L5 7 0 7";
const bowl = "A4 5 4 5 0 360";

const glyphs: Record<string, string> = {
  " ": "4:",
  a: `8:${bowl};L8 10 8 0`,
  b: `8:${bowl};L0 15 0 0`,
  c: "7:A4 5 4 5 45 315",
  d: `8:${bowl};L8 15 8 0`,
  e: "8:L0 5 8 5;A4 5 4 5 0 315",
  f: "5:A5 12 3 3 30 180;L2 12 2 0;L0 10 5 10",
  g: `8:${bowl};L8 10 8 -1;A4 -1 4 3.5 205 360`,
  h: "8:L0 15 0 0;A4 6 4 4 0 180;L8 6 8 0",
  i: "0:L0 10 0 0;L0 13.4 0 13.4",
  j: "2:L2 10 2 -2;A0 -2 2 2 270 360;L2 13.4 2 13.4",
  k: "7:L0 15 0 0;L6.7 10 0 3.6;L2.4 6.2 7.2 0",
  l: "0:L0 15 0 0",
  m: "12:L0 10 0 0;A3 7 3 3 0 180;L6 7 6 0;A9 7 3 3 0 180;L12 7 12 0",
  n: "8:L0 10 0 0;A4 6 4 4 0 180;L8 6 8 0",
  o: `8:${bowl}`,
  p: `8:${bowl};L0 10 0 -4`,
  q: `8:${bowl};L8 10 8 -4`,
  r: "5:L0 10 0 0;A4 6 4 4 65 180",
  s: "6.6:A3.3 7.45 3.3 2.55 35 270;A3.3 2.45 3.3 2.45 -145 90",
  t: "5:L2 14 2 2.5;A4.5 2.5 2.5 2.5 180 285;L0 10 5 10",
  u: "8:L0 10 0 4;A4 4 4 4 180 360;L8 10 8 0",
  v: "8:L0 10 4 0 8 10",
  w: "12:L0 10 3 0 6 10 9 0 12 10",
  x: "8:L0 10 8 0;L8 10 0 0",
  y: "8:L0 10 4 0;L8 10 2.4 -4 0.8 -4",
  z: "7:L0 10 7 10 0 0 7 0",
  A: "10:L0 0 5 14 10 0;L1.8 5 8.2 5",
  B: "9:L5 7.5 0 7.5 0 14 5 14;A5 10.75 3.25 3.25 -90 90;A5 3.75 4 3.75 -90 90;L0 7.5 0 0 5 0",
  C: "11:A6 7 6 7 45 315",
  D: "10:L4 14 0 14 0 0 4 0;A4 7 6 7 -90 90",
  E: "8:L8 14 0 14 0 0 8 0;L0 7.2 7 7.2",
  F: "8:L8 14 0 14 0 0;L0 7.2 6.5 7.2",
  G: "12:A6 7 6 7 45 360;L12 7 7 7",
  H: "9:L0 0 0 14;L9 0 9 14;L0 7.2 9 7.2",
  I: "0:L0 0 0 14",
  J: "6:L6 14 6 4;A3 4 3 4 180 360",
  K: "9:L0 0 0 14;L8.6 14 0 5;L3.2 8.3 9 0",
  L: "7:L0 14 0 0 7 0",
  M: "11:L0 0 0 14 5.5 4 11 14 11 0",
  N: "9:L0 0 0 14 9 0 9 14",
  O: "12:A6 7 6 7 0 360",
  P: `8.7:${P}`,
  Q: "12:A6 7 6 7 0 360;L7.5 4 12 -1",
  R: `9:${P};L4.6 7 9 0`,
  S: `9:${S}`,
  T: "10:L0 14 10 14;L5 14 5 0",
  U: "9:L0 14 0 4.5;A4.5 4.5 4.5 4.5 180 360;L9 4.5 9 14",
  V: "10:L0 14 5 0 10 14",
  W: "14:L0 14 3.5 0 7 14 10.5 0 14 14",
  X: "9:L0 14 9 0;L9 14 0 0",
  Y: "10:L0 14 5 7 10 14;L5 7 5 0",
  Z: "9:L0 14 9 14 0 0 9 0",
  "0": "8:A4 7 4 7 0 360",
  "1": "6:L1 11 4 14 4 0",
  "2": "8:A4 10 4 4 -35 170;L7.3 7.7 0 0 8 0",
  "3": "8:A4 10.6 3.5 3.4 -90 150;A4 3.6 4 3.6 -150 90",
  "4": "9:L6.5 0 6.5 14 0 4.5 9 4.5",
  "5": "8:L7.5 14 1.2 14 0.9 7.7;A4 4.6 4 4.6 -145 140",
  "6": "8:A4 4.5 4 4.5 0 360;L6.2 14 0.8 7.2",
  "7": "8:L0 14 8 14 3 0",
  "8": "8:A4 10.6 3.3 3.4 0 360;A4 3.6 4 3.6 0 360",
  "9": "8:A4 9.5 4 4.5 0 360;L1.8 0 7.2 6.8",
  ".": "0:L0 .4 0 .4",
  ",": "1:L1 .6 0 -2.6",
  "-": "5:L0 5.5 5 5.5",
  "–": "8:L0 5.5 8 5.5",
  "—": "12:L0 5.5 12 5.5",
  _: "8:L0 -2 8 -2",
  "'": "0:L0 14 0 10.5",
  "’": "1:L1 14 0 10.5",
  "‘": "1:L0 14 1 10.5",
  '"': "3:L0 14 0 10.5;L3 14 3 10.5",
  ":": "0:L0 .4 0 .4;L0 8 0 8",
  ";": "1:L1 .6 0 -2.6;L1 8 1 8",
  "!": "0:L0 14 0 4.5;L0 .4 0 .4",
  "?": "7:A3.5 10.5 3.5 3.5 -60 170;L5.2 7.5 3.5 5.8 3.5 4.2;L3.5 .4 3.5 .4",
  "(": "2:A5 5.5 5 13 140 220",
  ")": "2:A-3 5.5 5 13 -40 40",
  "[": "3:L3 15 0 15 0 -3 3 -3",
  "]": "3:L0 15 3 15 3 -3 0 -3",
  "{": "4:L4 15 2 14 2 8 .5 6 2 4 2 -2 4 -3",
  "}": "4:L0 15 2 14 2 8 3.5 6 2 4 2 -2 0 -3",
  "/": "6:L0 -2 6 15",
  "\\": "6:L0 15 6 -2",
  "|": "0:L0 15 0 -4",
  "&": "10:L10 0 2 9.8;A4.3 11.4 2.6 2.6 -60 215;L5.6 9.1 1.6 6.2;A4 3.5 4 3.5 130 325;L7.3 1.5 9.4 6",
  "%": "12:A2.5 11 2.5 3 0 360;A9.5 3 2.5 3 0 360;L10 14 2 0",
  $: `9:${S};L4.5 16 4.5 -2`,
  "€": "10:A6 7 5 7 45 315;L0 8.5 7 8.5;L0 5.5 7 5.5",
  "£": "8:A5 11 2.6 3 10 180;L2.4 11 2.4 0;L0 0 8 0;L0 6.5 6 6.5",
  "#": "10:L2 0 4 14;L6 0 8 14;L0 9.5 10 9.5;L0 4.5 10 4.5",
  "@": "14:A7 5.5 3 3.5 0 360;L10 9 10 4;A11.9 4 1.9 1.9 180 360;A7 5 7 8 0 300",
  "*": "6:L3 14 3 8;L.4 12.5 5.6 9.5;L.4 9.5 5.6 12.5",
  "+": "8:L4 2 4 10;L0 6 8 6",
  "=": "8:L0 7.5 8 7.5;L0 4 8 4",
  "<": "7:L7 10 0 6 7 2",
  ">": "7:L0 10 7 6 0 2",
  "~": "8:A2 5.5 2 1.8 0 180;A6 5.5 2 1.8 180 360",
  "^": "6:L0 10 3 14 6 10",
  "`": "2:L0 14 2 11.5",
};

/** Combining marks, drawn about x = 0 over a letter of x-height; the cedilla hangs below. */
const marks: Record<string, string> = {
  "\u0300": "L-1.5 14.5 1 12",
  "\u0301": "L1.5 14.5 -1 12",
  "\u0302": "L-2 12 0 14.5 2 12",
  "\u0303": "A-1.3 13 1.3 1 0 180;A1.3 13 1.3 1 180 360",
  "\u0304": "L-2.4 13 2.4 13",
  "\u0306": "A0 14.5 2.2 2 180 360",
  "\u0307": "L0 13.4 0 13.4",
  "\u0308": "L-2 13.4 -2 13.4;L2 13.4 2 13.4",
  "\u030a": "A0 13.8 1.6 1.6 0 360",
  "\u030b": "L0 14.5 -1.5 12;L3 14.5 1.5 12",
  "\u030c": "L-2 14.5 0 12 2 14.5",
  "\u0327": "L0 0 0 -1.5;A0 -2.7 1.4 1.2 -120 90",
  "\u0328": "A1.4 -2 1.6 2 100 290",
};

/** Letters that Unicode does not take apart. */
const respelled: Record<string, string> = {
  ß: "ss",
  æ: "ae",
  Æ: "AE",
  œ: "oe",
  ø: "o",
  Ø: "O",
  ł: "l",
  Ł: "L",
  ı: "i",
  đ: "d",
};

const letterGap = 3.6;

export interface Strokes {
  /** Each a run of x and y in units of the font size, y up from the baseline. */
  lines: Float32Array[];
  /** Advance in units of the font size. */
  width: number;
}

/** The pen's path for a text, or `undefined` where the font lacks one of its letters. */
export function textStrokes(text: string): Strokes | undefined {
  const unit = 1 / 19; // the font size spans ascender to descender: 15 + 4
  const lines: Float32Array[] = [];
  let x = 0;
  let letter = { middle: 0, raise: 0 };
  const draw = (path: string, dx: number, dy: number) => {
    for (const part of path.split(";")) {
      if (part) lines.push(outline(part).map((value, i) => (value + (i % 2 ? dy : dx)) * unit));
    }
  };
  for (const c of [...text]
    .map((c) => respelled[c] ?? c)
    .join("")
    .normalize("NFD")) {
    const glyph = glyphs[c];
    if (glyph !== undefined) {
      const [width, path] = [Number.parseFloat(glyph), glyph.slice(glyph.indexOf(":") + 1)];
      draw(path, x, 0);
      letter = { middle: x + width / 2, raise: /[A-Zbdfhklt]/.test(c) ? 4 : 0 };
      x += width + letterGap;
    } else if (marks[c] !== undefined) {
      draw(marks[c], letter.middle, c === "\u0327" || c === "\u0328" ? 0 : letter.raise);
    } else return undefined;
  }
  return { lines, width: Math.max(0, x - letterGap) * unit };
}

function outline(part: string): Float32Array {
  const numbers = part.slice(1).trim().split(/\s+/).map(Number);
  if (part[0] === "L") return Float32Array.from(numbers);
  const [cx, cy, rx, ry, from, to] = numbers as [number, number, number, number, number, number];
  const steps = Math.ceil((to - from) / 15);
  return Float32Array.from({ length: 2 * (steps + 1) }, (_, i) => {
    const angle = ((from + ((to - from) * (i >> 1)) / steps) * Math.PI) / 180;
    return i % 2 ? cy + ry * Math.sin(angle) : cx + rx * Math.cos(angle);
  });
}
