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

/** How a person takes the way out: on the command line, with a flag. */
export interface WaysOut {
  /** To train on the file as plain text. */
  readonly plain: string;
  /** To name what columns hold. */
  readonly columns: string;
}

/** Whether a file is to be refused: its name is that of a table, its contents are not. */
export const isUnrecognized = (file: string, { kind, columns, format }: Recognized): boolean =>
  (formatOf(file) !== undefined || format === "json") && kind === "text" && columns?.text === undefined;

/** Whether a file that was refused for what its rows hold is text all the same. */
export const isPlain = (file: string, error: unknown): boolean =>
  error instanceof UnrolledError && error.code === "data" && (formatOf(file) !== undefined || /\.json$/i.test(file));

const formatOf = (file: string) => /\.(tsv|csv|jsonl|conllu?|abc)(\.gz|\.zst)?$/i.exec(file)?.[1]?.toLowerCase();

/**
 * @param head the beginning of the file
 * @throws UnrolledError with the first line that is wrong, where one is
 */
export function refuseHead(file: string, head: string, { plain, columns }: WaysOut): never {
  const format = formatOf(file);
  if (format === undefined)
    fail({
      where: file,
      expected: "one JSON object a line (JSONL)",
      received: "a JSON array",
      hint: `convert it: jq -rc '.[]' ${file} > ${file}l; or ${plain}`,
      code: "data",
    });
  if (format === "abc")
    fail({
      where: file,
      expected: "tunes in ABC notation",
      received: "none",
      hint: `each tune begins with the lines X: and K:; or ${plain}`,
      code: "data",
    });
  const hint = `correct the file, or ${plain}`;
  try {
    readers[format]!(head.slice(0, head.lastIndexOf("\n") + 1), { source: file });
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
    hint: `${columns}; or ${plain}`,
    code: "data",
  });
}
