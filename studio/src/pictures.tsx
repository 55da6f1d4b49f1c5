// Pictures of numbers: canvases for matrices, SVG for lines. Each has a sentence for those who do not see it. They are drawn many
// times a second, so they make no object per number: the page's memory grows with what survives until the next collection.
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { fixed, whole } from "./words/index.ts";

/** Shades on either side of 0. */
const shades = 255;

/** Blue below 0, orange above, the page's own ground at 0: pixels from the fullest blue to the fullest orange. */
function paletteFor(dark: boolean): Uint32Array {
  const ground = dark ? [22, 27, 34] : [255, 255, 255];
  const [blue, orange] = dark
    ? [
        [88, 166, 255],
        [255, 148, 77],
      ]
    : [
        [0, 114, 178],
        [213, 94, 0],
      ];
  const bytes = Uint8ClampedArray.from({ length: 4 * (2 * shades + 1) }, (_, i) => {
    const [at, channel] = [(i >> 2) / shades - 1, i & 3];
    if (channel === 3) return 255;
    const far = at < 0 ? blue! : orange!;
    return ground[channel]! + (far[channel]! - ground[channel]!) * Math.abs(at);
  });
  return new Uint32Array(bytes.buffer);
}
const palettes = new Map<boolean, Uint32Array>();

const isDark = () => getComputedStyle(document.documentElement).getPropertyValue("--dark").trim() === "1";

interface MatrixProps {
  values: ArrayLike<number>;
  rows: number;
  columns: number;
  /** The value that has the full color. */
  full: number;
  label: string;
  class?: string;
  onSelect?: (row: number, column: number) => void;
}

/** A matrix, one pixel a value, scaled up by the page. */
export function Matrix({ values, rows, columns, full, label, class: name, onSelect }: MatrixProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const image = useRef<ImageData | undefined>(undefined);
  useEffect(() => {
    const context = canvas.current?.getContext("2d");
    if (!context) return;
    const dark = isDark();
    const palette = palettes.get(dark) ?? paletteFor(dark);
    palettes.set(dark, palette);
    if (image.current?.width !== columns || image.current.height !== rows)
      image.current = context.createImageData(columns, rows);
    const pixels = new Uint32Array(image.current.data.buffer);
    const scale = shades / full;
    for (let i = 0; i < pixels.length; i++)
      pixels[i] = palette[shades + Math.round(Math.max(-shades, Math.min(shades, values[i]! * scale)))]!;
    context.putImageData(image.current, 0, 0);
  });
  const select = (event: MouseEvent) => {
    const { left, top, width, height } = canvas.current!.getBoundingClientRect();
    const row = Math.floor(((event.clientY - top) / height) * rows);
    const column = Math.floor(((event.clientX - left) / width) * columns);
    onSelect?.(Math.min(rows - 1, row), Math.min(columns - 1, column));
  };
  return (
    <canvas
      ref={canvas}
      width={columns}
      height={rows}
      role="img"
      aria-label={label}
      class={`matrix ${name ?? ""}`}
      onClick={onSelect ? select : undefined}
    />
  );
}

/** What is wider than the screen scrolls by itself, also by keyboard. */
export function Scroll({ label, columns, children }: { label: string; columns?: number; children: ComponentChildren }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
    <section class="strip" tabIndex={0} aria-label={label} style={columns ? { "--columns": columns } : {}}>
      {children}
    </section>
  );
}

export interface Line {
  name: string;
  points: readonly { x: number; y: number }[];
  dots?: boolean;
}

interface ChartProps {
  lines: readonly Line[];
  label: string;
  xLabel?: string;
  logY?: boolean;
  /** The y axis begins at the smallest value instead of 0. */
  fit?: boolean;
  /** Smallest and largest x; those of the points by default. */
  x?: readonly [number, number];
}

const phone = matchMedia("(max-width: 30rem)");
const [height, left, bottom, right] = [230, 48, 36, 22];

const decades = (y0: number, y1: number): number[] => {
  const count = Math.min(7, Math.max(1, y1 - y0));
  return [...new Set(Array.from({ length: count + 1 }, (_, i) => y0 + Math.round((i * (y1 - y0)) / count)))];
};

/** Four to eight round numbers between two ends. */
function ticks(from: number, to: number, most = 7): number[] {
  const span = to - from;
  if (!(span > 0) || !Number.isFinite(span)) return [];
  const power = 10 ** Math.floor(Math.log10(span / 4));
  const step = [1, 2, 5, 10].map((by) => by * power).find((by) => span / by <= most)!;
  const first = Math.ceil(from / step);
  return Array.from({ length: Math.floor(to / step) - first + 1 }, (_, i) => (first + i) * step);
}

const tickText = (value: number, span: number): string =>
  span >= 4 ? whole(value) : value.toFixed(span >= 0.5 ? 1 : 2);

/** Lines over x, each with its own color and dash. */
export function Chart({ lines, label, xLabel, logY = false, fit = false, x }: ChartProps) {
  const width = phone.matches ? 340 : 560; // about as wide as it is shown, so that its text can be read
  const scaleY = (y: number) => (logY ? Math.log10(y) : y);
  const drawn = lines.map((line) => ({ ...line, points: line.points.filter(({ y }) => !logY || y > 0) }));
  const all = drawn.flatMap(({ points }) => points);
  const ys = all.map(({ y }) => scaleY(y));
  const [x0, x1] = x ?? [Math.min(0, ...all.map((p) => p.x)), Math.max(1, ...all.map((p) => p.x))];
  const [low, high] = ys.length === 0 ? [0, 1] : [Math.min(...ys), Math.max(...ys)];
  const y0 = logY ? Math.floor(Math.min(0, low)) : fit || low < 0 ? low - 0.05 * (high - low) : 0;
  const y1 = logY
    ? Math.ceil(Math.max(0, high))
    : Math.max(fit ? -Infinity : 0.01, high + 0.05 * (high - Math.min(y0, low)));
  const px = (value: number) => left + ((value - x0) / Math.max(1e-9, x1 - x0)) * (width - left - right);
  const py = (value: number) => 8 + (1 - (value - y0) / Math.max(1e-9, y1 - y0)) * (height - bottom - 8);
  const marks = logY ? decades(y0, y1) : ticks(y0, y1);
  return (
    <figure class="chart">
      <svg viewBox={`0 0 ${width} ${height}`} role="img" aria-label={label}>
        {marks.map((mark) => (
          <g key={mark}>
            <line class="grid" x1={left} x2={width - right} y1={py(mark)} y2={py(mark)} />
            <text class="tick" x={left - 6} y={py(mark) + 4} text-anchor="end">
              {logY ? `1e${mark}` : tickText(mark, y1 - y0)}
            </text>
          </g>
        ))}
        {drawn.map(({ name, points, dots }, i) =>
          dots ? (
            points.map((point) => (
              <circle
                key={`${name}${point.x}`}
                class={`line line-${i}`}
                cx={px(point.x)}
                cy={py(scaleY(point.y))}
                r="4"
              />
            ))
          ) : (
            <polyline
              key={name}
              class={`line line-${i}`}
              points={points.map((point) => `${px(point.x).toFixed(1)},${py(scaleY(point.y)).toFixed(1)}`).join(" ")}
            />
          ),
        )}
        {ticks(x0, x1, phone.matches ? 5 : 7).map((mark) => (
          <text key={mark} class="tick" x={px(mark)} y={height - 14} text-anchor="middle">
            {tickText(mark, x1 - x0)}
          </text>
        ))}
        {xLabel && (
          <text class="tick" x={width - 8} y={height - 1} text-anchor="end">
            {xLabel}
          </text>
        )}
      </svg>
      <figcaption>
        {drawn.map(({ name, points }, i) => (
          <span key={name} class={`key key-${i}`}>
            {name}
            {points.length > 0 ? ` ${logY ? points.at(-1)!.y.toExponential(0) : fixed(points.at(-1)!.y, 2)}` : ""}
          </span>
        ))}
      </figcaption>
    </figure>
  );
}
