// An exported classifier.
import type { NumberSteps } from "../../../data/readings.ts";
import type { ModelData } from "../encoding.ts";
import type { OpenOptions, WeightSource } from "../open.ts";
import { inputReader, type ReaderInfo } from "./inputs.ts";

export async function load(data: ModelData, source: WeightSource, options?: OpenOptions) {
  const { shared, read } = await inputReader(data, source, options);
  const { labels, multiLabel } = data.info as ReaderInfo & { labels: readonly string[]; multiLabel?: boolean };
  return {
    ...shared,
    labels,
    classify(input: string | NumberSteps, { threshold = 0.5 }: { threshold?: number } = {}) {
      const { length, results, tokens } = read(input);
      const probabilities = results.probabilities!.data;
      const order = [...labels.keys()].sort((a, b) => probabilities[b]! - probabilities[a]! || a - b);
      const attention = results.attention && Array.from(results.attention.data.subarray(0, length));
      return {
        label: labels[order[0]!]!,
        probability: probabilities[order[0]!]!,
        probabilities: Object.fromEntries(labels.map((label, i) => [label, probabilities[i]!])),
        ...(multiLabel ? { labels: order.filter((i) => probabilities[i]! >= threshold).map((i) => labels[i]!) } : {}),
        ...(attention ? { tokens, attention } : {}),
      };
    },
  };
}
