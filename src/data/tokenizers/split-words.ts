// Where words begin and end: runs of letters, marks and digits are words; every other character but space is a token of
// its own; a newline is a token too. Not UAX #29: that finds boundaries for a cursor, this finds units for a model.

/**
 * How a text is cut. `unicode`: as above. `whitespace`: at spaces only, as Python's `split`, for corpora that are tokenized
 * already. `segmenter`: by `Intl.Segmenter`, which has dictionaries for scripts without spaces (Chinese, Japanese, Thai, ...);
 * they are those of the host, so another host may cut a word elsewhere.
 */
export type WordSplit = "unicode" | "whitespace" | "segmenter";

export const wordSplits: readonly WordSplit[] = ["unicode", "whitespace", "segmenter"];

// Classes of UTF-16 units.
const OTHER = 0;
const LETTER = 1; // letters, other numbers, underscore
const DIGIT = 2;
const MARK = 3; // combining marks, joiners, variation selectors
const SPACE = 4;
const NEWLINE = 5;
const SURROGATE = 6;
const CONTROL = 7; // control characters, byte order mark: spaces, but tokens where only spaces cut

let table: Uint8Array | undefined;

function classes(): Uint8Array {
  if (table) return table;
  const made = new Uint8Array(65536);
  for (let unit = 0; unit < 65536; unit++) made[unit] = classOf(String.fromCharCode(unit));
  made.fill(SURROGATE, 0xd800, 0xe000);
  made[10] = NEWLINE;
  table = made;
  return made;
}

function classOf(character: string): number {
  if (/[\p{L}\p{Nl}\p{No}_]/u.test(character)) return LETTER;
  if (/\p{Nd}/u.test(character)) return DIGIT;
  if (/[\p{M}\u200c\u200d]/u.test(character)) return MARK;
  if (/[^\S\ufeff]|[\x1c-\x1f\x85]/u.test(character)) return SPACE;
  return /[\p{Cc}\ufeff]/u.test(character) ? CONTROL : OTHER;
}

/**
 * Calls `visit` with the start and end (UTF-16 offsets) of each token, in order.
 *
 * An apostrophe between letters stays in its word (don't, l’eau), a point or comma between digits in its number (3.14).
 * @param whole texts such as `<unk>` that are one token wherever they stand
 */
export function eachWord(
  text: string,
  split: WordSplit,
  whole: readonly string[],
  visit: (start: number, end: number) => void,
): void {
  if (split === "segmenter") {
    eachSegment(text, whole, visit);
    return;
  }
  const kinds = classes();
  const control = split === "unicode" ? SPACE : OTHER;
  const n = text.length;
  const at = (i: number) => {
    if (i >= n) return SPACE;
    const kind = kinds[text.charCodeAt(i)]!;
    if (kind === CONTROL) return control;
    return kind === SURROGATE ? classOf(String.fromCodePoint(text.codePointAt(i)!)) : kind;
  };
  const width = (i: number) => (text.codePointAt(i)! > 0xffff ? 2 : 1);
  let i = 0;
  while (i < n) {
    const plain = kinds[text.charCodeAt(i)]!;
    const kind = plain === SURROGATE || plain === CONTROL ? at(i) : plain;
    if (kind === SPACE) {
      i++;
      continue;
    }
    const start = i;
    if (kind === NEWLINE) {
      i++;
    } else if (split === "whitespace") {
      while (i < n && at(i) < SPACE) i += width(i);
    } else if (kind === OTHER) {
      const special = whole.find((token) => text.startsWith(token, start));
      i += special?.length ?? width(i);
      // an emoji keeps its variation selector, and what is joined to it
      while (!special && i < n && at(i) === MARK) {
        const joiner = text.charCodeAt(i++) === 0x200d;
        if (joiner && at(i) === OTHER) i += width(i);
      }
    } else {
      let last = kind;
      while (i < n) {
        // Most units are letters: they need no closer look.
        for (let now = kinds[text.charCodeAt(i)]!; now >= LETTER && now <= MARK; ) {
          last = now;
          if (++i === n) break;
          now = kinds[text.charCodeAt(i)]!;
        }
        if (i === n) break;
        const unit = text.charCodeAt(i);
        const now = at(i);
        if (now >= LETTER && now <= MARK) {
          last = now;
          i += unit >= 0xd800 && unit < 0xdc00 ? width(i) : 1;
        } else if ((unit === 39 || unit === 0x2019) && last !== DIGIT && at(i + 1) === LETTER) i++;
        else if ((unit === 46 || unit === 44) && last === DIGIT && at(i + 1) === DIGIT) i++;
        else break;
      }
    }
    visit(start, i);
  }
}

/** Words by `Intl.Segmenter`, and ends of lines. Its other pieces of space are no tokens. */
function eachSegment(text: string, whole: readonly string[], visit: (start: number, end: number) => void): void {
  const segmenter = new Intl.Segmenter(undefined, { granularity: "word" });
  let at = 0;
  // Every other part is one of `whole`: `<pad>`, `<unk>`.
  text.split(whole.length > 0 ? new RegExp(`(${whole.join("|")})`) : /$^/).forEach((part, i) => {
    if (i % 2) visit(at, at + part.length);
    else
      for (const { index, segment } of segmenter.segment(part)) {
        const end = at + index + segment.length;
        if (segment.endsWith("\n")) visit(end - 1, end);
        else if (segment.trim()) visit(at + index, end);
      }
    at += part.length;
  });
}
