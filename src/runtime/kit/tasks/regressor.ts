// An exported regressor.
import type { ModelData } from "../encoding.ts";
import type { OpenOptions, WeightSource } from "../open.ts";
import { type TextInfo, textReader } from "./texts.ts";

export async function load(data: ModelData, source: WeightSource, options?: OpenOptions) {
  const { shared, read } = await textReader(data, source, options);
  const { scale } = data.info as TextInfo & { scale: { mean: number; deviation: number } };
  return {
    ...shared,
    rate: (text: string): number => read(text).results.number!.data[0]! * scale.deviation + scale.mean,
  };
}
