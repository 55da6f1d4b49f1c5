// A model as a folder of files; see tasks/saved-model.ts for what is in it.
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import {
  type Load,
  type LoadOptions,
  modelFileNames,
  modelFiles,
  modelFromFiles,
  type SaveOptions,
  type TaskFor,
  type TaskModel,
  type TaskName,
} from "../tasks/index.ts";
import { type FolderOwner, readFolder, writeFolder } from "./folders.ts";

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
  options: SaveOptions<M> = {},
): Promise<void> {
  const files = await modelFiles(model, options); // takes all bytes before its first await
  await writeFolder(pathOf(folder), Object.fromEntries(files), {
    owner: modelFolder,
    drop: [...modelFileNames, "training/state.json", "training/state.safetensors"],
  });
}

/**
 * Loads the model of a folder that `save` wrote, or of files in memory. Its logits are the same, bit for bit. With
 * `task` only a model of that task is accepted, and the result has its type; else `model.task` narrows it.
 *
 * @example
 * ```ts
 * const model = await load("models/reviews", { task: "classifier" });
 * ```
 * @throws UnrolledError with code "file": no such folder, another task, a newer version, a missing or ill-shaped tensor,
 *   broken bytes; with code "numeric": weights that are not finite
 */
export const load: Load<string | URL | ReadonlyMap<string, Uint8Array>> = async (
  source: string | URL | ReadonlyMap<string, Uint8Array>,
  { task, ...options }: LoadOptions & { task?: TaskName | TaskFor<TaskModel> } = {},
): Promise<never> => {
  if (source instanceof Map) return (await modelFromFiles("files", source, options, task)) as never;
  const folder = pathOf(source as string | URL);
  const own = new Set(typeof task === "object" ? task.assets : []);
  const files = await readFolder(folder, {
    only: (name) =>
      modelFileNames.has(name) || own.has(name) || (options.training === true && name.startsWith("training/")),
  });
  return (await modelFromFiles(folder, files, options, task)) as never;
};

const pathOf = (folder: string | URL): string => (typeof folder === "string" ? folder : resolve(fileURLToPath(folder)));
