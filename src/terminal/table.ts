// Aligned columns.
import { clean } from "./clean.ts";
import { type Colors, plainColors } from "./color.ts";
import { displayWidth, pad, truncate } from "./width.ts";

export interface TableOptions {
  /** Column titles. */
  header?: readonly string[];
  /** Each column's side; numbers look best at the right. Left by default. */
  align?: readonly ("left" | "right")[];
  colors?: Colors;
  /** Widest a line may be; the widest column is cut to fit. No limit by default. */
  columns?: number;
  /** Spaces before each line. */
  indent?: number;
}

/** Rows as lines of text, columns two spaces apart, no trailing spaces. A cell is one line: control characters are escaped. */
export function table(rows: readonly (readonly string[])[], options: TableOptions = {}): string {
  const { header, align = [], colors = plainColors, columns = Infinity, indent = 0 } = options;
  const all = (header ? [header, ...rows] : rows).map((row) => row.map((cell) => clean(cell)));
  const count = Math.max(0, ...all.map((row) => row.length));
  const widths = Array.from({ length: count }, (_, c) => Math.max(0, ...all.map((row) => displayWidth(row[c] ?? ""))));
  const excess = indent + widths.reduce((a, b) => a + b, 0) + 2 * (count - 1) - columns;
  if (excess > 0) {
    const widest = widths.indexOf(Math.max(...widths));
    widths[widest] = Math.max(1, widths[widest]! - excess);
  }
  const line = (row: readonly string[]) =>
    widths.map((width, c) => pad(truncate(row[c] ?? "", width), width, align[c])).join("  ");
  const lines = all.map(line);
  if (header) lines[0] = colors.bold(lines[0]!.trimEnd());
  return lines.map((text) => `${" ".repeat(indent)}${text}`.trimEnd()).join("\n") + (lines.length > 0 ? "\n" : "");
}
