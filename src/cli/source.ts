// Inputs of a command: files, folders, patterns, pipes, standard input. What they are, their contents and their fingerprint.
import { statSync } from "node:fs";
import { relative, resolve } from "node:path";
import { type DataKind, describeWarning, isStreamed, linesOf, type RowsOrList } from "../data/index.ts";
import {
  describeSkipped,
  findTextFiles,
  isTokenFolder,
  type OpenDataOptions,
  type OpenedData,
  openData,
  readText,
  recognizeFile,
} from "../node/index.ts";
import { named } from "../node/names.ts";
import type { Output } from "./output.ts";

/**
 * The files of these inputs, in order, as people write their paths. A folder or a pattern stands for its text files; a folder
 * of tokens stands for itself.
 */
export async function filesOf(show: Output, inputs: readonly string[]): Promise<string[]> {
  if (inputs.length === 0) return [];
  if (inputs.every(isTokenFolder)) return inputs.map(shown);
  const { files, skipped } = await findTextFiles(inputs);
  const note = describeSkipped(skipped);
  if (note) show.warn(note);
  return files.map((path) => (path === "-" ? path : shown(path)));
}

export type Opened<K extends DataKind> = Extract<OpenedData, { kind: K }>;

/** Opens files as data of one kind; what the user should know about them is a warning. */
export async function openFiles<K extends DataKind>(
  show: Output,
  files: readonly string[],
  kind: K | undefined,
  options: Omit<OpenDataOptions, "kind"> = {},
): Promise<Opened<K>> {
  const data = await openData(files, { ...options, ...(kind === undefined ? {} : { kind }) });
  for (const note of data.notes) show.warn(note);
  for (const { source, warning } of data.warnings) show.warn(describeWarning(source, warning));
  return data as Opened<K>;
}

/** Texts to predict from: those given, and the rows or lines of files, with their labels if they have any. */
export async function textsIn(show: Output, inputs: readonly string[]): Promise<{ text: string; label?: string }[]> {
  const found: { text: string; label?: string }[] = [];
  // What looks like the name of a file is one: a typo must not become a text.
  for (const input of inputs)
    if (!isFile(input)) found.push({ text: input });
    else
      for (const file of await filesOf(show, [input])) {
        const { kind } = await recognizeFile(file);
        if (kind === "classification" || kind === "regression")
          found.push(...(await openFiles(show, [file], kind, { keepEmpty: true, stream: false })).rows);
        else {
          const content = await readText(file, { onNote: (note) => show.warn(`${named(file)}: ${note}`) });
          for (const text of linesOf(content)) found.push({ text });
        }
      }
  return found;
}

/** Whether an argument of `predict` is a file rather than a text: it exists, or it looks like the name of one. */
export const isFile = (input: string): boolean =>
  input === "-" ||
  statSync(input, { throwIfNoEntry: false }) !== undefined ||
  /^\S+\.(txt|tsv|csv|jsonl?|conllu?|md)(\.gz|\.zst)?$/i.test(input);

/** Inputs by absolute paths, as a run keeps them. */
export const absolute = (inputs: readonly string[]): string[] =>
  inputs.map((input) => (input === "-" ? input : resolve(input)));

/** A path as people write it: relative where it lies below the working directory. */
export function shown(path: string): string {
  const below = relative(process.cwd(), path);
  return below.startsWith("..") || below === "" ? path : below;
}

/** `, read from disk` if they are. */
export const whereRowsLie = (rows: RowsOrList<unknown>): string => (isStreamed(rows) ? ", read from disk" : "");

export { listed, named } from "../node/names.ts";
