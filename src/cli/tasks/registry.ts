// The tasks of the command line. A further task is one line in the list and one in `kinds`.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { DataKind } from "../../data/index.ts";
import type { TaskName } from "../../tasks/index.ts";
import type { TaskFlag } from "../train-flags.ts";
import type { AnyTask } from "./task.ts";

const tasks: { readonly [name in TaskName]: () => Promise<AnyTask> } = {
  "language-model": async () => (await import("./text.ts")).textCommand as AnyTask,
  classifier: async () => (await import("./labeled.ts")).classifierCommand as AnyTask,
  regressor: async () => (await import("./labeled.ts")).regressorCommand as AnyTask,
  tagger: async () => (await import("./tags.ts")).tagsCommand as AnyTask,
  translator: async () => (await import("./pairs.ts")).pairsCommand as AnyTask,
  forecaster: async () => (await import("./series.ts")).seriesCommand as AnyTask,
  generator: async () => (await import("./music.ts")).musicCommand as AnyTask,
  toy: async () => (await import("./toy.ts")).toyCommand as AnyTask,
};

const kinds: Readonly<Record<DataKind, TaskFlag>> = {
  text: "language-model",
  classification: "classifier",
  regression: "regressor",
  series: "forecaster",
  tagging: "tagger",
  pairs: "translator",
  music: "generator",
};

export const commandNames = Object.keys(tasks) as TaskName[];

export const taskFor = (kind: DataKind): TaskFlag => kinds[kind];

export const commandOf = (name: TaskName): Promise<AnyTask> => tasks[name]();

export const allCommands = (): Promise<AnyTask[]> => Promise.all(commandNames.map(commandOf));

/** The command of a saved model's task. */
export const commandOfModel = ({ task }: { task: TaskName }): Promise<AnyTask> => commandOf(task);

/** The task of a saved model, or undefined where the folder has none: loading it reports what is wrong. */
export function taskIn(folder: string): string | undefined {
  try {
    const config: unknown = JSON.parse(readFileSync(join(folder, "config.json"), "utf8"));
    const task = (config as { task?: unknown })?.task;
    return typeof task === "string" ? task : undefined;
  } catch {
    return undefined;
  }
}
