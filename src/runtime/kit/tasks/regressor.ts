// An exported regressor.
import type { NumberSteps } from "../../../data/readings.ts";
import type { ModelData } from "../encoding.ts";
import type { OpenOptions, WeightSource } from "../open.ts";
import { inputReader, type ReaderInfo } from "./inputs.ts";

export async function load(data: ModelData, source: WeightSource, options?: OpenOptions) {
  const { shared, read } = await inputReader(data, source, options);
  const { scale } = data.info as ReaderInfo & { scale: { mean: number; deviation: number } };
  return {
    ...shared,
    rate: (input: string | NumberSteps): number => read(input).results.number!.data[0]! * scale.deviation + scale.mean,
  };
}
