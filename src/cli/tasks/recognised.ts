// Which task a file is for.
import { fail } from "../../base/index.ts";
import { type DataKind, type Recognised, recognise } from "../../data/index.ts";
import { readHead } from "../../node/index.ts";

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
  const head = await readHead(file, 500_000);
  if (head.length === 0) fail({ where: file, expected: "a text", received: "an empty file", code: "file" });
  const recognised = recognise(head, file);
  return { task: task ?? taskOfKind[recognised.kind], recognised };
}
