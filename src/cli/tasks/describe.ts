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

/** What is predicted, if training has a second loss. @param own what the task predicts */
export function describePrediction({ encoder, tokenPrediction }: Predicting, own: string): string {
  const { weight, epochs } = tokenPrediction!;
  const tokens = encoder.type === "bidirectional" ? "the next and the previous token" : "the next token";
  return `${own}; in training also ${tokens}, with weight ${weight}${epochs === undefined ? "" : " falling to 0"}`;
}
