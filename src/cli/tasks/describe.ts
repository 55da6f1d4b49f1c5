// Tasks and models in words.
import { type Model, type TaskName, type TokenPredictionOptions, tasks } from "../../tasks/index.ts";
import { withArticle } from "../../terminal/index.ts";

/** `a language model` */
export const aTask = (name: TaskName): string => withArticle(tasks[name].title);

export const aModel = ({ task }: Model): string => aTask(task);

/** What a hint gives the model to read, on a command line. */
export const anInput = ({ task }: Model): string[] =>
  task === "toy" ? [] : [task === "forecaster" ? "FILE" : "a text"];

interface Predicting {
  readonly encoder: { readonly type: string };
  readonly tokenPrediction?: TokenPredictionOptions;
}

/** What is predicted, if training has a second loss. @param own what the task predicts */
export function describePrediction({ encoder, tokenPrediction }: Predicting, own: "label" | "target"): string {
  const { weight, epochs } = tokenPrediction!;
  const ways = encoder.type === "bidirectional" ? "the next and the previous token" : "the next token";
  const tokens = own === "target" ? `${ways} of the source` : ways;
  const course = epochs === undefined ? "constant" : "falling to 0";
  return `predicting the ${own}; in training also ${tokens} (weight ${weight}, ${course})`;
}
