// A file whose name promises a table or tags, but that is not recognized as one, must not become a language model in silence.
import { fail, UnrolledError } from "../base/index.ts";
import { type Recognized, readConll, readConllu, readCsv, readJsonl, readTsv } from "../data/index.ts";

const readers: Readonly<Record<string, (text: string, options: { source: string }) => unknown>> = {
  csv: readCsv,
  tsv: readTsv,
  jsonl: readJsonl,
  conll: readConll,
  conllu: readConllu,
};

/** Whether a file is to be refused: its name is that of a table, its contents are not. */
export const isUnrecognized = (file: string, { kind, columns, format }: Recognized): boolean =>
  (formatOf(file) !== undefined || format === "json") && kind === "text" && columns?.text === undefined;

const formatOf = (file: string) => /\.(tsv|csv|jsonl|conllu?)(\.gz|\.zst)?$/i.exec(file)?.[1]?.toLowerCase();

/**
 * @param head the beginning of the file
 * @throws UnrolledError with the first line that is wrong, where one is
 */
export function refuseHead(file: string, head: string): never {
  if (formatOf(file) === undefined)
    fail({
      where: file,
      expected: "one JSON object a line (JSONL)",
      received: "a JSON array",
      hint: "jq -c '.[]' FILE > FILE.jsonl; or train on it as plain text: --task language-model",
      code: "data",
    });
  const hint = "mend the file, or train on it as plain text: --task language-model";
  try {
    readers[formatOf(file)!]!(head.slice(0, head.lastIndexOf("\n") + 1), { source: file });
  } catch (error) {
    if (!(error instanceof UnrolledError)) throw error;
    const { where, expected, received, message } = error;
    const problem = expected === undefined ? message.split("\n")[0]!.slice(where.length + 2) : undefined;
    fail({ where, expected, received, problem, hint, code: "data" });
  }
  return fail({
    where: file,
    expected: "columns with labels, tags, pairs or numbers",
    received: "none that is recognized",
    hint: "--task names what the columns hold; --task language-model trains on the file as plain text",
    code: "data",
  });
}
