// A loss curve in braille: each character is a grid of 2 x 4 dots. The training loss is a line, the validation loss marks
// on top of it, so that they can be told apart without colors.
import { type Colors, plainColors } from "./color.ts";

export interface Series {
  readonly name: string;
  /** [step, loss]; points that are not finite are left out. */
  readonly points: readonly (readonly [number, number])[];
  /** How it is drawn. */
  readonly as: "line" | "marks";
}

export interface PlotOptions {
  /** Characters across and down, axes included. 72 x 16 by default. */
  width?: number;
  height?: number;
  /** Under the horizontal axis; "step" by default. */
  xLabel?: string;
  colors?: Colors;
  /** False draws with ASCII only. */
  unicode?: boolean;
}

/** Lines of text, each ended by a newline: a legend, the curves with axis labels, and the label of the horizontal axis. */
export function plot(series: readonly Series[], options: PlotOptions = {}): string {
  const { width = 72, height = 16, xLabel = "step", colors = plainColors, unicode = true } = options;
  const drawn = series
    .map((one) => ({ ...one, points: one.points.filter(([x, y]) => Number.isFinite(x) && Number.isFinite(y)) }))
    .filter(({ points }) => points.length > 0);
  const all = drawn.flatMap(({ points }) => points);
  if (all.length === 0) return "";
  let [left, right, low, high] = [Infinity, -Infinity, Infinity, -Infinity];
  for (const [x, y] of all) {
    left = Math.min(left, x);
    right = Math.max(right, x);
    low = Math.min(low, y);
    high = Math.max(high, y);
  }
  const span = niceTicks(low, high, Math.max(2, Math.floor(height / 4)));
  const inside = span.filter((tick) => tick >= low && tick <= high);
  const ticks = inside.length >= 2 ? inside : span;
  low = Math.min(low, ticks[0]!);
  high = Math.max(high, ticks.at(-1)!);

  const rows = Math.max(2, height - 3);
  const labels = new Map(
    ticks.map((tick) => [Math.round(((high - tick) / (high - low)) * (rows - 1)), tickText(tick, ticks)]),
  );
  const margin = Math.max(...[...labels.values()].map((label) => label.length));
  const cells = Math.max(4, width - margin - 3);
  const grid = Array.from({ length: rows }, () => new Array<string>(cells).fill(" "));
  const column = (x: number, n: number) => (right === left ? 0 : Math.round(((x - left) / (right - left)) * (n - 1)));
  const row = (y: number, n: number) => Math.round(((high - y) / (high - low)) * (n - 1));

  const marks = unicode ? ["●", "◆"] : ["o", "x"];
  const paints = [colors.cyan, colors.yellow, colors.magenta];
  const legend: string[] = [];
  for (const [i, { name, points, as }] of drawn.entries()) {
    const paint = paints[i % paints.length]!;
    const mark = as === "marks" ? marks[i % 2]! : unicode ? "⠒⠒" : "--";
    legend.push(`${paint(mark)} ${name}`);
    if (as === "marks") for (const [x, y] of points) grid[row(y, rows)]![column(x, cells)] = paint(mark);
    else drawLine(points, paint);
  }

  function drawLine(points: Series["points"], paint: (text: string) => string): void {
    const [across, down] = unicode ? [2, 4] : [1, 1];
    const sums = new Map<number, [number, number]>(); // dot column -> sum and number of the losses that fall there
    for (const [x, y] of points) {
      const at = column(x, cells * across);
      const [sum, n] = sums.get(at) ?? [0, 0];
      sums.set(at, [sum + y, n + 1]);
    }
    const dots = new Uint8Array(rows * cells); // which dots of a cell are set
    let before: { c: number; y: number } | undefined;
    for (const [c, [sum, n]] of [...sums].sort(([a], [b]) => a - b)) {
      const y = sum / n;
      const from = before ?? { c: c - 1, y };
      for (let k = from.c + 1; k <= c; k++) {
        const t0 = row(from.y + ((y - from.y) * (k - 1 - from.c)) / (c - from.c), rows * down);
        const t1 = row(from.y + ((y - from.y) * (k - from.c)) / (c - from.c), rows * down);
        // A steep stretch fills the dots between its ends, the first of which stands in the column before.
        const [top, bottom] = t1 > t0 ? [t0 + 1, t1] : t1 < t0 ? [t1, t0 - 1] : [t1, t1];
        for (let r = top; r <= bottom; r++)
          dots[Math.floor(r / down) * cells + Math.floor(k / across)]! |= unicode ? brailleBit(k % 2, r % 4) : 1;
      }
      before = { c, y };
    }
    for (const [at, bits] of dots.entries())
      if (bits) grid[Math.floor(at / cells)]![at % cells] = paint(unicode ? String.fromCharCode(0x2800 + bits) : ".");
  }

  const [wall, tee, corner, floor] = unicode ? ["│", "┤", "└", "─"] : ["|", "+", "+", "-"];
  const lines = grid.map((cellsOfRow, r) => {
    const label = labels.get(r);
    return `${colors.dim(`${(label ?? "").padStart(margin)} ${label === undefined ? wall : tee}`)}${cellsOfRow.join("")}`.trimEnd();
  });
  const first = stepText(left);
  const last = stepText(right);
  const gap = Math.max(1, cells - first.length - last.length);
  const middle = gap > xLabel.length + 1 ? xLabel : "";
  const before = Math.floor((gap - middle.length) / 2);
  const axis = `${first}${" ".repeat(before)}${middle}${" ".repeat(gap - before - middle.length)}${right > left ? last : ""}`;
  const lead = " ".repeat(margin + 1);
  return `${lead} ${legend.join("   ")}\n${lines.join("\n")}\n${colors.dim(`${lead}${corner}${floor!.repeat(cells)}`)}\n${colors.dim(`${lead} ${axis}`.trimEnd())}\n`;
}

/** The dot of column 0..1 and row 0..3 in a braille character, as Unicode numbers them. */
function brailleBit(column: number, row: number): number {
  return row === 3 ? 0x40 << column : 1 << (row + 3 * column);
}

/** Round numbers (1, 2, 2.5 or 5 times a power of ten) that span a range, about `count` of them. */
export function niceTicks(low: number, high: number, count: number): number[] {
  if (!(high > low)) {
    const around = Math.abs(low) > 0 ? Math.abs(low) * 0.1 : 1;
    return niceTicks(low - around, low + around, count);
  }
  const rough = (high - low) / Math.max(1, count);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 2.5, 5, 10].find((factor) => factor * power >= rough * 0.999) ?? 10);
  const from = Math.floor(low / step + 1e-9);
  const to = Math.ceil(high / step - 1e-9);
  return Array.from({ length: to - from + 1 }, (_, i) => (from + i) * step);
}

/** A tick with as many decimals as tell all of them exactly. */
function tickText(tick: number, ticks: readonly number[]): string {
  const step = ticks[1]! - ticks[0]!;
  let digits = 0;
  while (digits < 9 && ticks.some((t) => Math.abs(Number(t.toFixed(digits)) - t) > step * 1e-6)) digits++;
  return tick.toFixed(digits);
}

const stepText = (x: number): string =>
  Number.isInteger(x) ? x.toLocaleString("en-US") : Number(x.toPrecision(3)).toString();
