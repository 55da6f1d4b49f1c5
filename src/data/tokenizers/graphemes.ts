// User-perceived characters (extended grapheme clusters, UAX #29). Intl.Segmenter knows the rules and is slow; most text
// is made of code units that cannot join with one another, and for these a table lookup is enough.

let segmenter: Intl.Segmenter | undefined;

/**
 * 1 for code units between any two of which there is always a boundary (but for CR LF): Latin, Greek, Cyrillic without
 * its combining marks, kana, CJK ideographs, precomposed Hangul, common punctuation.
 */
const simple = new Uint8Array(65536);
for (const [first, last] of [
  [0x0000, 0x02ff],
  [0x0370, 0x0482],
  [0x048a, 0x052f],
  [0x2010, 0x2027],
  [0x3001, 0x3029],
  [0x3041, 0x3096],
  [0x30a1, 0x30fa],
  [0x3400, 0x9fff],
  [0xac00, 0xd7a3],
  [0xff01, 0xff9d],
] as const) {
  simple.fill(1, first, last + 1);
}

/** Calls `visit` with the start and end (UTF-16 offsets) of each grapheme of the text, in order. */
export function eachGrapheme(text: string, visit: (start: number, end: number) => void): void {
  const n = text.length;
  let i = 0;
  while (i < n) {
    if (boundaryAfter(text, i)) {
      visit(i, i + 1);
      i++;
      continue;
    }
    // A run that the table does not decide: up to the next boundary that it does decide.
    let end = i + 1;
    while (end < n && !boundaryAfter(text, end - 1)) end++;
    segmenter ??= new Intl.Segmenter(undefined, { granularity: "grapheme" });
    for (const { index, segment } of segmenter.segment(text.slice(i, end))) {
      visit(i + index, i + index + segment.length);
    }
    i = end;
  }
}

/** Whether there is surely a boundary between the units at i and i + 1. */
function boundaryAfter(text: string, i: number): boolean {
  const unit = text.charCodeAt(i);
  if (i + 1 >= text.length) return simple[unit] === 1;
  const next = text.charCodeAt(i + 1);
  return simple[unit]! + simple[next]! === 2 && !(unit === 13 && next === 10);
}
