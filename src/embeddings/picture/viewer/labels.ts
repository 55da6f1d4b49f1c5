// Runs inside the page: writes as many words as fit without covering one another, the important ones first.
// Its text is put into the page as it stands, so it may refer to nothing outside itself.
import type { View } from "./points.ts";

export interface LabelLayer {
  /** `first` are tried before all others; `limit` bounds how many of the others are written; none lies under `panel`. */
  draw(
    view: View,
    first: readonly number[],
    limit: number,
    colors: { ink: string; halo: string; strong: string },
    panel: { left: number; top: number; right: number; bottom: number },
  ): void;
}

export function createLabels(canvas: HTMLCanvasElement, words: readonly string[], points: Float32Array): LabelLayer {
  const g = canvas.getContext("2d")!;
  const family = g.canvas.ownerDocument.defaultView!.getComputedStyle(canvas).fontFamily;
  const font = `12px ${family}`;
  const bold = `600 14px ${family}`;
  const widths = new Float32Array(words.length); // 0: not measured yet
  const cell = 64; // pixels; a bucket lists the boxes that touch it
  let boxes: { left: number; top: number; right: number; bottom: number }[] = [];
  let buckets = new Map<number, number[]>();

  /** Whether the box is free; if so, takes it. */
  function claim(left: number, top: number, right: number, bottom: number): boolean {
    const keys: number[] = [];
    for (let row = Math.floor(top / cell); row <= Math.floor(bottom / cell); row++) {
      for (let column = Math.floor(left / cell); column <= Math.floor(right / cell); column++) {
        const key = row * 4096 + column;
        for (const other of buckets.get(key) ?? []) {
          const b = boxes[other]!;
          if (left < b.right && right > b.left && top < b.bottom && bottom > b.top) return false;
        }
        keys.push(key);
      }
    }
    for (const key of keys) {
      const bucket = buckets.get(key);
      if (bucket) bucket.push(boxes.length);
      else buckets.set(key, [boxes.length]);
    }
    boxes.push({ left, top, right, bottom });
    return true;
  }

  return {
    draw({ x, y, scale, width, height, ratio }, first, limit, { ink, halo, strong }, panel) {
      g.setTransform(ratio, 0, 0, ratio, 0, 0);
      g.clearRect(0, 0, width, height);
      g.textBaseline = "middle";
      g.lineJoin = "round";
      g.lineWidth = 3;
      g.strokeStyle = halo;
      boxes = [];
      buckets = new Map();
      claim(panel.left, panel.top, panel.right, panel.bottom);
      const write = (i: number, gap: number, advance: number) => {
        const px = points[2 * i]! * scale + x + gap;
        const py = points[2 * i + 1]! * scale + y;
        g.strokeText(words[i]!, px, py);
        g.fillText(words[i]!, px, py);
        return advance;
      };
      g.font = bold;
      g.fillStyle = strong;
      for (const i of first) {
        const px = points[2 * i]! * scale + x + 9;
        const py = points[2 * i + 1]! * scale + y;
        if (px < -200 || py < 0 || px > width || py > height) continue;
        const advance = g.measureText(words[i]!).width;
        if (claim(px - 9, py - 9, px + advance, py + 9)) write(i, 9, advance);
      }
      g.font = font;
      g.fillStyle = ink;
      const margin = 80; // words just outside take part, so that few labels change while the view moves
      for (let i = 0, written = 0; i < words.length && written < limit; i++) {
        const px = points[2 * i]! * scale + x + 6;
        const py = points[2 * i + 1]! * scale + y;
        if (px < -margin || py < -margin || px > width + margin || py > height + margin) continue;
        widths[i] ||= g.measureText(words[i]!).width + 1;
        if (!claim(px - 6, py - 8, px + widths[i]! + 4, py + 8)) continue;
        write(i, 6, widths[i]!);
        written++;
      }
    },
  };
}
