// unrolled evaluate, for every task: held-out data, the task's own measures.
import { fail } from "../../base/index.ts";
import type { LanguageModel, LanguageModelData, Model } from "../../tasks/index.ts";
import { jsonFlag, makeCommand, modelArgument, threadsFlag } from "../command.ts";
import { useEngineFlag, withEngine } from "../engine.ts";
import { flagName, int, repeated, text, type Values } from "../flags.ts";
import { command, type Host } from "../host.ts";
import { interruptible } from "../interrupt.ts";
import { output } from "../output.ts";
import { filesOf } from "../source.ts";
import { adaptFlags, adaptingReport, checkAdapting } from "../tasks/adapting.ts";
import { aModel } from "../tasks/describe.ts";
import { openModel } from "../tasks/registry.ts";
import type { AnyTask } from "../tasks/task.ts";
import { report } from "../train-flow.ts";

const columns = {
  textColumn: text("--text-column <name>", "column with the texts, by name or by number from 1"),
  labelColumn: text("--label-column <name>", "column with the labels, by name or by number from 1"),
  tokenColumn: int("--token-column <n>", "column with the tokens of tagged data, from 1; not for JSONL", { min: 1 }),
  tagColumn: int("--tag-column <n>", "column with the tags of tagged data, from 1; not for JSONL", { min: 1 }),
};
const flags = {
  toy: text("--toy <name>", "a synthetic problem instead of a file, also of another size: adding:1000, dates"),
  ...columns,
  ...adaptFlags,
  with: repeated("--with <model>", "average with another classifier that has the same labels; may be repeated"),
  ...threadsFlag,
  ...useEngineFlag,
  ...jsonFlag,
};

export const evaluateCommand = (host: Host) =>
  makeCommand(
    "evaluate",
    {
      arguments: [
        modelArgument,
        [
          "[file...]",
          "files of the kind that the model was trained on; two parallel files for a translator; - is standard input",
        ],
      ],
      flags,
    },
    // Parallel files may have a comma between them, as for --valid.
    (values, folder, inputs) => runEvaluate(host, folder, inputs.length === 1 ? inputs[0]!.split(",") : inputs, values),
  );

async function runEvaluate(
  host: Host,
  folder: string,
  inputs: readonly string[],
  given: Values<typeof flags>,
): Promise<void> {
  const { threads, json, with: others, engine, ...rest } = given;
  const { model, task } = await openModel(folder);
  if (others) refuseWith(folder, model);
  checkAdapting(folder, model, given);
  for (const name of ["toy", ...Object.keys(columns)] as const)
    if (rest[name as keyof typeof rest] !== undefined && !(name in task.flags))
      fail({ where: folder, problem: `${aModel(model)} does not read ${flagName(name)}` });
  if (inputs.length > 0 && given.toy !== undefined)
    fail({ where: "evaluate", expected: "--toy or a file", received: `--toy ${given.toy} and ${inputs.join(", ")}` });
  if (inputs.length === 0 && given.toy === undefined && model.task !== "toy")
    fail({
      where: "evaluate",
      expected: "a file to measure on",
      received: "none",
      hint: `${command("evaluate", folder)} FILE${"toy" in task.flags ? ", or --toy dates" : ""}`,
    });
  await interruptible(host, async ({ signal }) => {
    const show = output(host, json);
    const files = await filesOf(show, inputs);
    const context = { host, show, threads, signal, with: others, flags: rest };
    const data = await task.heldOut!(model, files, context);
    const adapting = given.cache || given.dynamic;
    const measured: AnyTask = adapting
      ? {
          ...task,
          report: (one, some, at) => adaptingReport(task, one as LanguageModel, some as LanguageModelData, given, at),
        }
      : task;
    await withEngine(show, engine, () => report(measured, model, data, "evaluation", context));
  });
}

/** Only classifiers are averaged. */
export function refuseWith(folder: string, model: Model): void {
  if (model.task !== "classifier")
    fail({ where: "--with", expected: "classifiers", received: `${folder}, ${aModel(model)}` });
}
