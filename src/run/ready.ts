// What is posted about a model before it trains or is used.
import type { Model } from "../tasks/index.ts";
import type { Trainable } from "../train/index.ts";
import { lensesOf } from "./viewer.ts";

/** @param engine name of the engine */
export const readyOf = (model: Model & Trainable<unknown>, engine: string) =>
  ({
    kind: "ready",
    task: model.task,
    engine,
    parameters: model.parameters.length,
    labels: labelsOf(model),
    lenses: lensesOf(model),
  }) as const;

function labelsOf(model: Model): Readonly<Record<string, readonly string[]>> {
  if (model.task === "generator") return model.config.fields;
  return model.task === "classifier" ? { label: model.config.labels } : {};
}
