// An exported classifier.
import type { ModelData } from "../encoding.ts";
import type { OpenOptions, WeightSource } from "../open.ts";
import { type TextInfo, textReader } from "./texts.ts";

export async function load(data: ModelData, source: WeightSource, options?: OpenOptions) {
  const { shared, read, tokensOf } = await textReader(data, source, options);
  const { labels } = data.info as TextInfo & { labels: readonly string[] };
  return {
    ...shared,
    labels,
    classify(text: string) {
      const { ids, results } = read(text);
      const probabilities = results.probabilities!.data;
      const best = probabilities.indexOf(Math.max(...probabilities));
      return {
        label: labels[best]!,
        probability: probabilities[best]!,
        probabilities: Object.fromEntries(labels.map((label, i) => [label, probabilities[i]!])),
        ...(results.attention
          ? { tokens: tokensOf(ids), attention: Array.from(results.attention.data.subarray(0, ids.length)) }
          : {}),
      };
    },
  };
}
