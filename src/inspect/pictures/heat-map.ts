// Tables of numbers as colors: attention maps, gates over time, confusion matrices.
import { colorOf, inkOn } from "./colors.ts";
import { element, picture, text, textWidth, tickLabel, tokenLabel } from "./svg.ts";

export interface HeatMapOptions {
  title?: string;
  /** Labels at the left; of an attention map the target's words. */
  rows?: readonly string[];
  /** Labels above; of an attention map the source's words. */
  columns?: readonly string[];
  rowsTitle?: string;
  columnsTitle?: string;
  /** Value of the lightest and the darkest color. Default: the least and the greatest (diverging: alike on both sides of 0). */
  range?: readonly [number, number];
  /** `diverging` for values on both sides of 0. Default `sequential`. */
  map?: "sequential" | "diverging";
  /** What to write into each cell. Default nothing. */
  cellText?: (value: number, row: number, column: number) => string;
  /** Pixels. Default 28, less where there are many. */
  cell?: number;
}

/** Draws rows of numbers, a shorter one up to its end, with a scale of the colors. @returns SVG */
export function heatMap(values: readonly ArrayLike<number>[], options: HeatMapOptions = {}): string {
  const { title = "", rowsTitle = "", columnsTitle = "", map = "sequential" } = options;
  const R = values.length;
  const C = values.reduce((most, row) => Math.max(most, row.length), 0);
  const rows = labelsOf(options.rows, R);
  const columns = labelsOf(options.columns, C);
  const size =
    options.cell ?? Math.max(6, Math.min(28, Math.floor(900 / Math.max(1, C)), Math.floor(1200 / Math.max(1, R))));
  const [low, high] = options.range ?? rangeOf(values, map);
  const part = (value: number) => (high > low ? (value - low) / (high - low) : 0.5);
  // Few labels fit where cells are small: every so-manieth is written.
  const every = Math.max(1, Math.ceil(13 / size));
  const left = Math.max(0, ...rows.map(textWidth)) + 16 + (rowsTitle ? 20 : 0);
  const slanted = columns.some((label) => textWidth(label) > size - 2);
  const above = slanted ? Math.max(0, ...columns.map(textWidth)) * 0.71 + 18 : 22;
  const top = (title ? 34 : 6) + (columnsTitle ? 20 : 0) + (columns.some(Boolean) ? above : 6);
  const lean = slanted
    ? Math.max(0, ...columns.map((label, c) => (c + 0.5) * size + textWidth(label) * 0.71 - C * size))
    : 0;
  const width = Math.max(left + C * size + Math.max(20, lean + 8) + 70, textWidth(title) * 1.25 + 24);
  const height = top + Math.max(R * size, 120) + 16;

  const cells: string[] = [];
  values.forEach((row, r) => {
    for (let c = 0; c < row.length; c++) {
      const value = row[c]!;
      const fill = colorOf(part(value), map);
      const [x, y] = [left + c * size, top + r * size];
      const tip = `${rows[r] || r} · ${columns[c] || c}: ${Number.isFinite(value) ? tickLabel(Number(value.toPrecision(4))) : "no value"}`;
      cells.push(
        element(
          "rect",
          { x, y, width: size, height: size, fill, stroke: size > 10 ? "#ffffff" : undefined },
          element("title", {}, escapeTip(tip)),
        ),
      );
      const written = options.cellText?.(value, r, c);
      if (written) {
        const fits = Math.min(12, ((size - 4) / textWidth(written)) * 12);
        cells.push(
          text(x + size / 2, y + size / 2 + fits * 0.36, written, {
            "text-anchor": "middle",
            "font-size": fits,
            fill: inkOn(fill),
            "pointer-events": "none",
          }),
        );
      }
    }
  });
  const side = rows.flatMap((label, r) =>
    label && r % every === 0 ? [text(left - 8, top + (r + 0.5) * size + 4, label, { "text-anchor": "end" })] : [],
  );
  const over = columns.flatMap((label, c) => {
    if (!label || c % every !== 0) return [];
    const [x, y] = [left + (c + 0.5) * size, top - 8];
    return slanted
      ? [text(0, 0, label, { transform: `translate(${x + 3} ${y}) rotate(-45)` })]
      : [text(x, y, label, { "text-anchor": "middle" })];
  });
  return picture(
    width,
    height,
    title || "heat map",
    title ? text(12, 22, title, { "font-size": 15, "font-weight": 600 }) : "",
    columnsTitle
      ? text(left + (C * size) / 2, (title ? 34 : 6) + 14, columnsTitle, { "text-anchor": "middle", fill: "#444444" })
      : "",
    rowsTitle
      ? text(0, 0, rowsTitle, {
          transform: `translate(16 ${top + (R * size) / 2}) rotate(-90)`,
          "text-anchor": "middle",
          fill: "#444444",
        })
      : "",
    ...side,
    ...over,
    ...cells,
    ...scale(width - 58, top, Math.min(160, Math.max(R * size, 100)), low, high, map),
  );
}

/** Attention of one sentence: a row a target word, a column a source word; each row sums to 1. */
export function attentionMap(
  weights: readonly ArrayLike<number>[],
  { source, target, title = "attention" }: { source: readonly string[]; target: readonly string[]; title?: string },
): string {
  return heatMap(weights, {
    title,
    rows: target,
    columns: source,
    rowsTitle: "target",
    columnsTitle: "source",
    range: [0, 1],
  });
}

/** A confusion matrix: colors are shares of the true class, numbers are counts. */
export function confusionPicture(
  counts: readonly (readonly number[])[],
  labels: readonly string[],
  title = "confusion matrix",
): string {
  const shares = counts.map((row) => {
    const sum = row.reduce((a, b) => a + b, 0);
    return row.map((count) => (sum ? count / sum : 0));
  });
  return heatMap(shares, {
    title,
    rows: labels,
    columns: labels,
    rowsTitle: "true",
    columnsTitle: "predicted",
    range: [0, 1],
    cell: Math.max(30, Math.min(52, 640 / labels.length)),
    cellText: (_, r, c) => counts[r]![c]!.toLocaleString("en-US"),
  });
}

function labelsOf(given: readonly string[] | undefined, count: number): string[] {
  return Array.from({ length: count }, (_, i) => tokenLabel(given?.[i] ?? ""));
}

function rangeOf(values: readonly ArrayLike<number>[], map: "sequential" | "diverging"): readonly [number, number] {
  let [low, high] = [Infinity, -Infinity];
  for (const row of values) {
    for (let c = 0; c < row.length; c++) {
      const value = row[c]!;
      if (Number.isFinite(value)) [low, high] = [Math.min(low, value), Math.max(high, value)];
    }
  }
  if (low > high) return [0, 1];
  const most = Math.max(Math.abs(low), Math.abs(high)) || 1;
  return map === "diverging" ? [-most, most] : [low, high];
}

function scale(
  x: number,
  y: number,
  height: number,
  low: number,
  high: number,
  map: "sequential" | "diverging",
): string[] {
  const steps = 32;
  const bars = Array.from({ length: steps }, (_, k) =>
    element("rect", {
      x,
      y: y + height - ((k + 1) * height) / steps,
      width: 12,
      height: height / steps + 0.5,
      fill: colorOf(k / (steps - 1), map),
    }),
  );
  const label = (value: number) => tickLabel(Number(value.toPrecision(2)));
  return [
    ...bars,
    element("rect", { x, y, width: 12, height, fill: "none", stroke: "#bbbbbb" }),
    text(x + 17, y + 10, label(high), { "font-size": 11 }),
    text(x + 17, y + height, label(low), { "font-size": 11 }),
  ];
}

const escapeTip = (tip: string) =>
  tip.replace(/[&<>]/g, (sign) => `&#${sign.charCodeAt(0)};`).replace(/[\x00-\x1f]/g, " ");
