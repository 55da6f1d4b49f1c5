// The same pictures in a terminal, as plain text: lines in Braille dots, tables in blocks.
import { channels } from "./colors.ts";
import { extent, type Line, pointsOf } from "./line-chart.ts";
import { logTicks, tickLabel, ticks, tokenLabel } from "./svg.ts";

export interface TerminalChartOptions {
  title?: string;
  xLabel?: string;
  logY?: boolean;
  /** Characters. Default 72 x 16, labels included. */
  width?: number;
  height?: number;
}

const marks = ["●", "◆", "▲", "■", "○", "◇", "△", "□"];

/**
 * Lines as Braille dots (2 x 4 to a character). Each line's sign stands at some of its points and beside its name, so that
 * no color is needed.
 */
export function terminalChart(lines: readonly Line[], options: TerminalChartOptions = {}): string {
  const { title = "", xLabel = "", logY = false, width = 72, height = 16 } = options;
  const points = lines.map((line) => pointsOf(line, logY));
  const { xs, ys } = extent(points.flat(2), logY);
  const log = (value: number) => (logY ? Math.log10(value) : value);
  const at = logY ? logTicks(ys[0], ys[1], height / 3) : ticks(ys[0], ys[1], Math.max(2, height / 4));
  const side = Math.max(...at.map((value) => tickLabel(value).length), 1) + 2;
  const [W, H] = [Math.max(8, width - side), Math.max(2, height)];
  const dots = Array.from({ length: H }, () => new Uint8Array(W));
  const signs = Array.from({ length: H }, () => new Array<string>(W).fill(""));
  const px = (x: number) => Math.round(((x - xs[0]) / (xs[1] - xs[0])) * (2 * W - 1));
  const py = (y: number) => Math.round((1 - (log(y) - log(ys[0])) / (log(ys[1]) - log(ys[0]))) * (4 * H - 1));
  const dot = (x: number, y: number) => {
    // Bits of a Braille character: 1 2 4 64 down the left, 8 16 32 128 down the right.
    const bit = [1, 2, 4, 64, 8, 16, 32, 128][(x & 1) * 4 + (y & 3)]!;
    dots[y >> 2]![x >> 1]! |= bit;
  };
  points.forEach((runs, i) => {
    for (const run of runs) {
      run.forEach((point, k) => {
        const [x1, y1] = [px(point.x), py(point.y)];
        const before = run[k - 1];
        const [x0, y0] = before ? [px(before.x), py(before.y)] : [x1, y1];
        const steps = Math.max(Math.abs(x1 - x0), Math.abs(y1 - y0), 1);
        for (let s = 0; s <= steps; s++)
          dot(Math.round(x0 + ((x1 - x0) * s) / steps), Math.round(y0 + ((y1 - y0) * s) / steps));
      });
    }
    const all = runs.flat();
    for (const share of [0.15 + 0.04 * i, 0.55 + 0.04 * i]) {
      const point = all[Math.floor(share * (all.length - 1))];
      if (point) signs[py(point.y) >> 2]![px(point.x) >> 1] ||= marks[i % marks.length]!;
    }
  });
  const labels = new Map(at.map((value) => [py(value) >> 2, tickLabel(value)]));
  const body = dots.map((row, r) => {
    const drawn = Array.from(row, (bits, c) => signs[r]![c] || (bits ? String.fromCharCode(0x2800 + bits) : " ")).join(
      "",
    );
    return `${(labels.get(r) ?? "").padStart(side - 2)} ${labels.has(r) ? "┤" : "│"}${drawn}`.trimEnd();
  });
  const ends = [tickLabel(xs[0]), xLabel, tickLabel(xs[1])];
  const free = Math.max(2, W - ends[0]!.length - ends[1]!.length - ends[2]!.length);
  const left = Math.floor(free / 2);
  const legend = lines.map(({ name }, i) => `${marks[i % marks.length]} ${name}`).join("   ");
  return [
    ...(title ? [title] : []),
    ...body,
    `${" ".repeat(side - 1)}└${"─".repeat(W)}`,
    `${" ".repeat(side)}${ends[0]}${" ".repeat(left)}${ends[1]}${" ".repeat(free - left)}${ends[2]}`,
    `${" ".repeat(side)}${legend}`,
  ].join("\n");
}

export interface TerminalMapOptions {
  rows?: readonly string[];
  columns?: readonly string[];
  range?: readonly [number, number];
  /** 24-bit colors instead of shades. Default false. */
  color?: boolean;
}

const shades = [" ", "░", "▒", "▓", "█"];

/** A table as shades (or colors), two characters a cell; column labels stand slanting down, one letter a line. */
export function terminalMap(values: readonly ArrayLike<number>[], options: TerminalMapOptions = {}): string {
  const { color = false } = options;
  const flat = values.flatMap((row) => Array.from(row)).filter(Number.isFinite);
  const least = flat.reduce((a, b) => Math.min(a, b), Infinity);
  const most = flat.reduce((a, b) => Math.max(a, b), -Infinity);
  const [low, high] = options.range ?? [least, most];
  const C = values.reduce((most, row) => Math.max(most, row.length), 0);
  const rows = values.map((_, r) => tokenLabel(options.rows?.[r] ?? "", 28));
  const side = Math.max(0, ...rows.map(cellsWide));
  const columns = Array.from({ length: C }, (_, c) => [...tokenLabel(options.columns?.[c] ?? "", 12)]);
  const depth = Math.max(0, ...columns.map((letters) => letters.length));
  const head = Array.from({ length: depth }, (_, line) =>
    `${" ".repeat(side + 1)}${columns
      .map((letters) => letters[line - depth + letters.length] ?? " ")
      .map((letter) => letter + " ".repeat(Math.max(0, 2 - cellsWide(letter))))
      .join("")}`.trimEnd(),
  );
  const body = values.map((row, r) => {
    const cells = Array.from(row, (value) => {
      const part = high > low ? Math.min(1, Math.max(0, (value - low) / (high - low))) : 0;
      if (!color) return (Number.isFinite(value) ? shades[Math.round(part * (shades.length - 1))]! : "?").repeat(2);
      return `\u001b[48;2;${channels(Number.isFinite(value) ? part : Number.NaN).join(";")}m  \u001b[0m`;
    });
    return `${" ".repeat(side - cellsWide(rows[r]!))}${rows[r]} ${cells.join("")}`.trimEnd();
  });
  return [...head, ...body].join("\n");
}

/** A bar for each value, from 0, with its label before and its value after: a line each. */
export function terminalBars(
  values: ArrayLike<number>,
  { labels = [], width = 72 }: { labels?: readonly string[]; width?: number } = {},
): string {
  const names = Array.from(values, (_, i) => tokenLabel(labels[i] ?? String(i), 20));
  const side = Math.max(0, ...names.map(cellsWide));
  const most = Array.from(values).reduce((a, b) => (b > a ? b : a), 0);
  const room = Math.max(4, width - side - 12);
  return Array.from(values, (value, i) => {
    const eighths = most > 0 && value > 0 ? Math.round((value / most) * room * 8) : 0;
    const bar = "█".repeat(eighths >> 3) + (["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"][eighths & 7] ?? "");
    return `${" ".repeat(side - cellsWide(names[i]!))}${names[i]} ${bar} ${tickLabel(Number(value.toPrecision(2)))}`;
  }).join("\n");
}

/** One line of eight heights: `▁▂▃▅▇`. */
export function sparkline(values: ArrayLike<number>, { range }: { range?: readonly [number, number] } = {}): string {
  const finite = Array.from(values).filter(Number.isFinite);
  const [low, high] = range ?? [
    finite.reduce((a, b) => Math.min(a, b), Infinity),
    finite.reduce((a, b) => Math.max(a, b), -Infinity),
  ];
  return Array.from(values, (value) => {
    if (!Number.isFinite(value)) return " ";
    const part = high > low ? Math.min(1, Math.max(0, (value - low) / (high - low))) : 0.5;
    return "▁▂▃▄▅▆▇█"[Math.min(7, Math.floor(part * 8))];
  }).join("");
}

/** Columns that a label takes: East Asian characters take two. */
function cellsWide(label: string): number {
  let width = 0;
  for (const character of label)
    width += /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\uff00-\uff60]/.test(character) ? 2 : 1;
  return width;
}
