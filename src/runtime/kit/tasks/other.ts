// An exported model of a task that is not built in: its graphs.
import type { ModelData } from "../encoding.ts";
import { type OpenOptions, open, type WeightSource } from "../open.ts";

export const load = async (data: ModelData, source: WeightSource, options?: OpenOptions) =>
  (await open(data, source, options)).shared;
