// The built-in tasks. A further task is its folder and a line here.

import type { DataKind } from "../data/index.ts";
import { classifierTask, forecasterTask, regressorTask } from "./reader/tasks.ts";
import { generatorTask } from "./sequence/generator-task.ts";
import { languageModelTask } from "./sequence/language-model-task.ts";
import { taggerTask } from "./tagger/task.ts";
import type { Task } from "./task.ts";
import { toyTask } from "./toy/task.ts";
import { translatorTask } from "./translator/task.ts";

/**
 * The built-in tasks by name.
 *
 * @example
 * ```ts
 * const recipe = tasks.classifier.recipe({ rows: 5000 });
 * const model = classifier({ tokenizer, labels, ...tasks.classifier.options(recipe) });
 * ```
 */
export const tasks = {
  "language-model": languageModelTask,
  classifier: classifierTask,
  regressor: regressorTask,
  forecaster: forecasterTask,
  tagger: taggerTask,
  translator: translatorTask,
  generator: generatorTask,
  toy: toyTask,
};

export type Tasks = typeof tasks;

/** A task's name: in `model.task`, in `config.json`, after `--task` and in JSON output alike. */
export type TaskName = keyof Tasks;

/** The task that a kind of file is trained on, unless another is chosen. */
export const taskFor = (kind: DataKind): TaskName =>
  (Object.keys(tasks) as TaskName[]).find((name) => (tasks as Record<TaskName, AnyTask>)[name].reads === kind)!;

/** The model of a task, by its name. */
export type ModelOf<K extends keyof Tasks> = ReturnType<Tasks[K]["unpack"]>;

/** A model of any built-in task; narrow it by `task`. */
export type Model = { [K in keyof Tasks]: ModelOf<K> }[keyof Tasks];

/** A task whose types are not known: for code that goes by `model.task`. */
export type AnyTask = Task<Model, unknown, unknown, unknown, unknown>;
