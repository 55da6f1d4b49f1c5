// Initial values of parameters: functions from a shape and a stream of random numbers to values.
import { fail, type Random } from "../base/index.ts";

/** Fills a parameter of this shape, row-major. */
export type Initializer = (shape: readonly number[], random: Random) => Float32Array;

const filled =
  (next: (random: Random) => number): Initializer =>
  (shape, random) =>
    Float32Array.from({ length: sizeOf(shape) }, () => next(random));

const sizeOf = (shape: readonly number[]) => shape.reduce((a, b) => a * b, 1);

/** The same value everywhere. */
export const fill = (value: number): Initializer => filled(() => value);

/** Uniform in [-bound, bound). PyTorch's default for recurrent layers is bound 1 / sqrt(hiddenSize). */
export const uniform = (bound: number): Initializer => filled((random) => (2 * random.uniform() - 1) * bound);

/**
 * log(U(1, timescale - 1)): as the bias of a gate that keeps, it spreads the units' memories over 1 to `timescale` steps
 * (Tallec & Ollivier, 2018, "Can recurrent neural networks warp time?").
 */
export function chrono(timescale: number): Initializer {
  if (!(timescale >= 2))
    fail({ where: "chrono", expected: "a timescale of 2 steps or more", received: String(timescale) });
  return filled((random) => Math.log(1 + random.uniform() * (timescale - 2)));
}

/** Normal with mean 0. */
export const normal = (deviation = 1): Initializer => filled((random) => random.normal() * deviation);

/** Uniform in +-sqrt(6 / (inputs + outputs)) for a matrix [outputs, inputs] (Glorot & Bengio, 2010). */
export const glorot = (): Initializer => (shape, random) => {
  const [outputs, inputs] = matrix("glorot", shape);
  return uniform(Math.sqrt(6 / (inputs + outputs)))(shape, random);
};

/**
 * Rows (or columns, if there are more rows) that are orthonormal, times `gain`: a product with it keeps lengths, so
 * that a state neither dies out nor explodes over many steps (Saxe et al., 2014).
 */
export const orthogonal =
  (gain = 1): Initializer =>
  (shape, random) => {
    const [rows, columns] = matrix("orthogonal", shape);
    const count = Math.min(rows, columns);
    const length = Math.max(rows, columns);
    const vectors = Array.from({ length: count }, () => Float64Array.from({ length }, () => random.normal()));
    for (const [i, vector] of vectors.entries()) {
      for (const earlier of vectors.slice(0, i)) {
        const along = dot(vector, earlier);
        for (let k = 0; k < length; k++) vector[k]! -= along * earlier[k]!;
      }
      const scale = 1 / Math.sqrt(dot(vector, vector));
      for (let k = 0; k < length; k++) vector[k]! *= scale;
    }
    const at = (row: number, column: number) => (rows <= columns ? vectors[row]![column]! : vectors[column]![row]!);
    return Float32Array.from({ length: rows * columns }, (_, i) => gain * at(Math.floor(i / columns), i % columns));
  };

/** Cuts the first axis into equal blocks, one for each initializer: the gates of a cell, stacked in one matrix. */
export const blocks =
  (...each: readonly Initializer[]): Initializer =>
  (shape, random) => {
    const [rows, ...rest] = shape as [number, ...number[]];
    const block = [rows / each.length, ...rest];
    const values = new Float32Array(sizeOf(shape));
    each.forEach((init, i) => void values.set(init(block, random), i * sizeOf(block)));
    return values;
  };

/** The given values: pretrained embeddings, for instance. */
export const given =
  (values: ArrayLike<number>): Initializer =>
  (shape) => {
    if (values.length !== sizeOf(shape)) {
      const expected = `${sizeOf(shape)} numbers for [${shape.join(", ")}]`;
      fail({ where: "given", code: "shape", expected, received: String(values.length) });
    }
    return Float32Array.from(values);
  };

function dot(a: Float64Array, b: Float64Array): number {
  let total = 0;
  for (let i = 0; i < a.length; i++) total += a[i]! * b[i]!;
  return total;
}

function matrix(where: string, shape: readonly number[]): [number, number] {
  if (shape.length !== 2)
    fail({ where, code: "shape", expected: "a matrix [outputs, inputs]", received: `[${shape.join(", ")}]` });
  return shape as unknown as [number, number];
}
