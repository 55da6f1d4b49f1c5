// Which words a still picture names, and where: greedy, the important words first, no two labels over one another.

export interface Label {
  word: number;
  /** Left end and middle height of the text, in the picture's units. */
  x: number;
  y: number;
}

export interface LabelOptions {
  /** x and y of every word in the picture's units. */
  points: ArrayLike<number>;
  /** The width of a word's text. */
  widthOf: (word: number) => number;
  /** Height of a line of text. */
  lineHeight: number;
  /** From the point's middle to the text. */
  gap: number;
  width: number;
  height: number;
  /** At most so many labels. */
  limit: number;
  /** These words are tried before the others. */
  first?: readonly number[];
}

/** Places labels to the right of their points, else to the left; words whose label would not fit stay without. */
export function placeLabels({
  points,
  widthOf,
  lineHeight,
  gap,
  width,
  height,
  limit,
  first = [],
}: LabelOptions): Label[] {
  const taken: { left: number; top: number; right: number; bottom: number }[] = [];
  const labels: Label[] = [];
  const tried = new Set<number>();
  const attempt = (word: number) => {
    if (tried.has(word)) return;
    tried.add(word);
    const px = points[2 * word]!;
    const py = points[2 * word + 1]!;
    const advance = widthOf(word);
    for (const x of [px + gap, px - gap - advance]) {
      const box = {
        left: x - gap / 2,
        right: x + advance + gap / 2,
        top: py - lineHeight / 2,
        bottom: py + lineHeight / 2,
      };
      if (box.left < 0 || box.right > width || box.top < 0 || box.bottom > height) continue;
      const hit = taken.some(
        (other) => box.left < other.right && box.right > other.left && box.top < other.bottom && box.bottom > other.top,
      );
      if (hit) continue;
      taken.push(box);
      labels.push({ word, x, y: py });
      return;
    }
  };
  for (const word of first) attempt(word);
  for (let word = 0; word < points.length / 2 && labels.length < limit; word++) attempt(word);
  return labels;
}
