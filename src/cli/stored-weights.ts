// What it costs to store weights in fewer bits: the model's own measures, before and after.
import { fail } from "../base/index.ts";
import { type WeightFormat, withStored } from "../runtime/index.ts";
import type { Model } from "../tasks/index.ts";
import type { Output } from "./output.ts";
import { filesOf } from "./source.ts";
import { aTask } from "./tasks/describe.ts";
import { commandOf } from "./tasks/registry.ts";

/** Measures the model as it is and as the exports store it. Without `--valid`, says how to have it measured. */
export async function showStored(
  show: Output,
  model: Model,
  formats: readonly WeightFormat[],
  valid: string | undefined,
): Promise<void> {
  const smaller = formats.filter((format) => format !== "f32");
  if (valid === undefined) {
    if (smaller.length > 0)
      show.line(`add --valid FILE to measure the loss in quality from ${smaller.join(" and ")} weights`);
    return;
  }
  const task = await commandOf(model.task);
  if (!task.heldOut)
    fail({ where: "--valid", expected: "a model that is measured on files", received: aTask(task.name) });
  const context = { host: show.host, show, flags: {} };
  const data = await task.heldOut(model as never, await filesOf(show, valid.split(",")), context);
  for (const format of ["f32", ...smaller] as const) {
    const { json, line } = await task.report(withStored(model, format), data, context);
    show.event("report", { part: "validation", task: task.name, weights: format, ...json });
    show.fact(format, line);
  }
}
