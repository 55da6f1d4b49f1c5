// The tasks of the command line. A further task is one line in this list.
import { load } from "../../index.ts";
import type { Model, TaskName } from "../../tasks/index.ts";
import type { Trainable } from "../../train/index.ts";
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

export const commandNames = Object.keys(tasks) as TaskName[];

export const commandOf = (name: TaskName): Promise<AnyTask> => tasks[name]();

export const allCommands = (): Promise<AnyTask[]> => Promise.all(commandNames.map(commandOf));

/** Loads a saved model, with the command of its task. */
export async function openModel(folder: string): Promise<{ model: Model & Trainable<unknown>; task: AnyTask }> {
  const model = await load(folder);
  return { model: model as Model & Trainable<unknown>, task: await commandOf(model.task) };
}
