// Tasks and models in words.
import { type Model, type TaskName, type TokenPredictionOptions, tasks } from "../../tasks/index.ts";
import { withArticle } from "../../terminal/index.ts";

/** `a language model` */
export const aTask = (name: TaskName): string => withArticle(tasks[name].title);

export const aModel = ({ task }: Model): string => aTask(task);

interface Predicting {
  readonly encoder: { readonly type: string };
  readonly tokenPrediction?: TokenPredictionOptions;
}

/** What the training loss is, if it is not that of the task alone. @param own what the task predicts */
export function describePrediction({ encoder, tokenPrediction }: Predicting, own: string): string {
  const { weight, epochs } = tokenPrediction!;
  const tokens = encoder.type === "bidirectional" ? "the next and the previous token" : "the next token";
  return `in training, that of the ${own} and, with weight ${weight}${epochs === undefined ? "" : " falling to 0"}, that of predicting ${tokens}`;
}
