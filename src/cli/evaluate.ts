// unrolled evaluate, for every task: held-out data, the task's own measures.
import { fail } from "../base/index.ts";
import { load } from "../index.ts";
import type { Model } from "../tasks/index.ts";
import type { Trainable } from "../train/index.ts";
import { withEngine } from "./engine.ts";
import { flagName } from "./flags.ts";
import { command, type Host } from "./host.ts";
import { interrupt } from "./interrupt.ts";
import { output } from "./output.ts";
import { filesOf } from "./source.ts";
import { commandOfModel } from "./tasks/registry.ts";
import { report } from "./train-flow.ts";

export interface EvaluateFlags {
  toy?: string;
  with?: readonly string[];
  textColumn?: string;
  labelColumn?: string;
  tokenColumn?: number;
  tagColumn?: number;
  json?: boolean;
  threads?: number;
  engine?: "cpu" | "webgpu";
}

export async function runEvaluate(host: Host, folder: string, inputs: readonly string[], flags: EvaluateFlags) {
  const { threads, json, with: others, engine, ...rest } = flags;
  const model = (await load(folder)) as Model & Trainable<unknown>;
  const task = await commandOfModel(model);
  if (others) refuseWith(folder, model);
  for (const name of ["toy", "textColumn", "labelColumn", "tokenColumn", "tagColumn"] as const)
    if (flags[name] !== undefined && !(name in task.flags))
      fail({
        where: folder,
        problem: `a ${task.title} does not read ${flagName(name)}`,
      });
  if (inputs.length > 0 && flags.toy !== undefined)
    fail({ where: "evaluate", expected: "--toy or a file", received: `--toy ${flags.toy} and ${inputs.join(", ")}` });
  if (inputs.length === 0 && flags.toy === undefined && model.task !== "toy")
    fail({
      where: "evaluate",
      expected: "a file to measure on",
      received: "none",
      hint: `${command("evaluate", folder)} FILE${"toy" in task.flags ? ", or --toy dates" : ""}`,
    });
  const stop = interrupt();
  try {
    const show = output(host, json);
    const files = await filesOf(show, inputs);
    const context = { host, show, threads, signal: stop.signal, with: others, flags: rest };
    const data = await task.heldOut!(model, files, context);
    await withEngine(show, engine, () => report(task, model, data, "evaluation", context));
  } finally {
    stop.end();
  }
  host.exitCode = stop.code();
}

/** Only classifiers are averaged. */
export function refuseWith(folder: string, { task }: { task: string }): void {
  if (task !== "classifier") fail({ where: "--with", expected: "classifiers", received: `${folder}, a ${task}` });
}
