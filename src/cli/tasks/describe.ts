// Tasks and models in words.
import { type Model, type TaskName, tasks } from "../../tasks/index.ts";
import { withArticle } from "../../terminal/index.ts";

/** `a language model` */
export const aTask = (name: TaskName): string => withArticle(tasks[name].title);

export const aModel = ({ task }: Model): string => aTask(task);
