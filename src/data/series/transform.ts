// What to do to a series before a model reads it: nothing, logarithms, differences, or both; and the way back.
// Logarithms turn growth by a factor into growth by a sum; differences take out the trend, so that a level that was never
// seen in training is no obstacle. Seasonal differences take out what repeats.

export type TransformName = "none" | "log" | "difference" | "log-difference";

export interface Transform {
  readonly name: TransformName;
  /** Steps between the two values of a difference: 1, or a season. */
  readonly lag: number;
  /** The transformed series: `lag` steps shorter where differences are taken, else as long. */
  apply(values: ArrayLike<number>): Float64Array;
  /** Values from transformed ones. `before`: the values just before them, `lag` at least where differences are taken. */
  undo(transformed: ArrayLike<number>, before: ArrayLike<number>): Float64Array;
}

/** A transform by its name. */
export function seriesTransform(name: TransformName, lag = 1): Transform {
  const logs = name === "log" || name === "log-difference";
  const differences = name === "difference" || name === "log-difference";
  const into = logs ? Math.log : (x: number) => x;
  const back = logs ? Math.exp : (x: number) => x;
  return {
    name,
    lag,
    apply(values) {
      const own = Float64Array.from(values, into);
      return differences ? own.slice(lag).map((value, t) => value - own[t]!) : own;
    },
    undo(transformed, before) {
      if (!differences) return Float64Array.from(transformed, back);
      const own = Float64Array.from(before, into);
      const out = new Float64Array(own.length + transformed.length);
      out.set(own);
      for (let t = 0; t < transformed.length; t++) out[own.length + t] = out[own.length + t - lag]! + transformed[t]!;
      return out.slice(own.length).map(back);
    },
  };
}

export interface TransformChoice {
  name: TransformName;
  /** For people, for example "it grows by a factor". */
  reason: string;
}

/**
 * Chooses a transform by the training part of a series.
 *
 * Logarithms where all values are positive, the largest is three times the smallest or more, and the size of the changes
 * grows with the level (rank correlation over blocks above 0.5). Differences where the last quarter's mean lies outside the
 * range of the first half, or the changes explain more than the levels: a random walk or a trend.
 */
export function suggestTransform(training: ArrayLike<number>, season = 1): TransformChoice {
  const values = Float64Array.from(training);
  const n = values.length;
  if (n < 12) return { name: "none", reason: "too short to tell" };
  const lowest = values.reduce((a, b) => Math.min(a, b), Infinity);
  const highest = values.reduce((a, b) => Math.max(a, b), -Infinity);
  const multiplies = lowest > 0 && highest >= 3 * lowest && spreadFollowsLevel(values, season) > 0.5;
  const own = multiplies ? values.map(Math.log) : values;
  const trend = hasTrend(own);
  if (multiplies && trend) return { name: "log-difference", reason: "it grows, and its swings grow with it" };
  if (multiplies) return { name: "log", reason: "its swings grow with its level" };
  if (trend) return { name: "difference", reason: "it has a trend" };
  return { name: "none", reason: "its level and its swings stay" };
}

/** Rank correlation of mean and deviation over about twelve blocks; whole seasons, where there are any. */
function spreadFollowsLevel(values: Float64Array, season: number): number {
  const size = Math.max(season > 1 ? season : 4, Math.floor(values.length / 12));
  const blocks: { level: number; spread: number }[] = [];
  for (let at = 0; at + size <= values.length; at += size) {
    const block = values.subarray(at, at + size);
    const level = mean(block);
    // Around its own line, so that a mere trend is no spread.
    const slope = (mean(block.subarray(size >> 1)) - mean(block.subarray(0, size >> 1))) / (size / 2);
    const spread = Math.sqrt(mean(block.map((value, t) => (value - level - slope * (t - (size - 1) / 2)) ** 2)));
    blocks.push({ level, spread });
  }
  if (blocks.length < 3) return 0;
  const ranks = (of: (block: (typeof blocks)[number]) => number) =>
    blocks.map((block) => blocks.filter((other) => of(other) < of(block)).length);
  return correlation(
    ranks((b) => b.level),
    ranks((b) => b.spread),
  );
}

/** Whether the last quarter lies apart from the first half by more than the series swings in a half. */
function hasTrend(values: Float64Array): boolean {
  const n = values.length;
  const half = values.subarray(0, n >> 1);
  const last = values.subarray(n - (n >> 2));
  const swing = Math.sqrt(mean(half.map((value) => (value - mean(half)) ** 2)));
  return Math.abs(mean(last) - mean(half)) > 1.5 * swing;
}

const mean = (values: ArrayLike<number>) => {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]!;
  return sum / Math.max(1, values.length);
};

function correlation(a: readonly number[], b: readonly number[]): number {
  const [ma, mb] = [mean(a), mean(b)];
  let [ab, aa, bb] = [0, 0, 0];
  a.forEach((x, i) => {
    ab += (x - ma) * (b[i]! - mb);
    aa += (x - ma) ** 2;
    bb += (b[i]! - mb) ** 2;
  });
  return aa * bb > 0 ? ab / Math.sqrt(aa * bb) : 0;
}
