// Numbers as people write them: 1234.5, 1,234.50, 1.234,50, 1 234,50, $12, 3.5 %. The style is read off a whole column, since
// "1,234" alone can be either of two numbers.

/** How a column writes its numbers. */
export interface NumberStyle {
  readonly decimal: "." | ",";
  readonly thousands?: "," | "." | " " | "'";
}

/** 1234.5: no thousands separator. */
export const plainNumbers: NumberStyle = { decimal: "." };

const styles: readonly NumberStyle[] = [
  plainNumbers,
  { decimal: ".", thousands: "," },
  { decimal: ",", thousands: "." },
  { decimal: ",", thousands: " " },
  { decimal: ".", thousands: " " },
  { decimal: ".", thousands: "'" },
];

/**
 * The style in which the most cells are numbers; the plainest of several. Where "1,234" could be both, a comma is a decimal
 * mark only if `decimalComma` (in files separated by `;`), and separates thousands otherwise.
 */
export function numberStyle(cells: Iterable<string>, { decimalComma = false } = {}): NumberStyle {
  const filled = [...cells].filter((cell) => !isMissing(cell));
  const order = decimalComma ? [styles[0]!, styles[2]!, styles[3]!, styles[1]!, ...styles.slice(4)] : styles;
  let [best, most] = [plainNumbers, 0];
  for (const style of order) {
    const count = filled.filter((cell) => !Number.isNaN(parseNumber(cell, style))).length;
    if (count > most) [best, most] = [style, count];
  }
  return best;
}

const plain = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
const patterns = new Map<NumberStyle, RegExp>();

/** The number in a cell; NaN where it is none. A currency sign or a percent sign beside it is ignored. */
export function parseNumber(cell: string, style: NumberStyle = plainNumbers): number {
  let text = cell.trim();
  if (plain.test(text)) {
    // "1.234" where points separate thousands
    if (style.thousands !== "." || !text.includes(".")) return finite(Number(text));
  }
  text = text.replace(/^([+-]?)\s*[$€£¥₩]\s*|\s*[%$€£¥₩원]$/g, "$1").replace(/[\u00a0\u202f]/g, " ");
  let pattern = patterns.get(style);
  if (!pattern) {
    const [mark, group] = [style.decimal === "." ? "\\." : ",", style.thousands === "." ? "\\." : style.thousands];
    const whole = group ? `(?:\\d{1,3}(?:${group}\\d{3})+|\\d+)` : "\\d+";
    pattern = new RegExp(`^[+-]?(?:${whole}(?:${mark}\\d*)?|${mark}\\d+)(?:e[+-]?\\d+)?$`, "i");
    patterns.set(style, pattern);
  }
  if (!pattern.test(text)) return Number.NaN;
  if (style.thousands) text = text.replaceAll(style.thousands, "");
  return finite(Number(style.decimal === "," ? text.replace(",", ".") : text));
}

const finite = (value: number) => (Number.isFinite(value) ? value : Number.NaN);

/** Whether a cell is a finite number; with `decimalComma`, in continental style too. */
export const isNumber = (cell: string, decimalComma = false): boolean =>
  !Number.isNaN(parseNumber(cell)) || (decimalComma && !Number.isNaN(parseNumber(cell, styles[2])));

/** Whether a cell stands for a missing value. */
export const isMissing = (cell: string): boolean => /^\s*(|na|n\/a|nan|null|none|nil|\?|-|--|\.|#n\/a)\s*$/i.test(cell);
