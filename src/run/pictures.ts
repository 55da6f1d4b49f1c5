// Parameters small enough to send and to draw.
import { type LanguageModel, weightsOf } from "../tasks/index.ts";
import type { ParameterPicture } from "./protocol.ts";

const most = 64;

/** Each matrix and vector of a model, averaged down to at most 64 x 64 values. */
export function parameterPictures(model: LanguageModel): ParameterPicture[] {
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
    return { name, shape, ...(gates ? { gates } : {}), rows: R, columns: C, values, norm: Math.sqrt(squares) };
  });
}
