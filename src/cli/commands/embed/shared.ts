// What the `embed` commands share: the vectors they read, the files they write.
import { describeWarning } from "../../../embeddings/formats/warnings.ts";
import type { WordVectors } from "../../../embeddings/vectors.ts";
import type { LoadedVectorFile } from "../../../interop/read-vectors.ts";
import { isStandardOutput } from "../../../node/output.ts";
import { readText } from "../../../node/text-files.ts";
import { loadVectors } from "../../../node/vector-files.ts";
import { clean } from "../../../terminal/index.ts";
import { jsonFlag } from "../../command.ts";
import { int, text, type Values } from "../../flags.ts";
import type { Output } from "../../output.ts";

export const vectorsArgument = ["<vectors>", "a file of word vectors, or a folder of `embed train`"] as const;

/** The options of a command that reads word vectors. */
export const vectorFlags = {
  only: text("--only <file>", "load only the words listed in this file"),
  limit: int("--limit <n>", "load only the first n words", { min: 1 }),
  ...jsonFlag,
};
type VectorFlags = Values<typeof vectorFlags>;

/** The words of a file, between spaces. */
export const wordsIn = async (path: string): Promise<string[]> => (await readText(path)).split(/\s+/).filter(Boolean);

/** Loads vectors; warnings go to standard error, one line each. */
export async function load(show: Output, path: string, flags: VectorFlags): Promise<LoadedVectorFile> {
  const only = flags.only === undefined ? undefined : new Set(await wordsIn(flags.only));
  const loaded = await loadVectors(path, { only, limit: flags.limit });
  for (const warning of loaded.warnings) show.warn(describeWarning(warning));
  return loaded;
}

export const vectorsOf = async (show: Output, path: string, flags: VectorFlags): Promise<WordVectors> =>
  (await load(show, path, flags)).vectors;

/** Reports a file that was written: on standard error where the file itself went to standard output. */
export function reportFile(show: Output, out: string, description: string, data: object): void {
  if (isStandardOutput(out)) {
    if (!show.json) show.host.err(`${clean(description)}\n`);
    return;
  }
  show.event("written", { out, ...data });
  show.line(clean(`${out}: ${description}`));
}
