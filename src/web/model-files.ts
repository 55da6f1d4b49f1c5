// A model in a browser: from where its files lie, and to where they are kept.
import { fail } from "../base/index.ts";
import {
  filesOf,
  type Load,
  type LoadOptions,
  modelFiles,
  modelFromFiles,
  onnxSiblings,
  type SaveOptions,
  type TaskFor,
} from "../files/index.ts";
import type { TaskModel, TaskName } from "../tasks/index.ts";

/** A folder that a page may read and write: of the origin's private file system, or one that the user chose. */
export interface ModelDirectory {
  readonly name: string;
  getDirectoryHandle(name: string, options?: { create?: boolean }): Promise<ModelDirectory>;
  getFileHandle(
    name: string,
    options?: { create?: boolean },
  ): Promise<{
    getFile(): Promise<Blob>;
    createWritable?(): Promise<{ write(data: Uint8Array<ArrayBuffer>): Promise<void>; close(): Promise<void> }>;
  }>;
}

/**
 * Where a model comes from: the address of its folder or of an exported `.onnx` file, files that the user chose (`<input type="file" webkitdirectory>` or
 * dropped), a directory handle, or files in memory by name (what `modelFiles` gave, kept in IndexedDB, say).
 */
export type ModelSource =
  | string
  | URL
  | Iterable<File>
  | ModelDirectory
  | ReadonlyMap<string, Uint8Array>
  | Readonly<Record<string, Uint8Array>>;

/**
 * Loads a saved model in a page. Its logits are those of the engine that runs it; the files are checked as in Node. With
 * `task` only a model of that task is accepted, and the result has its type.
 *
 * @example
 * ```ts
 * const model = await load("/models/reviews", { task: "classifier" });
 * for await (const { label } of predict(model, ["a fine film"])) console.log(label);
 * ```
 * @throws UnrolledError with code "file": a file is missing or broken; with code "numeric": weights that are not finite
 */
export const load: Load<ModelSource> = async (
  source: ModelSource,
  { task, ...options }: LoadOptions & { task?: TaskName | TaskFor<TaskModel> } = {},
): Promise<never> => {
  const { place, read, onnx } = readerOf(source);
  if (onnx) return (await modelFromFiles(place, await onnxFiles(onnx, read), options, task)) as never;
  const config = await needed(place, read, "config.json");
  const names = [
    ...new Set([
      ...filesOf(config),
      ...(typeof task === "object" ? task.assets : []),
      ...(options.training ? ["training/state.json", "training/state.safetensors"] : []),
    ]),
  ];
  const found = await Promise.all(names.map(async (name) => [name, await read(name)] as const));
  const files = new Map([
    ["config.json", config],
    ...found.filter((entry): entry is [string, Uint8Array] => !!entry[1]),
  ]);
  return (await modelFromFiles(place, files, options, task)) as never;
};

/**
 * Saves a model into a directory: `await navigator.storage.getDirectory()` is the page's own. `config.json` is written
 * last, so that a folder that has it is whole. To keep a model elsewhere, take `modelFiles(model)`.
 *
 * @throws UnrolledError with code "missing" where the browser cannot write there
 *
 * @example
 * ```ts
 * await save(model, await navigator.storage.getDirectory());
 * ```
 */
export async function save<M extends TaskModel>(
  model: M,
  directory: ModelDirectory,
  options: SaveOptions<M> = {},
): Promise<void> {
  const files = await modelFiles(model, options);
  const last = ["config.json"];
  for (const name of [...[...files.keys()].filter((file) => !last.includes(file)), ...last]) {
    const parts = name.split("/");
    let folder = directory;
    for (const part of parts.slice(0, -1)) folder = await folder.getDirectoryHandle(part, { create: true });
    const file = await folder.getFileHandle(parts.at(-1)!, { create: true });
    const writable = await file.createWritable?.();
    if (!writable)
      return fail({
        where: `save(${directory.name})`,
        expected: "a browser that writes files with createWritable",
        received: "one without",
        hint: "keep modelFiles(model) in IndexedDB",
        code: "missing",
      });
    await writable.write(files.get(name)! as Uint8Array<ArrayBuffer>);
    await writable.close();
  }
}

type Read = (name: string) => Promise<Uint8Array | undefined>;

interface Reader {
  readonly place: string;
  readonly read: Read;
  /** The name of an exported model's file, where the source is one. */
  readonly onnx?: string | undefined;
}

const isOnnxName = (name: string): boolean => /\.onnx$/i.test(name);

function readerOf(source: ModelSource): Reader {
  if (typeof source === "string" || source instanceof URL) return fromAddress(String(source));
  if (source instanceof Map) return inMemory([...source.keys()], async (name) => source.get(name));
  if (isDirectory(source)) return { place: source.name, read: (name) => fromDirectory(source, name) };
  if (Symbol.iterator in source) return fromFiles(source as Iterable<File>);
  const record = source as Record<string, Uint8Array>;
  return inMemory(Object.keys(record), async (name) => record[name]);
}

const inMemory = (names: readonly string[], read: Read): Reader => ({
  place: "files",
  read,
  onnx: names.includes("config.json") ? undefined : names.find(isOnnxName),
});

/** An exported model's file, and the other half where it is a translator's. */
async function onnxFiles(first: string, read: Read): Promise<Map<string, Uint8Array>> {
  const found = await Promise.all(onnxSiblings(first).map(async (name) => [name, await read(name)] as const));
  return new Map(found.filter((entry): entry is [string, Uint8Array] => !!entry[1]));
}

const isDirectory = (source: object): source is ModelDirectory =>
  typeof (source as Partial<ModelDirectory>).getFileHandle === "function";

function fromAddress(address: string): Reader {
  const one = isOnnxName(address.replace(/[?#].*$/, ""));
  const base = one ? address.replace(/[^/]*$/, "") : address.replace(/\/?$/, "/");
  return {
    place: base,
    ...(one ? { onnx: address.slice(base.length) } : {}),
    async read(name) {
      const response = await fetch(base + name);
      if (response.status === 404) return undefined;
      if (!response.ok)
        fail({ where: `load(${base}${name})`, problem: `the server answered ${response.status}`, code: "file" });
      return new Uint8Array(await response.arrayBuffer());
    },
  };
}

/** Files of one folder, wherever it lies among those chosen: where `config.json` is. */
function fromFiles(files: Iterable<File>): Reader {
  const byPath = new Map(Array.from(files, (file) => [file.webkitRelativePath || file.name, file]));
  const config = [...byPath.keys()].find((path) => path === "config.json" || path.endsWith("/config.json"));
  const folder = config?.slice(0, -"config.json".length) ?? "";
  return {
    place: folder.slice(0, -1) || "files",
    onnx: config === undefined ? [...byPath.keys()].find(isOnnxName) : undefined,
    async read(name) {
      const file = byPath.get(folder + name);
      return file && new Uint8Array(await file.arrayBuffer());
    },
  };
}

async function fromDirectory(directory: ModelDirectory, path: string): Promise<Uint8Array | undefined> {
  const parts = path.split("/");
  try {
    let folder = directory;
    for (const part of parts.slice(0, -1)) folder = await folder.getDirectoryHandle(part);
    const file = await folder.getFileHandle(parts.at(-1)!);
    return new Uint8Array(await (await file.getFile()).arrayBuffer());
  } catch (error) {
    if (error instanceof DOMException && error.name === "NotFoundError") return undefined;
    throw error;
  }
}

async function needed(place: string, read: Read, name: string): Promise<Uint8Array> {
  const hint = "is it the folder of a model?";
  return (await read(name)) ?? fail({ where: `load(${place})`, problem: `there is no ${name}`, hint, code: "file" });
}
