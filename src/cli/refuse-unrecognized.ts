// A file whose name promises a table or tags, but that is not recognized as one, must not become a language model in silence.
import { fail, UnrolledError } from "../base/index.ts";
import { type Recognized, readConll, readConllu, readCsv, readJsonl, readTsv } from "../data/index.ts";
import { readHead } from "../node/index.ts";

const readers: Readonly<Record<string, (text: string, options: { source: string }) => unknown>> = {
  csv: readCsv,
  tsv: readTsv,
  jsonl: readJsonl,
  conll: readConll,
  conllu: readConllu,
};

/** @throws UnrolledError with the first line that is wrong, where one is */
export async function refuseUnrecognized(file: string, { kind, columns }: Recognized): Promise<void> {
  const format = /\.(tsv|csv|jsonl|conllu?)(\.gz)?$/i.exec(file)?.[1]?.toLowerCase();
  if (format === undefined || kind !== "text" || columns?.text !== undefined) return;
  const hint = "mend the file, or train on it as plain text: --task language-model";
  const head = new TextDecoder().decode(await readHead(file, 200_000));
  try {
    readers[format]!(head.slice(0, head.lastIndexOf("\n") + 1), { source: file });
  } catch (error) {
    if (!(error instanceof UnrolledError)) throw error;
    const { where, expected, received, message } = error;
    const problem = expected === undefined ? message.split("\n")[0]!.slice(where.length + 2) : undefined;
    fail({ where, expected, received, problem, hint, code: "data" });
  }
  fail({
    where: file,
    expected: "columns with labels, tags, pairs or numbers",
    received: "none that is recognized",
    hint: "--task names what the columns hold; --task language-model trains on the file as plain text",
    code: "data",
  });
}
