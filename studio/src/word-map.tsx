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
    const painter = painterOf(canvas.current!);
    let frame = 0;
    const draw = () => {
      frame = requestAnimationFrame(draw);
      const { names, points, marked } = state.current;
      let now = drawn.current;
      let moved = true;
      if (now?.length === points.length) moved = glide(now, points, still.matches ? 1 : 0.12) > 1e-5;
      else now = drawn.current = points.slice();
      painter(names, now, marked, moved);
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

/** Moves points a share of the way to where they belong; the farthest that one moved. */
function glide(now: Float32Array, wanted: Float32Array, share: number): number {
  let most = 0;
  for (let i = 0; i < now.length; i++) {
    const by = (wanted[i]! - now[i]!) * share;
    now[i] = now[i]! + by;
    most = Math.max(most, Math.abs(by));
  }
  return most;
}

const pad = 36;

/** From points to pixels [n, 2]; into an earlier array where there is one of the size. */
function placed(points: Float32Array, width: number, height: number, into?: Float32Array): Float32Array {
  const places = into?.length === points.length ? into : new Float32Array(points.length);
  for (let axis = 0; axis < 2; axis++) {
    let [low, high] = [Infinity, -Infinity];
    for (let i = axis; i < points.length; i += 2) {
      low = Math.min(low, points[i]!);
      high = Math.max(high, points[i]!);
    }
    const scale = ((axis === 0 ? width : height) - 2 * pad) / Math.max(1e-9, high - low);
    for (let i = axis; i < points.length; i += 2)
      places[i] = pad + (axis === 0 ? points[i]! - low : high - points[i]!) * scale;
  }
  return places;
}

/** Whether the box after the first `count` lies on one of them: four numbers each, left and right, top and bottom. */
function overlaps(boxes: Float32Array, count: number): boolean {
  const at = 4 * count;
  for (let i = 0; i < at; i += 4)
    if (
      boxes[at]! < boxes[i + 1]! &&
      boxes[i]! < boxes[at + 1]! &&
      boxes[at + 2]! < boxes[i + 3]! &&
      boxes[i + 2]! < boxes[at + 3]!
    )
      return true;
  return false;
}

/** Draws on a canvas sixty times a second while points move. What can be kept from one frame to the next is kept. */
function painterOf(canvas: HTMLCanvasElement) {
  const context = canvas.getContext("2d")!;
  const style = getComputedStyle(canvas); // live
  let places: Float32Array | undefined;
  let boxes = new Float32Array(0);
  let shown: readonly string[] = [];
  let labels: { text: string; width: number }[] = [];
  let [seen, seenColor, seenWidth] = [undefined as ReadonlySet<string> | undefined, "", 0];
  let order: number[] = [];

  return (
    names: readonly string[],
    points: Float32Array,
    marked: ReadonlySet<string> | undefined,
    moved: boolean,
  ): void => {
    const { clientWidth: width, clientHeight: height } = canvas;
    const same = names === shown || (names.length === shown.length && names.every((name, i) => name === shown[i]));
    if (!moved && same && marked === seen && style.color === seenColor && width === seenWidth) return;
    const ratio = devicePixelRatio;
    if (canvas.width !== Math.round(width * ratio)) canvas.width = Math.round(width * ratio);
    if (canvas.height !== Math.round(height * ratio)) canvas.height = Math.round(height * ratio);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, width, height);
    context.font = `13px ${style.fontFamily}`;
    context.textBaseline = "middle";
    if (!same) {
      labels = names.map((name) => {
        const text = name === " " ? "␣" : name.replace("▁", "");
        return { text, width: context.measureText(text).width };
      });
      boxes = new Float32Array(4 * names.length);
    }
    if (!same || marked !== seen) {
      order = names.map((_, i) => i);
      if (marked) order.sort((a, b) => Number(marked.has(names[b]!)) - Number(marked.has(names[a]!)));
    }
    [shown, seen, seenColor, seenWidth] = [names, marked, style.color, width];
    places = placed(points, width, height, places);
    const [strongColor, pointColor] = [style.caretColor, style.borderTopColor];
    for (const i of order) {
      const strong = marked?.has(names[i]!);
      context.fillStyle = strong ? strongColor : pointColor;
      context.beginPath();
      context.arc(places[2 * i]!, places[2 * i + 1]!, strong ? 5 : 3, 0, 7);
      context.fill();
    }
    context.lineWidth = 3;
    context.lineJoin = "round";
    context.strokeStyle = style.backgroundColor;
    context.fillStyle = seenColor;
    let taken = 0;
    for (const i of order) {
      const { text, width: wide } = labels[i]!;
      const x = places[2 * i]!;
      const y = places[2 * i + 1]!;
      const from = x + 9 + wide > width ? x - 7 - wide : x + 7;
      boxes[4 * taken] = from - 2;
      boxes[4 * taken + 1] = from + 2 + wide;
      boxes[4 * taken + 2] = y - 8;
      boxes[4 * taken + 3] = y + 8;
      if (overlaps(boxes, taken)) continue;
      taken++;
      context.strokeText(text, from, y);
      context.fillText(text, from, y);
    }
  };
}

function nearest(canvas: HTMLCanvasElement, points: Float32Array, event: MouseEvent): number | undefined {
  const { left, top, width, height } = canvas.getBoundingClientRect();
  const places = placed(points, width, height);
  let [best, least] = [-1, 30];
  for (let i = 0; i < places.length / 2; i++) {
    const far = Math.hypot(places[2 * i]! - (event.clientX - left), places[2 * i + 1]! - (event.clientY - top));
    if (far < least) [best, least] = [i, far];
  }
  return best < 0 ? undefined : best;
}
