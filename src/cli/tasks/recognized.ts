// Which task a file is for.
import { fail } from "../../base/index.ts";
import { type DataKind, type Recognized, recognize } from "../../data/index.ts";
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

/** Recognizes a file; `--task` has the last word. */
export async function recognizeFile(
  file: string,
  task: TaskFlag | undefined,
): Promise<{ task: TaskFlag; recognized: Recognized }> {
  const head = await readHead(file, 500_000);
  if (head.length === 0) fail({ where: file, expected: "a text", received: "an empty file", code: "file" });
  const recognized = recognize(head, file);
  return { task: task ?? taskOfKind[recognized.kind], recognized };
}
