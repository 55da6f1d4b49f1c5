// What the `embed` commands share: the vectors they read, the files they write, how they report.
import { type Command, Option } from "commander";
import { describeWarning } from "../../../embeddings/formats/warnings.ts";
import type { WordVectors } from "../../../embeddings/vectors.ts";
import type { LoadedVectorFile } from "../../../interop/read-vectors.ts";
import { isStandardOutput } from "../../../node/output.ts";
import { readText } from "../../../node/text-files.ts";
import { loadVectors } from "../../../node/vector-files.ts";
import { type Host, writeJson } from "../../host.ts";
import { jsonOption, whole } from "../../options.ts";
import { clean } from "../../terminal/index.ts";

export const vectorsArgument = ["<vectors>", "a file of word vectors, or a folder of `embed train`"] as const;

export interface VectorFlags {
  json?: boolean;
  only?: string;
  limit?: number;
}

/** The options of a command that reads word vectors. */
export function vectorOptions(command: Command): Command {
  return command
    .addOption(new Option("--only <file>", "load only the words listed in this file"))
    .addOption(new Option("--limit <n>", "load only the first n words").argParser(whole({ min: 1 })))
    .addOption(jsonOption());
}

/** Loads vectors; warnings go to standard error, one line each. */
export async function load(host: Host, path: string, flags: VectorFlags): Promise<LoadedVectorFile> {
  const only =
    flags.only === undefined ? undefined : new Set((await readText(flags.only)).split(/\s+/).filter(Boolean));
  const loaded = await loadVectors(path, { only, limit: flags.limit });
  for (const warning of loaded.warnings) host.err(`warning: ${clean(describeWarning(warning))}\n`);
  return loaded;
}

export async function vectorsOf(host: Host, path: string, flags: VectorFlags): Promise<WordVectors> {
  return (await load(host, path, flags)).vectors;
}

/** Reports a file that was written: on standard error where the file itself went to standard output. */
export function reportFile(
  host: Host,
  { out, json, text, data }: { out: string; json: boolean | undefined; text: string; data: object },
): void {
  const onStandardOutput = isStandardOutput(out);
  if (!json) (onStandardOutput ? host.err : host.out)(`${onStandardOutput ? "" : `${clean(out)}: `}${clean(text)}\n`);
  else if (!onStandardOutput) writeJson(host, { event: "end", out, ...data });
}
