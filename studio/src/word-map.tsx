// Words as points on a canvas that glide to where they belong; labels keep out of each other's way.
import { useEffect, useRef } from "preact/hooks";

interface MapProps {
  names: readonly string[];
  /** [n, 2] */
  points: Float32Array;
  label: string;
  /** Words to draw attention to. */
  marked?: ReadonlySet<string>;
  onSelect?: (name: string) => void;
}

const still = matchMedia("(prefers-reduced-motion: reduce)");

export function WordMap({ names, points, label, marked, onSelect }: MapProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const drawn = useRef<Float32Array | undefined>(undefined);
  const state = useRef({ names, points, marked });
  state.current = { names, points, marked };
  useEffect(() => {
    let frame = 0;
    const draw = () => {
      frame = requestAnimationFrame(draw);
      const now = drawn.current;
      const { points: wanted } = state.current;
      if (!now || now.length !== wanted.length) drawn.current = wanted.slice();
      else {
        let moved = 0;
        const pull = still.matches ? 1 : 0.12;
        for (let i = 0; i < now.length; i++) {
          const by = (wanted[i]! - now[i]!) * pull;
          now[i] = now[i]! + by;
          moved = Math.max(moved, Math.abs(by));
        }
        if (moved < 1e-5 && canvas.current?.dataset.drawn === keyOf(state.current)) return;
      }
      if (canvas.current && drawn.current)
        paint(canvas.current, state.current.names, drawn.current, state.current.marked);
      if (canvas.current) canvas.current.dataset.drawn = keyOf(state.current);
    };
    draw();
    return () => cancelAnimationFrame(frame);
  }, []);
  const select = (event: MouseEvent) => {
    const at = canvas.current && drawn.current && nearest(canvas.current, drawn.current, event);
    if (at !== undefined && at !== null) onSelect?.(names[at]!);
  };
  return (
    <canvas
      ref={canvas}
      class="word-map"
      role="img"
      aria-label={`${label} ${names.slice(0, 20).join(", ")}`}
      onClick={onSelect ? select : undefined}
    />
  );
}

const keyOf = ({ names, marked }: { names: readonly string[]; marked?: ReadonlySet<string> | undefined }) =>
  `${names.length}:${[...(marked ?? [])].join()}:${getComputedStyle(document.documentElement).colorScheme}:${innerWidth}`;

/** From points to pixels, and the size of the canvas. */
function placing(points: Float32Array, width: number, height: number) {
  let [x0, x1, y0, y1] = [Infinity, -Infinity, Infinity, -Infinity];
  for (let i = 0; i < points.length; i += 2) {
    x0 = Math.min(x0, points[i]!);
    x1 = Math.max(x1, points[i]!);
    y0 = Math.min(y0, points[i + 1]!);
    y1 = Math.max(y1, points[i + 1]!);
  }
  const pad = 36;
  return (i: number): [number, number] => [
    pad + ((points[2 * i]! - x0) / Math.max(1e-9, x1 - x0)) * (width - 2 * pad),
    pad + ((y1 - points[2 * i + 1]!) / Math.max(1e-9, y1 - y0)) * (height - 2 * pad),
  ];
}

function paint(
  canvas: HTMLCanvasElement,
  names: readonly string[],
  points: Float32Array,
  marked?: ReadonlySet<string>,
): void {
  const { clientWidth: width, clientHeight: height } = canvas;
  const ratio = devicePixelRatio;
  if (canvas.width !== Math.round(width * ratio)) canvas.width = Math.round(width * ratio);
  if (canvas.height !== Math.round(height * ratio)) canvas.height = Math.round(height * ratio);
  const context = canvas.getContext("2d")!;
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  const style = getComputedStyle(canvas);
  const place = placing(points, width, height);
  const taken: [number, number, number, number][] = [];
  context.font = `13px ${style.fontFamily}`;
  context.textBaseline = "middle";
  const order = names.map((_, i) => i);
  if (marked) order.sort((a, b) => Number(marked.has(names[b]!)) - Number(marked.has(names[a]!)));
  for (const i of order) {
    const [x, y] = place(i);
    const strong = marked?.has(names[i]!);
    context.fillStyle = strong ? style.caretColor : style.borderTopColor;
    context.beginPath();
    context.arc(x, y, strong ? 5 : 3, 0, 7);
    context.fill();
  }
  context.lineWidth = 3;
  context.lineJoin = "round";
  context.strokeStyle = style.backgroundColor;
  for (const i of order) {
    const [x, y] = place(i);
    const name = names[i] === " " ? "␣" : names[i]!.replace("▁", "");
    const wide = context.measureText(name).width;
    const from = x + 9 + wide > width ? x - 7 - wide : x + 7;
    const box: [number, number, number, number] = [from - 2, y - 8, from + 2 + wide, y + 8];
    if (taken.some(([a, b, c, d]) => box[0] < c && a < box[2] && box[1] < d && b < box[3])) continue;
    taken.push(box);
    context.fillStyle = style.color;
    context.strokeText(name, from, y);
    context.fillText(name, from, y);
  }
}

function nearest(canvas: HTMLCanvasElement, points: Float32Array, event: MouseEvent): number | undefined {
  const { left, top, width, height } = canvas.getBoundingClientRect();
  const place = placing(points, width, height);
  let [best, least] = [-1, 30];
  for (let i = 0; i < points.length / 2; i++) {
    const [x, y] = place(i);
    const far = Math.hypot(x - (event.clientX - left), y - (event.clientY - top));
    if (far < least) [best, least] = [i, far];
  }
  return best < 0 ? undefined : best;
}
