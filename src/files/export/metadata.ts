// What an ONNX file says about its model besides the graph, as `metadata_props`: enough to be the model again.
import type { OperatorRecord } from "../../interop/onnx/operator-weights.ts";
import type { InferenceGraph } from "../../tasks/task.ts";
import type { AnyTask, Model } from "../../tasks/tasks.ts";
import { taskOf } from "../../tasks/verbs.ts";

/** Of the metadata. A reader refuses newer ones. */
export const metadataVersion = 1;

/** Metadata of one file of a model. `part`: the graph's name. */
export function metadataOf(
  model: Model,
  part: string,
  { states }: InferenceGraph,
  operators: readonly OperatorRecord[],
): Record<string, string> {
  const { config, assets } = (taskOf(model) as unknown as AnyTask).pack(model);
  const labels = labelsOf(model);
  return {
    unrolled: String(metadataVersion),
    task: model.task,
    part,
    architecture: JSON.stringify(config),
    ...(labels ? { labels: JSON.stringify(labels) } : {}),
    states: JSON.stringify(states),
    operators: JSON.stringify(operators),
    ...Object.fromEntries(Object.entries(assets).map(([file, json]) => [file, JSON.stringify(json)])),
  };
}

/** What the ids of a model's answers mean, where they have names. */
export function labelsOf(model: Model): readonly string[] | undefined {
  if (model.task === "classifier") return model.config.labels;
  if (model.task === "tagger") return model.vocabulary.tags;
  return undefined;
}
