// The picture as PNG: discs and a stroke font drawn into pixels with smooth edges, no text engine needed.
import { placeLabels } from "./layout.ts";
import type { Picture } from "./picture.ts";
import { encodePng } from "./png-file.ts";
import { type Strokes, textStrokes } from "./stroke-font.ts";
import { type StillOptions, still } from "./svg.ts";

type Color = readonly [number, number, number];
const blue: Color = [75, 108, 183];
const red: Color = [192, 24, 47];
const ink: Color = [32, 36, 44];
const white: Color = [255, 255, 255];

export interface PngPicture {
  bytes: Uint8Array;
  /** How many words would have been named, had the font their letters: it is Latin only; SVG has real text. */
  unwritten: number;
}

/** Renders a square PNG on white, `size` pixels wide (1,200 by default; 2,400 for print). */
export async function picturePng(picture: Picture, options: StillOptions = {}): Promise<PngPicture> {
  const { points, size, labels, first, radius, fontSize } = still("picturePng", picture, options);
  const canvas = { size, pixels: new Uint8Array(size * size * 3).fill(255) };
  const marked = new Set(first);
  for (let i = 0; i < picture.words.length; i++) {
    if (!marked.has(i)) disc(canvas, points[2 * i]!, points[2 * i + 1]!, radius, blue, 0.5);
  }
  for (const i of first) disc(canvas, points[2 * i]!, points[2 * i + 1]!, 2 * radius, red, 1);

  const textSize = fontSize * 1.25; // a stroke font's size counts from ascender to descender
  const known = new Map<number, Strokes | undefined>();
  const strokesOf = (word: number) => {
    if (!known.has(word)) known.set(word, textStrokes(picture.words[word]!));
    return known.get(word);
  };
  const placed = placeLabels({
    points,
    widthOf: (word) => (strokesOf(word)?.width ?? 2) * textSize,
    lineHeight: textSize * 1.05,
    gap: 2 * radius + textSize * 0.15,
    width: size,
    height: size,
    limit: labels,
    first,
  });
  let unwritten = 0;
  for (const { word, x, y } of placed) {
    const strokes = strokesOf(word);
    if (strokes) write(canvas, strokes, x, y, textSize, marked.has(word) ? red : ink);
    else unwritten++;
  }
  return { bytes: await encodePng(canvas.pixels, size, size), unwritten };
}

interface Canvas {
  size: number;
  /** Red, green, blue: [size, size, 3]. */
  pixels: Uint8Array;
}

function blend({ pixels }: Canvas, at: number, [red, green, blue]: Color, alpha: number): void {
  pixels[at] = pixels[at]! + (red - pixels[at]!) * alpha;
  pixels[at + 1] = pixels[at + 1]! + (green - pixels[at + 1]!) * alpha;
  pixels[at + 2] = pixels[at + 2]! + (blue - pixels[at + 2]!) * alpha;
}

function disc(canvas: Canvas, x: number, y: number, radius: number, color: Color, alpha: number): void {
  const { size } = canvas;
  const reach = radius + 1;
  for (let row = Math.max(0, Math.floor(y - reach)); row <= Math.min(size - 1, y + reach); row++) {
    for (let column = Math.max(0, Math.floor(x - reach)); column <= Math.min(size - 1, x + reach); column++) {
      const distance = Math.hypot(column + 0.5 - x, row + 0.5 - y);
      const cover = Math.min(1, Math.max(0, radius + 0.5 - distance));
      if (cover > 0) blend(canvas, (row * size + column) * 3, color, cover * alpha);
    }
  }
}

/** Strokes with a white rim; x is the left end and y the middle of small letters. */
function write(canvas: Canvas, { lines, width }: Strokes, x: number, y: number, textSize: number, color: Color): void {
  const pen = Math.max(0.55, textSize * 0.045); // half the width of a stroke
  const rim = pen + Math.max(1, textSize * 0.1);
  const baseline = y + textSize * (5 / 19);
  const [left, top] = [Math.floor(x - rim - 1), Math.floor(baseline - textSize - rim)];
  const columns = Math.ceil(width * textSize + 2 * rim + 4);
  const rows = Math.ceil(1.4 * textSize + 2 * rim);
  const nearest = new Float32Array(columns * rows).fill(rim + 1); // distance of each pixel to the pen's path
  for (const line of lines) {
    for (let s = 0; s + 3 < line.length; s += 2) {
      const [ax, bx] = [x + line[s]! * textSize - left, x + line[s + 2]! * textSize - left];
      const [ay, by] = [baseline - line[s + 1]! * textSize - top, baseline - line[s + 3]! * textSize - top];
      const lengthSquared = (bx - ax) ** 2 + (by - ay) ** 2 || 1e-9;
      const lastRow = Math.min(rows - 1, Math.max(ay, by) + rim + 1);
      const lastColumn = Math.min(columns - 1, Math.max(ax, bx) + rim + 1);
      for (let row = Math.max(0, Math.floor(Math.min(ay, by) - rim - 1)); row <= lastRow; row++) {
        for (let column = Math.max(0, Math.floor(Math.min(ax, bx) - rim - 1)); column <= lastColumn; column++) {
          const [px, py] = [column + 0.5, row + 0.5];
          const along = Math.min(1, Math.max(0, ((px - ax) * (bx - ax) + (py - ay) * (by - ay)) / lengthSquared));
          const distance = Math.hypot(px - ax - along * (bx - ax), py - ay - along * (by - ay));
          const at = row * columns + column;
          if (distance < nearest[at]!) nearest[at] = distance;
        }
      }
    }
  }
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const [px, py] = [left + column, top + row];
      if (px < 0 || py < 0 || px >= canvas.size || py >= canvas.size) continue;
      const distance = nearest[row * columns + column]!;
      const at = (py * canvas.size + px) * 3;
      const halo = Math.min(1, Math.max(0, rim + 0.5 - distance));
      const cover = Math.min(1, Math.max(0, pen + 0.5 - distance));
      if (halo > 0) blend(canvas, at, white, halo * 0.85);
      if (cover > 0) blend(canvas, at, color, cover);
    }
  }
}
