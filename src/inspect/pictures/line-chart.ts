// Lines over one axis: losses over steps, gradient norms by distance.
import { categories } from "./colors.ts";
import { element, logTicks, picture, text, textWidth, tickLabel, ticks } from "./svg.ts";

export interface Line {
  name: string;
  /** Values; a gap where one is not finite (or not above 0 on a logarithmic axis). */
  y: ArrayLike<number>;
  /** Default 0, 1, 2 ... */
  x?: ArrayLike<number>;
}

export interface LineChartOptions {
  title?: string;
  xLabel?: string;
  yLabel?: string;
  /** Powers of ten up the side; what vanishes exponentially is then a straight line. Default false. */
  logY?: boolean;
  /** Default 720 x 400. */
  width?: number;
  height?: number;
}

/** Draws lines, each with its name at its end, a color and a dash of its own. @returns SVG */
export function lineChart(lines: readonly Line[], options: LineChartOptions = {}): string {
  const { title = "", xLabel = "", yLabel = "", logY = false, width = 720, height = 400 } = options;
  const points = lines.map((line) => pointsOf(line, logY));
  const { xs, ys } = extent(points.flat(2), logY);
  const names = Math.min(width / 3, Math.max(0, ...lines.map(({ name }) => textWidth(name))) + 14);
  const upwards = logY ? logTicks(ys[0], ys[1]) : ticks(ys[0], ys[1]);
  const left = Math.max(24, ...upwards.map((y) => textWidth(tickLabel(y)))) + 14 + (yLabel ? 24 : 0);
  const box = { left, right: width - names - 10, top: title ? 40 : 16, bottom: height - (xLabel ? 48 : 30) };
  const log = (value: number) => (logY ? Math.log10(value) : value);
  const px = (x: number) => box.left + ((x - xs[0]) / (xs[1] - xs[0])) * (box.right - box.left);
  const py = (y: number) => box.bottom - ((log(y) - log(ys[0])) / (log(ys[1]) - log(ys[0]))) * (box.bottom - box.top);

  const grid = upwards.flatMap((y) => [
    element("line", { x1: box.left, x2: box.right, y1: py(y), y2: py(y), stroke: "#e3e3e3" }),
    text(box.left - 8, py(y) + 4, tickLabel(y), { "text-anchor": "end", fill: "#444444" }),
  ]);
  const below = ticks(xs[0], xs[1], 8).flatMap((x) => [
    element("line", { x1: px(x), x2: px(x), y1: box.bottom, y2: box.bottom + 5, stroke: "#888888" }),
    text(px(x), box.bottom + 18, tickLabel(x), { "text-anchor": "middle", fill: "#444444" }),
  ]);
  const dashes = [undefined, "7 3", "2 3", "9 3 2 3"];
  const drawn = points.map((runs, i) => {
    const stroke = categories[i % categories.length]!;
    const d = runs
      .map((run) => `M${run.map(({ x, y }) => `${px(x).toFixed(1)} ${py(y).toFixed(1)}`).join("L")}`)
      .join("");
    const line = { fill: "none", stroke, "stroke-width": 2, "stroke-linejoin": "round", "stroke-linecap": "round" };
    return d ? element("path", { d, ...line, "stroke-dasharray": dashes[i % dashes.length] }) : "";
  });
  const ends = points.map((runs, i) => ({ i, y: runs.at(-1)?.at(-1) ? py(runs.at(-1)!.at(-1)!.y) : box.top }));
  const labels = spread(ends, 15, box.top, box.bottom).map(({ i, y }) =>
    text(box.right + 8, y + 4, lines[i]!.name, { fill: ink(i), "font-weight": 600 }),
  );
  return picture(
    width,
    height,
    title || "lines",
    title ? text(box.left, 24, title, { "font-size": 15, "font-weight": 600 }) : "",
    ...grid,
    element("line", { x1: box.left, x2: box.right, y1: box.bottom, y2: box.bottom, stroke: "#888888" }),
    ...below,
    ...drawn,
    ...labels,
    xLabel ? text((box.left + box.right) / 2, height - 10, xLabel, { "text-anchor": "middle" }) : "",
    yLabel
      ? text(0, 0, yLabel, {
          "text-anchor": "middle",
          transform: `translate(14 ${(box.top + box.bottom) / 2}) rotate(-90)`,
        })
      : "",
  );
}

interface Point {
  x: number;
  y: number;
}

/** Stretches of points that can be drawn. */
export function pointsOf({ y, x }: Line, logY: boolean): Point[][] {
  const runs: Point[][] = [[]];
  for (let i = 0; i < y.length; i++) {
    const point = { x: x ? x[i]! : i, y: y[i]! };
    if (Number.isFinite(point.x) && Number.isFinite(point.y) && (!logY || point.y > 0)) runs.at(-1)!.push(point);
    else if (runs.at(-1)!.length > 0) runs.push([]);
  }
  return runs.filter((run) => run.length > 0);
}

/** The ranges of both axes, never empty. A linear axis that comes near 0 begins there. */
export function extent(points: readonly Point[], logY: boolean): { xs: [number, number]; ys: [number, number] } {
  let [x0, x1, y0, y1] = [Infinity, -Infinity, Infinity, -Infinity];
  for (const { x, y } of points) {
    [x0, x1, y0, y1] = [Math.min(x0, x), Math.max(x1, x), Math.min(y0, y), Math.max(y1, y)];
  }
  if (points.length === 0) [x0, x1, y0, y1] = [0, 1, logY ? 0.1 : 0, 1];
  if (logY) [y0, y1] = [10 ** Math.floor(Math.log10(y0)), 10 ** Math.ceil(Math.log10(y1) + 1e-9)];
  else if (y0 > 0 && y0 < y1 / 2) y0 = 0;
  if (y0 === y1) [y0, y1] = logY ? [y0 / 10, y1 * 10] : [y0 - 0.5, y1 + 0.5];
  if (x0 === x1) [x0, x1] = [x0 - 0.5, x1 + 0.5];
  return { xs: [x0, x1], ys: [y0, y1] };
}

/** Moves labels apart, so that none covers another, and keeps them in the box. */
function spread<T extends { y: number }>(items: readonly T[], gap: number, top: number, bottom: number): T[] {
  const sorted = items.map((item) => ({ ...item })).sort((a, b) => a.y - b.y);
  sorted.forEach((item, k) => {
    if (k > 0) item.y = Math.max(item.y, sorted[k - 1]!.y + gap);
  });
  const over = (sorted.at(-1)?.y ?? top) - bottom;
  if (over > 0) {
    sorted[sorted.length - 1]!.y -= over;
    for (let k = sorted.length - 2; k >= 0; k--) sorted[k]!.y = Math.min(sorted[k]!.y, sorted[k + 1]!.y - gap);
  }
  return sorted.map((item) => ({ ...item, y: Math.max(item.y, top) }));
}

/** Names in light colors are hard to read on white: those are written in gray. */
const ink = (i: number) =>
  ["#f0e442", "#56b4e9", "#e69f00"].includes(categories[i % 8]!) ? "#444444" : categories[i % 8]!;
