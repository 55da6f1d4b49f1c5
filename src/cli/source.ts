// Inputs of a command: files, folders, patterns, pipes, standard input. What they are, and their fingerprint.
import { statSync } from "node:fs";
import { relative, resolve } from "node:path";
import { fail } from "../base/index.ts";
import { type Recognized, recognize } from "../data/index.ts";
import { describeSkipped, findTextFiles, openSource, readHead, readText } from "../node/index.ts";
import type { Output } from "./output.ts";

export interface SourceFile {
  readonly path: string;
  /** For people: the path as it was given, or "standard input". */
  readonly name: string;
}

/** The files of these inputs, in order. A folder or a pattern stands for its text files. */
export async function filesOf(show: Output, inputs: readonly string[]): Promise<SourceFile[]> {
  if (inputs.length === 0) return [];
  const { files, skipped } = await findTextFiles(inputs);
  const note = describeSkipped(skipped);
  if (note) show.warn(note);
  return files.map((path) => ({ path, name: path === "-" ? "standard input" : shown(path) }));
}

/** The text of a file; what has to be said about its encoding is a warning. */
export const textOf = (show: Output, { path, name }: SourceFile): Promise<string> =>
  readText(path, { onNote: (note) => show.warn(`${name}: ${note}`) });

/** Whether an argument of `predict` is a file rather than a text: it exists, or it looks like the name of one. */
export const isFile = (input: string): boolean =>
  input === "-" ||
  statSync(input, { throwIfNoEntry: false }) !== undefined ||
  /^\S+\.(txt|tsv|csv|jsonl?|conllu?|md)(\.gz)?$/i.test(input);

/** What a file is, by its beginning. */
export async function recognizeFile({ path, name }: SourceFile): Promise<Recognized> {
  const head = await readHead(path, 500_000);
  if (head.length === 0) fail({ where: name, expected: "a text", received: "an empty file", code: "file" });
  return recognize(head, name);
}

/** The SHA-256 of each file's text, one after the other. */
export async function fingerprintOf(files: readonly SourceFile[]): Promise<string> {
  const found: string[] = [];
  for (const { path } of files) {
    const source = await openSource(path);
    found.push(source.sha256());
    source.close();
  }
  return found.join(" ");
}

/** Inputs by absolute paths, as a run keeps them. */
export const absolute = (inputs: readonly string[]): string[] =>
  inputs.map((input) => (input === "-" ? input : resolve(input)));

/** A path as people write it: relative where it lies below the working directory. */
export function shown(path: string): string {
  const below = relative(process.cwd(), path);
  return below.startsWith("..") || below === "" ? path : below;
}
