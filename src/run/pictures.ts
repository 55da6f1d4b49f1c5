// Parameters small enough to send and to draw, and the embedding's rows as points.
import { pca } from "../embeddings/index.ts";
import { lectureName } from "../inspect/index.ts";
import { builtInCell, type CellConfig, cellNameOf } from "../nn/index.ts";
import { type Model, weightsOf } from "../tasks/index.ts";
import type { Trainable } from "../train/index.ts";
import type { ParameterPicture } from "./protocol.ts";

const most = 64;

/** Each matrix and vector of a model, averaged down to at most 64 x 64 values. */
export function parameterPictures(model: Model & Trainable<unknown>): ParameterPicture[] {
  const weights = weightsOf(model);
  return model.specs.map(({ name, gates }) => {
    const { shape, data } = weights[name]!;
    const [rows = 1, columns = 1] =
      shape.length < 2 ? [1, shape[0]] : [shape[0], shape.slice(1).reduce((a, b) => a * b, 1)];
    const [R, C] = [Math.min(most, rows), Math.min(most, columns)];
    const values = new Float32Array(R * C);
    const counts = new Float32Array(R * C);
    let squares = 0;
    for (let r = 0; r < rows; r++)
      for (let c = 0; c < columns; c++) {
        const value = data[r * columns + c]!;
        squares += value * value;
        const at = Math.floor((r * R) / rows) * C + Math.floor((c * C) / columns);
        values[at]! += value;
        counts[at]!++;
      }
    for (let i = 0; i < values.length; i++) values[i]! /= counts[i]!;
    const lecture = lectureOf(model, name);
    return {
      name,
      ...(lecture ? { lecture } : {}),
      shape,
      ...(gates ? { gates } : {}),
      rows: R,
      columns: C,
      values,
      norm: Math.sqrt(squares),
    };
  });
}

interface Nested {
  readonly cell?: CellConfig;
  readonly layer?: Nested;
  readonly layers?: readonly Nested[];
}

const cellIn = (layer: Nested | undefined): CellConfig | undefined =>
  layer && (layer.cell ?? cellIn(layer.layer) ?? cellIn(layer.layers?.[0]));

/** The lecture's name of a parameter, without its sizes. */
function lectureOf(model: Model, name: string): string | undefined {
  const cell = cellIn((model.config as { encoder?: Nested }).encoder);
  const known = cell && cellNameOf(cell);
  if (!known) return undefined;
  return lectureName(builtInCell(known), name, { H: 1, D: 1, V: 1 }).split(":")[0] || undefined;
}

/** Words of a map: the most frequent ones. */
const mostWords = 300;

interface Vocabulary {
  readonly tokens: readonly string[];
  readonly counts?: readonly number[];
}

/** Follows the rows of an embedding as two principal components that do not spin or flip from frame to frame. */
export function wordMap(
  model: Model & Trainable<unknown>,
): (() => { words: string[]; points: Float32Array }) | undefined {
  const vocabulary = vocabularyOf(model);
  const spec = model.specs.find(
    ({ name, shape }) => /(embedding|words)\.weight$/i.test(name) && shape[0] === vocabulary?.tokens.length,
  );
  if (!vocabulary || !spec || spec.shape[1]! < 2) return undefined;
  const dim = spec.shape[1]!;
  const { tokens, counts } = vocabulary;
  const ids = tokens.map((_, id) => id).filter((id) => !/^<.*>$/.test(tokens[id]!));
  if (counts) ids.sort((a, b) => (counts[b] ?? 0) - (counts[a] ?? 0));
  ids.splice(mostWords);
  if (ids.length < 3) return undefined;
  let last: Float32Array | undefined;
  return () => {
    const table = weightsOf(model)[spec.name]!.data as Float32Array;
    const data = new Float32Array(ids.length * dim);
    ids.forEach((id, i) => {
      data.set(table.subarray(id * dim, (id + 1) * dim), i * dim);
    });
    const { points } = pca({ data, rows: ids.length, dim });
    last = aligned(points, last);
    return { words: ids.map((id) => tokens[id]!), points: last.slice() };
  };
}

/** Points [n, 2], turned and perhaps mirrored so that they lie as near to earlier ones as they can (Procrustes). */
export function aligned(points: Float32Array, before: Float32Array | undefined): Float32Array {
  if (!before || before.length !== points.length) return points;
  let [a, b, c, d] = [0, 0, 0, 0]; // before' points
  for (let i = 0; i < points.length; i += 2) {
    const [x, y, u, v] = [points[i]!, points[i + 1]!, before[i]!, before[i + 1]!];
    a += u * x;
    b += u * y;
    c += v * x;
    d += v * y;
  }
  // The best rotation maximizes (a + d) cos + (c - b) sin; the best reflection (a - d) cos + (b + c) sin.
  const mirrored = Math.hypot(a - d, b + c) > Math.hypot(a + d, c - b);
  const angle = mirrored ? Math.atan2(b + c, a - d) : Math.atan2(c - b, a + d);
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const out = new Float32Array(points.length);
  for (let i = 0; i < points.length; i += 2) {
    const [x, y] = [points[i]!, points[i + 1]!];
    out[i] = mirrored ? cos * x + sin * y : cos * x - sin * y;
    out[i + 1] = mirrored ? sin * x - cos * y : sin * x + cos * y;
  }
  return out;
}

function vocabularyOf(model: Model): Vocabulary | undefined {
  switch (model.task) {
    case "language-model":
      return model.tokenizer.vocabulary;
    case "classifier":
    case "regressor":
      return model.tokenizer?.vocabulary;
    case "tagger":
      return model.vocabulary.words;
    case "translator":
      return model.tokenizers.source.vocabulary;
    default:
      return undefined;
  }
}
