// A model as a folder of files; see files/saved-model.ts for what is in it.
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { fail } from "../base/index.ts";
import {
  type Load,
  type LoadOptions,
  modelFileNames,
  modelFiles,
  modelFromFiles,
  onnxSiblings,
  type SaveOptions,
  type TaskFor,
  type TrainingRecord,
} from "../files/index.ts";
import type { TaskModel, TaskName } from "../tasks/index.ts";
import { checkFolder, type FolderOwner, readFolder, settleFolder, writeFolder } from "./folders.ts";
import { readBytes } from "./text-files.ts";

/** What marks a folder as one that `save` may replace. */
export const modelFolder: FolderOwner = {
  what: "a model",
  file: "config.json",
  owns: (json) =>
    typeof json === "object" &&
    json !== null &&
    "unrolled" in json &&
    typeof json.unrolled === "number" &&
    "task" in json &&
    typeof json.task === "string",
};

/** Marks a folder whose run has not saved a checkpoint yet; the next save removes it. */
const startFile = "training/start.json";

/** Every file that a saved model may have. */
const ours: readonly string[] = [...modelFileNames, "training/state.json", "training/state.safetensors", startFile];

export interface SaveFolderOptions<M extends TaskModel = TaskModel> extends SaveOptions<M> {
  /**
   * Marks the model as one whose training is about to begin: what is needed to begin it again, as JSON. A run that is killed
   * before its first checkpoint can then be started again from its folder, see {@link loadStart}. A model that is in the
   * folder already stays until that checkpoint: the folder is only checked.
   */
  start?: unknown;
}

/**
 * Saves a model as a folder, replacing an older one in a single step: whoever reads it, whenever the process dies, finds
 * the old model or the new one. During training the best parameters so far are the model's.
 *
 * @example
 * ```ts
 * await save(model, "models/shakespeare");
 * ```
 * @throws UnrolledError with code "file": disk full, no permission, a folder of something else; with code "numeric":
 *   a parameter is not finite, and nothing was written
 */
export async function save<M extends TaskModel>(
  model: M,
  folder: string | URL,
  { start, ...options }: SaveFolderOptions<M> = {},
): Promise<void> {
  if (start !== undefined && (await holdsModel(pathOf(folder)))) return checkFolder(pathOf(folder), modelFolder, ours);
  const files = await modelFiles(model, options as SaveOptions<M>, hash); // takes all bytes before its first await
  const mark: Record<string, string> =
    start === undefined ? {} : { [startFile]: `${JSON.stringify(start, null, 1)}\n` };
  await writeFolder(pathOf(folder), { ...Object.fromEntries(files), ...mark }, { owner: modelFolder, drop: ours });
}

/** Removes what a run left that was killed right after a save. The model is whole with and without it. */
export const settleModel = (folder: string): Promise<void> => settleFolder(folder, ours);

/** Whether there is a model that a run has trained, finished or not. */
async function holdsModel(folder: string): Promise<boolean> {
  const found = await readFolder(folder, { only: (name) => name === modelFolder.file || name === startFile }).catch(
    () => undefined,
  );
  return found?.has(modelFolder.file) === true && !found.has(startFile);
}

/**
 * What `save(model, folder, { start })` was given, if the run has ended before its first checkpoint; otherwise undefined. The
 * model in the folder has its initial weights.
 *
 * @throws UnrolledError with code "file": no such folder
 */
export async function loadStart(folder: string | URL): Promise<unknown> {
  const bytes = (await readFolder(pathOf(folder), { only: (name) => name === startFile })).get(startFile);
  try {
    return bytes && JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return undefined;
  }
}

/** What is kept of a finished training in a model's folder; undefined for an exported file, and where nothing is kept. */
export async function loadRecord(folder: string | URL): Promise<TrainingRecord | undefined> {
  try {
    const files = await readFolder(pathOf(folder), { only: (name) => name === modelFolder.file });
    return (JSON.parse(new TextDecoder().decode(files.get(modelFolder.file))) as { record?: TrainingRecord }).record;
  } catch {
    return undefined;
  }
}

/**
 * Loads the model of a folder that `save` wrote, of an ONNX file that `exportOnnx` gave, or of files in memory. Its logits are the same, bit for bit. With
 * `task` only a model of that task is accepted, and the result has its type; else `model.task` narrows it.
 *
 * @example
 * ```ts
 * const model = await load("models/reviews", { task: "classifier" });
 * ```
 * @throws UnrolledError with code "file": no such folder, no checkpoint yet, another task, a newer version, a missing or ill-shaped tensor,
 *   broken bytes; with code "numeric": weights that are not finite
 */
export const load: Load<string | URL | ReadonlyMap<string, Uint8Array>> = async (
  source: string | URL | ReadonlyMap<string, Uint8Array>,
  { task, ...options }: LoadOptions & { task?: TaskName | TaskFor<TaskModel> } = {},
): Promise<never> => {
  if (source instanceof Map) return (await modelFromFiles("files", source, options, task)) as never;
  const folder = pathOf(source as string | URL);
  if (/\.onnx$/i.test(folder)) return (await modelFromFiles(folder, await onnxFiles(folder), options, task)) as never;
  const own = new Set(typeof task === "object" ? task.assets : []);
  let weights = createHash("sha256"); // computed while the file is read
  const files = await readFolder(folder, {
    seen: (name) => {
      if (name !== "model.safetensors") return;
      weights = createHash("sha256");
      return (bytes) => weights.update(bytes);
    },
    only: (name) =>
      modelFileNames.has(name) ||
      own.has(name) ||
      name === startFile ||
      (options.training === true && name.startsWith("training/")),
  });
  if (files.delete(startFile) && options.training !== true) {
    const hint = "wait for the first checkpoint, or start a run that was killed again with --resume";
    fail({
      where: `load(${folder})`,
      problem: "no checkpoint yet: the model has its initial weights",
      hint,
      code: "file",
    });
  }
  return (await modelFromFiles(folder, files, options, task, {
    owned: true,
    hash: async () => weights.digest("hex"),
  })) as never;
};

/** An exported model: its file, and the other half where it is a translator's. */
async function onnxFiles(path: string): Promise<Map<string, Uint8Array>> {
  const files = new Map([[path, await readBytes(path)]]);
  for (const name of onnxSiblings(path).slice(1)) if (existsSync(name)) files.set(name, await readBytes(name));
  return files;
}

/** As the Web's SHA-256, without a copy of the bytes. */
const hash = async (bytes: Uint8Array): Promise<string> => createHash("sha256").update(bytes).digest("hex");

const pathOf = (folder: string | URL): string => (typeof folder === "string" ? folder : resolve(fileURLToPath(folder)));
