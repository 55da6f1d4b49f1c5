// Models in words.
import { type Model, taskOf } from "../../tasks/index.ts";
import { withArticle } from "../../terminal/index.ts";

/** `a language model` */
export const aModel = (model: Model): string => withArticle(taskOf(model).title);
