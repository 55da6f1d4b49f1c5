// Folders that are replaced whole: a reader finds the last saved state or the one before it, never a mixture, whenever the
// process dies or the disk fills up. Beside `model`:
//
//   .model.unrolled-new            is being written; each file and the folder synced       dies here: model is as it was
//   model -> .model.unrolled-old                                                           dies here: readers take the old one
//   .model.unrolled-new -> model                                                           dies here: model is new, the old one is swept later
//   .model.unrolled-old            other people's files move to model, ours are removed
import { type BigIntStats, existsSync } from "node:fs";
import { type FileHandle, lstat, mkdir, open, readdir, readFile, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { fail } from "../base/index.ts";
import { makeFolders, renamePatiently, syncFolder, targetOf } from "./durable.ts";
import { checkLock, lockFolder } from "./folder-lock.ts";
import { failSystem, systemCode } from "./system-errors.ts";

/** A string is written as UTF-8, chunks one after another. */
export type FileContents = string | Uint8Array | Iterable<Uint8Array>;

/** Contents by relative name with `/`, such as `training/state.json`. */
export type FolderFiles = Readonly<Record<string, FileContents>>;

/** What a folder must be to be replaced, so that no folder of something else is lost. */
export interface FolderOwner {
  /** What the folder holds, for errors: "a model". */
  readonly what: string;
  /** A JSON file of the folder. */
  readonly file: string;
  /** Whether this is the JSON of such a folder. */
  owns(json: unknown): boolean;
}

export interface WriteFolderOptions {
  /** Checks a folder that is not empty. Default: any folder may be written to. */
  owner?: FolderOwner;
  /** Further files of ours, which are removed where `files` lacks them. Default: none. */
  drop?: readonly string[];
  /** Writes one file's contents; for tests of a failing disk. */
  write?: (file: FileHandle, contents: FileContents) => Promise<void>;
}

/**
 * Replaces a folder by one with these files, in one step. Every other file in the old folder moves to the new one. One
 * process may write to a folder at a time ({@link lockFolder}); any number may read it meanwhile.
 *
 * @throws UnrolledError with code "file": disk full, no permission, a folder of something else, a folder that another
 *   process writes to; the old state is intact
 */
export async function writeFolder(path: string, files: FolderFiles, options: WriteFolderOptions = {}): Promise<void> {
  const { owner, drop = [], write = writeContents } = options;
  checkNames(files);
  const ours = new Set([...drop, ...Object.keys(files)]);
  const lock = await lockFolder(path);
  try {
    await lock.inTurn(async () => {
      const target = await targetOf(path);
      const [next, old] = besides(target);
      await recover(target, ours);
      await checkReplaceable(path, target, ours, owner);
      await checkLock(path);
      try {
        await rm(next, { recursive: true, force: true });
        await writeAll(next, files, write);
      } catch (error) {
        await rm(next, { recursive: true, force: true }).catch(() => {}); // makes room again; the first error counts
        throw error;
      }
      if (existsSync(target)) await renamePatiently(target, old);
      try {
        await renamePatiently(next, target);
      } catch (error) {
        if (existsSync(old)) await renamePatiently(old, target);
        throw error;
      }
      await syncFolder(dirname(target));
      await sweep(target, ours);
    });
  } catch (error) {
    failSystem(path, error);
  } finally {
    await lock.release();
  }
}

/**
 * Finishes what a writer that died left undone, as the next `writeFolder` would: a run that was killed right after its last
 * save is followed by none. Does nothing to a folder that was written whole.
 *
 * @param ours names of the files that `writeFolder` writes there, now or before
 */
export async function settleFolder(path: string, ours: readonly string[]): Promise<void> {
  try {
    const target = await targetOf(path);
    if (!existsSync(besides(target)[1])) return;
    const lock = await lockFolder(path);
    try {
      await lock.inTurn(() => recover(target, new Set(ours)));
    } finally {
      await lock.release();
    }
  } catch (error) {
    failSystem(path, error);
  }
}

/**
 * Checks that `writeFolder` may replace this folder, without writing. Throws as it does.
 *
 * @param ours names of the files that will be written
 */
export async function checkFolder(path: string, owner: FolderOwner, ours: readonly string[] = []): Promise<void> {
  try {
    const target = await targetOf(path);
    if (existsSync(target)) await checkReplaceable(path, target, new Set(ours), owner);
  } catch (error) {
    failSystem(path, error);
  }
}

/** The names beside a folder: of the one that is being written, and of the one before. */
export const besides = (target: string): [next: string, old: string] => {
  const name = join(dirname(target), `.${basename(target)}.unrolled`);
  return [`${name}-new`, `${name}-old`];
};

/**
 * Reads the files of a folder that `writeFolder` wrote, all of one state, even while another process writes it.
 *
 * @param only which files to read, by relative name. Default: all
 * @param seen gives, for the name of a file that is about to be read, what gets its bytes in order while others are read
 * @throws UnrolledError with code "file": missing, not a folder, not readable
 */
export async function readFolder(
  path: string,
  {
    only = () => true,
    seen,
  }: { only?: (name: string) => boolean; seen?: (name: string) => ((bytes: Uint8Array) => void) | undefined } = {},
): Promise<Map<string, Uint8Array>> {
  try {
    let missed = 0;
    for (let attempt = 0; ; attempt++) {
      const source = (await identity(path)) ? path : besides(await targetOf(path))[1];
      const before = await identity(source);
      if (!before) {
        // between the two looks a writer renamed, or nothing is there at all: a writer lets itself be seen sooner or later
        if (++missed < 20) continue;
        fail({ where: path, problem: "no such folder", code: "file" });
      }
      missed = 0;
      try {
        const files = new Map<string, Uint8Array>();
        for (const name of await list(source))
          if (only(name)) files.set(name, await readWhole(join(source, name), seen?.(name)));
        // the old one is whole only while path is missing: after that it is being swept
        const whole = source === path || !(await identity(path));
        if (whole && (await identity(source)) === before) return files;
      } catch (error) {
        const same = source === path && (await identity(source)) === before;
        if (systemCode(error) !== "ENOENT" || same) throw error;
      }
      if (attempt > 100) fail({ where: path, problem: "it is being written without pause", code: "file" });
    }
  } catch (error) {
    return failSystem(path, error);
  }
}

/** What changes when another folder takes a path's place; undefined where there is none. */
async function identity(path: string): Promise<string | undefined> {
  try {
    const info: BigIntStats = await stat(path, { bigint: true });
    if (!info.isDirectory()) fail({ where: path, expected: "a folder", received: "a file", code: "file" });
    return `${info.dev}:${info.ino}:${info.birthtimeNs}`;
  } catch (error) {
    if (systemCode(error) === "ENOENT") return undefined;
    throw error;
  }
}

/** Relative names of the regular files in a folder and below, with `/`, sorted. Links to files count, links to folders do not. */
async function list(folder: string, prefix = ""): Promise<string[]> {
  const names: string[] = [];
  for (const entry of await readdir(join(folder, prefix), { withFileTypes: true })) {
    const name = prefix + entry.name;
    if (entry.isDirectory()) names.push(...(await list(folder, `${name}/`)));
    else if (entry.isFile()) names.push(name);
    else if (entry.isSymbolicLink() && (await stat(join(folder, name)).catch(() => undefined))?.isFile())
      names.push(name);
  }
  return names.sort();
}

/** Puts right what a writer that died has left. */
async function recover(target: string, ours: ReadonlySet<string>): Promise<void> {
  const [, old] = besides(target);
  if (!existsSync(old)) return;
  if (existsSync(target)) await sweep(target, ours);
  else await renamePatiently(old, target);
}

/** Moves what is not ours out of the old folder, then removes it. */
async function sweep(target: string, ours: ReadonlySet<string>): Promise<void> {
  const [, old] = besides(target);
  if (!existsSync(old)) return;
  await moveOthers(old, target, ours);
  await rm(old, { recursive: true, force: true });
}

async function moveOthers(from: string, to: string, ours: ReadonlySet<string>, prefix = ""): Promise<void> {
  for (const entry of await readdir(join(from, prefix), { withFileTypes: true })) {
    const name = prefix + entry.name;
    if (ours.has(name)) continue;
    const free = !existsSync(join(to, name));
    const holdsOurs = [...ours].some((own) => own.startsWith(`${name}/`));
    if (entry.isDirectory() && (holdsOurs || !free)) await moveOthers(from, to, ours, `${name}/`);
    else {
      await makeFolders(dirname(join(to, name)));
      await renamePatiently(join(from, name), join(to, free ? name : `${name}.kept`));
    }
  }
}

async function checkReplaceable(
  path: string,
  target: string,
  ours: ReadonlySet<string>,
  owner: FolderOwner | undefined,
): Promise<void> {
  const info = await stat(target).catch(() => undefined);
  if (!info) return;
  if (!info.isDirectory()) fail({ where: path, expected: "a folder to save in", received: "a file", code: "file" });
  if (owner && (await readdir(target)).length > 0 && !(await isOwned(target, owner))) {
    fail({
      where: path,
      expected: `an empty folder, or one with ${owner.what}`,
      received: "a folder with other files",
      hint: "choose another folder",
      code: "file",
    });
  }
  for (const name of ours) {
    const parts = name.split("/");
    for (let depth = 1; depth <= parts.length; depth++) {
      const part = parts.slice(0, depth).join("/");
      const found = await lstat(join(target, part)).catch(() => undefined);
      if (!found) break;
      const [expected, fits] =
        depth < parts.length ? ["a folder", found.isDirectory()] : ["a file", !found.isDirectory()];
      const received = found.isSymbolicLink() ? "a link" : found.isDirectory() ? "a folder" : "a file";
      const hint = "move it away, or choose another folder";
      if (!fits) fail({ where: join(path, part), expected, received, hint, code: "file" });
    }
  }
}

/** Whether a folder is one of this kind. */
export const isOwned = async (path: string, { file, owns }: FolderOwner): Promise<boolean> =>
  owns(await jsonOf(join(path, file)));

/** The JSON in a small regular file; undefined where there is none. */
async function jsonOf(path: string): Promise<unknown> {
  const info = await stat(path).catch(() => undefined);
  if (!info?.isFile() || info.size > 1 << 24) return undefined;
  try {
    return JSON.parse(await readFile(path, "utf8")) as unknown;
  } catch {
    return undefined;
  }
}

function checkNames(files: FolderFiles): void {
  for (const name of Object.keys(files)) {
    const parts = name.split("/");
    if (parts.some((part) => part === "" || part === "." || part === "..") || name.includes("\\")) {
      fail({ where: "writeFolder", expected: "relative names with /", received: JSON.stringify(name) });
    }
  }
}

async function writeAll(folder: string, files: FolderFiles, write: NonNullable<WriteFolderOptions["write"]>) {
  const folders = new Set([folder]);
  await makeFolders(dirname(folder));
  await mkdir(folder);
  for (const [name, contents] of Object.entries(files)) {
    const place = join(folder, name);
    for (let parent = dirname(place); !folders.has(parent); parent = dirname(parent)) folders.add(parent);
    await makeFolders(dirname(place));
    const file = await open(place, "wx");
    try {
      await write(file, contents);
      await file.sync();
    } finally {
      await file.close();
    }
  }
  for (const each of folders) await syncFolder(each);
}

async function writeContents(file: FileHandle, contents: FileContents): Promise<void> {
  if (typeof contents === "string" || contents instanceof Uint8Array) return file.writeFile(contents);
  for (const chunk of contents) {
    for (let at = 0; at < chunk.length; )
      at += (await file.write(chunk, at, Math.min(chunk.length - at, 1 << 24))).bytesWritten;
  }
}

/** Bytes of one read of a large file. Several are read at a time, so that the threads of the pool share the first touches of memory. */
const partSize = 2 ** 22;
const partsAhead = 3;

/**
 * A file's bytes, in memory of their own. `readFile` ends at 2 GiB, and reads large files in many small parts.
 *
 * @param seen gets the bytes in order, while those that follow are read
 */
export async function readWhole(path: string, seen?: (bytes: Uint8Array) => void): Promise<Uint8Array> {
  const { size } = await stat(path);
  if (size < 2 ** 20) {
    const bytes = await readFile(path);
    seen?.(bytes);
    return bytes;
  }
  const file = await open(path);
  const parts: Promise<number>[] = [];
  try {
    const bytes = new Uint8Array(size);
    for (let start = 0; start < size; start += partSize) {
      for (let next = parts.length * partSize; next < size && next < start + partsAhead * partSize; next += partSize)
        parts.push(fill(file, bytes, next, Math.min(next + partSize, size)));
      const end = await parts[start / partSize]!;
      seen?.(bytes.subarray(start, end));
      if (end < Math.min(start + partSize, size)) return bytes.subarray(0, end); // the file became shorter
    }
    return bytes;
  } finally {
    await Promise.allSettled(parts);
    await file.close();
  }
}

/** Reads a range of a file to the same place in memory; gives where it ends. */
async function fill(file: FileHandle, bytes: Uint8Array, from: number, to: number): Promise<number> {
  let at = from;
  while (at < to) {
    const { bytesRead } = await file.read(bytes, at, to - at, at);
    if (bytesRead === 0) break;
    at += bytesRead;
  }
  return at;
}
