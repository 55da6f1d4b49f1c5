// From a file to what is trained on it.
import { fail } from "../base/index.ts";
import { type TaskName, taskFor } from "../tasks/index.ts";
import { type OpenedFile, openFile, type RunFile } from "./file.ts";
import { isUnrecognized, refuseHead } from "./refuse.ts";
import type { Subject, SubjectOptions } from "./subject.ts";
import { labeledSubject } from "./subjects/labeled.ts";
import { pairsSubject } from "./subjects/pairs.ts";
import { piecesSubject } from "./subjects/pieces.ts";
import { seriesSubject } from "./subjects/series.ts";
import { tagsSubject } from "./subjects/tags.ts";
import { textSubject } from "./subjects/text.ts";

type Maker = (file: OpenedFile, options: SubjectOptions) => Subject;

const makers: Readonly<Partial<Record<TaskName, Maker>>> = {
  "language-model": textSubject,
  classifier: (file, options) => labeledSubject(file, false, options),
  regressor: (file, options) => labeledSubject(file, true, options),
  tagger: tagsSubject,
  translator: pairsSubject,
  forecaster: seriesSubject,
  generator: piecesSubject,
};

/**
 * The model, data and recipe that suit a file, as `unrolled train` chooses them.
 *
 * @throws UnrolledError with code "file" or "data", in one sentence with a hint
 */
export async function openSubject(file: RunFile, options: SubjectOptions, task?: TaskName): Promise<Subject> {
  const opened = await openFile(file);
  if (task === undefined && isUnrecognized(opened.name, opened.recognized))
    refuseHead(opened.name, opened.text.slice(0, 200_000), {
      plain: "train on it as plain text",
      columns: "name the columns in the first row, for example text and label",
    });
  const name = task ?? taskFor(opened.recognized.kind);
  const make = makers[name];
  if (!make) return fail({ where: opened.name, expected: "a task for files", received: name, code: "argument" });
  return make(opened, options);
}
