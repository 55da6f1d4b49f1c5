// The models folder of the command line, for the studio: what is in it, files of a model, a new model.
import type { Stats } from "node:fs";
import { lstat, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { modelFileNames } from "../../files/index.ts";
import { writeFolder } from "../folders.ts";

export interface ListedModel {
  readonly name: string;
  readonly task: string;
  readonly bytes: number;
  /** Milliseconds since 1970. */
  readonly saved: number;
  /** Has a training state: `unrolled train --resume` goes on with it. */
  readonly stopped: boolean;
  /** What its training left: steps, seconds, recipe, best. */
  readonly record?: unknown;
}

/** A name that stays inside the folder. */
export const isModelName = (name: string): boolean => /^[\p{L}\p{N}_][\p{L}\p{N} ._-]{0,99}$/u.test(name);
const trainingFiles = ["training/state.json", "training/state.safetensors"];
const allowed = new Set([...modelFileNames, ...trainingFiles]);

const plain = async (path: string, what: "isFile" | "isDirectory"): Promise<Stats | undefined> => {
  const found = await lstat(path).catch(() => undefined); // a link is refused: it may lead elsewhere
  return found?.[what]() ? found : undefined;
};

/** The models below a folder, latest first; none where there is no folder. */
export async function listModels(folder: string): Promise<ListedModel[]> {
  const names = await readdir(folder).catch(() => [] as string[]);
  const found: ListedModel[] = [];
  for (const name of names) {
    if (!isModelName(name) || !(await plain(join(folder, name), "isDirectory"))) continue;
    const weights = await plain(join(folder, name, "model.safetensors"), "isFile");
    const config = await readFile(join(folder, name, "config.json"), "utf8").catch(() => undefined);
    if (!weights || config === undefined) continue;
    try {
      const { task, record } = JSON.parse(config) as { task?: unknown; record?: unknown };
      if (typeof task !== "string") continue;
      const stopped = (await plain(join(folder, name, trainingFiles[0]!), "isFile")) !== undefined;
      found.push({ name, task, bytes: weights.size, saved: weights.mtimeMs, stopped, ...(record ? { record } : {}) });
    } catch {} // no model of ours
  }
  return found.sort((a, b) => b.saved - a.saved);
}

/** Names of a model's files. */
export async function modelFilesIn(folder: string, name: string): Promise<string[] | undefined> {
  if (!isModelName(name) || !(await plain(join(folder, name), "isDirectory"))) return undefined;
  const found: string[] = [];
  for (const file of modelFileNames) if (await plain(join(folder, name, file), "isFile")) found.push(file);
  return found.includes("config.json") ? found : undefined;
}

/** One file of a model; undefined where there is none. */
export async function modelFile(folder: string, name: string, file: string): Promise<Uint8Array | undefined> {
  if (!isModelName(name) || !allowed.has(file)) return undefined;
  if (!(await plain(join(folder, name), "isDirectory"))) return undefined;
  if (file.includes("/") && !(await plain(join(folder, name, "training"), "isDirectory"))) return undefined;
  const path = join(folder, name, file);
  return (await plain(path, "isFile")) ? readFile(path) : undefined;
}

/** Writes a new model. False where the name is taken or not allowed, or a file is none of a model's. */
export async function keepModel(
  folder: string,
  name: string,
  files: Readonly<Record<string, Uint8Array>>,
): Promise<boolean> {
  const names = Object.keys(files);
  if (!isModelName(name) || !names.includes("config.json") || !names.every((file) => allowed.has(file))) return false;
  if (await lstat(join(folder, name)).catch(() => undefined)) return false;
  await writeFolder(join(folder, name), files);
  return true;
}
