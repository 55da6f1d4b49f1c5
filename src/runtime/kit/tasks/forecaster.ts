// An exported forecaster: it works in the units of the series.
import type { ModelData } from "../encoding.ts";
import { type OpenOptions, open, type WeightSource } from "../open.ts";

interface ForecastInfo {
  inputs: readonly { name: string; mean: number; deviation: number; log?: boolean }[];
  target: number;
  length: number;
  horizon: number;
}

export async function load(data: ModelData, source: WeightSource, options?: OpenOptions) {
  const { graphs, shared } = await open(data, source, options);
  const { inputs, target, length, horizon } = data.info as ForecastInfo;
  const D = inputs.length;
  return {
    ...shared,
    series: inputs.map(({ name }) => name),
    target: inputs[target]!.name,
    length,
    horizon,
    /** From the last `length` values of each series; one list where the model reads one series. */
    forecast(given: ArrayLike<number> | Readonly<Record<string, ArrayLike<number>>>): number[] {
      const lists = inputs.map(({ name }) => {
        const list =
          "length" in given && D === 1 ? given : (given as Readonly<Record<string, ArrayLike<number>>>)[name];
        const values = list as ArrayLike<number> | undefined;
        if (!values || !(values.length >= length))
          throw new Error(`forecast(${name}): expected ${length} values or more, got ${values?.length ?? "none"}`);
        return values;
      });
      const steps = new Float32Array(length * D);
      inputs.forEach(({ name, mean, deviation, log }, d) => {
        const values = lists[d]!;
        for (let t = 0; t < length; t++) {
          const value = values[values.length - length + t]!;
          if (!Number.isFinite(value)) throw new Error(`forecast(${name}): expected numbers, got ${value}`);
          if (log && value <= 0) throw new Error(`forecast(${name}): expected numbers above 0, got ${value}`);
          steps[t * D + d] = ((log ? Math.log(value) : value) - mean) / deviation;
        }
      });
      const feeds = { inputs: { shape: [1, length, D], data: steps }, lengths: { shape: [1], data: [length] } };
      const changes = graphs.model!.run(feeds).changes!.data;
      const { mean, deviation, log } = inputs[target]!;
      const last = steps[(length - 1) * D + target]!;
      return Array.from({ length: horizon }, (_, k) => {
        const value = (last + changes[k]!) * deviation + mean;
        return log ? Math.exp(value) : value;
      });
    },
  };
}
