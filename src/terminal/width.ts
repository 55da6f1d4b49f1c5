// How many columns text takes in a terminal: two for CJK and emoji, none for marks and color codes.

const ansi = /\x1b\[[0-9;?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)/g;
const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" });
const invisible = /^(?:\p{Control}|\p{Format}|\p{Mark})*$/u;
const emoji = /^(?:\p{Emoji_Presentation}|\p{Extended_Pictographic}\ufe0f)/u;
/** East Asian Width W and F (Unicode 16), in blocks. */
const wide =
  /^[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{17000}-\u{18cff}\u{1b000}-\u{1b2ff}\u{1f200}-\u{1f2ff}\u{20000}-\u{3fffd}]/u;

/** Text without color codes and other escape sequences. */
export function stripAnsi(text: string): string {
  return text.replace(ansi, "");
}

/** Columns that a line of text takes. */
export function displayWidth(text: string): number {
  const bare = stripAnsi(text);
  if (/^[\x20-\x7e]*$/.test(bare)) return bare.length;
  let width = 0;
  for (const { segment } of graphemes.segment(bare)) width += graphemeWidth(segment);
  return width;
}

function graphemeWidth(grapheme: string): number {
  if (invisible.test(grapheme)) return 0;
  return wide.test(grapheme) || emoji.test(grapheme) ? 2 : 1;
}

/** Cuts a line to at most `columns`, ending in an ellipsis where it was cut; color codes are kept whole. */
export function truncate(text: string, columns: number, ellipsis = "…"): string {
  if (displayWidth(text) <= columns) return text;
  const room = columns - displayWidth(ellipsis);
  if (room < 0) return "";
  let width = 0;
  let result = "";
  let colored = false;
  for (const part of text.split(new RegExp(`(${ansi.source})`))) {
    if (part.startsWith("\x1b")) {
      result += part;
      colored = true;
      continue;
    }
    for (const { segment } of graphemes.segment(part)) {
      width += graphemeWidth(segment);
      if (width > room) return `${result}${ellipsis}${colored ? "\x1b[0m" : ""}`;
      result += segment;
    }
  }
  return result;
}

/** Pads with spaces to `columns`, on the right or (align "right") on the left. */
export function pad(text: string, columns: number, align: "left" | "right" = "left"): string {
  const space = " ".repeat(Math.max(0, columns - displayWidth(text)));
  return align === "left" ? text + space : space + text;
}
