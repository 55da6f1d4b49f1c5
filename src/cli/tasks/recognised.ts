// Which task a file is for.
import { type DataKind, type Recognised, recognise } from "../../data/index.ts";
import { readBytes } from "../../node/index.ts";

/** What `--task` takes, and what each kind of data is for. */
export const taskNames = [
  "language-model",
  "classifier",
  "regressor",
  "forecaster",
  "tagger",
  "translator",
  "generator",
] as const;
export type TaskFlag = (typeof taskNames)[number];

const taskOfKind: Readonly<Record<DataKind, TaskFlag>> = {
  text: "language-model",
  classification: "classifier",
  regression: "regressor",
  series: "forecaster",
  tagging: "tagger",
  pairs: "translator",
  music: "generator",
};

/** Recognises a file; `--task` has the last word. */
export async function recogniseFile(
  file: string,
  task: TaskFlag | undefined,
): Promise<{ task: TaskFlag; recognised: Recognised }> {
  const recognised = recognise(await readBytes(file), file);
  return { task: task ?? taskOfKind[recognised.kind], recognised };
}
