// Folders that are replaced whole: a reader finds the last saved state or the one before it, never a mixture, whenever the
// process dies or the disk fills up.
//
//   path.tmp   being written; each file and the folder synced        dies here: path is as it was
//   path    -> path.old                                              dies here: readers take path.old
//   path.tmp -> path                                                 dies here: path is new, path.old is swept later
//   path.old   removed
import { type BigIntStats, existsSync } from "node:fs";
import { type FileHandle, mkdir, open, readdir, readFile, realpath, rename, rm, stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { fail } from "../base/index.ts";
import { failSystem, systemCode } from "./system-errors.ts";

/** A string is written as UTF-8, chunks one after another. */
export type FileContents = string | Uint8Array | Iterable<Uint8Array>;

/** Contents by relative name with `/`, such as `training/state.json`. */
export type FolderFiles = Readonly<Record<string, FileContents>>;

export interface WriteFolderOptions {
  /** A file that a folder must hold to be replaced, if it is not empty: so that no folder of something else is lost. */
  marker?: string;
  /** First names that do not move over from the old folder even where `files` lacks them. Default: none. */
  drop?: readonly string[];
  /** Writes one file's contents; for tests of a failing disk. */
  write?: (file: FileHandle, contents: FileContents) => Promise<void>;
}

/**
 * Replaces a folder by one with these files, in one step. What else lies in the old folder (not in `files` by its first
 * name) moves to the new one. One process may write a folder at a time; any number may read it meanwhile.
 *
 * @throws UnrolledError with code "file": disk full, no permission, a folder without the marker; the old state is intact
 */
export async function writeFolder(path: string, files: FolderFiles, options: WriteFolderOptions = {}): Promise<void> {
  const { marker, drop = [], write = writeContents } = options;
  checkNames(files);
  const ours = new Set([...drop, ...Object.keys(files).map((name) => name.split("/")[0]!)]);
  try {
    const target = existsSync(path) ? await realpath(path) : resolve(path);
    const [next, old] = [`${target}.tmp`, `${target}.old`];
    await recover(target, ours);
    await checkReplaceable(path, target, marker);
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
  } catch (error) {
    failSystem(path, error);
  }
}

/**
 * Reads the files of a folder that `writeFolder` wrote, all of one state, even while another process writes it.
 *
 * @param only which files to read, by relative name. Default: all
 * @throws UnrolledError with code "file": missing, not a folder, not readable
 */
export async function readFolder(
  path: string,
  { only = () => true }: { only?: (name: string) => boolean } = {},
): Promise<Map<string, Uint8Array>> {
  try {
    let missed = 0;
    for (let attempt = 0; ; attempt++) {
      const source = (await identity(path)) ? path : `${resolve(path)}.old`;
      const before = await identity(source);
      if (!before) {
        // between the two looks a writer renamed, or nothing is there at all: a writer lets itself be seen sooner or later
        if (++missed < 20) continue;
        fail({ where: path, problem: "no such folder", code: "file" });
      }
      missed = 0;
      try {
        const files = new Map<string, Uint8Array>();
        for (const name of await list(source)) if (only(name)) files.set(name, await readWhole(join(source, name)));
        // .old is whole only while path is missing: after that it is being removed
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

/** Relative names of the files in a folder and below, with `/`, sorted. */
async function list(folder: string, prefix = ""): Promise<string[]> {
  const names: string[] = [];
  for (const entry of await readdir(join(folder, prefix), { withFileTypes: true })) {
    if (entry.isDirectory()) names.push(...(await list(folder, `${prefix}${entry.name}/`)));
    else if (entry.isFile()) names.push(prefix + entry.name);
  }
  return names.sort();
}

/** Puts right what a writer that died has left. */
async function recover(target: string, ours: ReadonlySet<string>): Promise<void> {
  const old = `${target}.old`;
  if (!existsSync(old)) return;
  if (existsSync(target)) await sweep(target, ours);
  else await rename(old, target);
}

/** Moves what is not ours out of the old folder, then removes it. */
async function sweep(target: string, ours: ReadonlySet<string>): Promise<void> {
  const old = `${target}.old`;
  if (!existsSync(old)) return;
  for (const name of await readdir(old)) {
    if (!ours.has(name) && !existsSync(join(target, name))) await rename(join(old, name), join(target, name));
  }
  await rm(old, { recursive: true, force: true });
}

async function checkReplaceable(path: string, target: string, marker: string | undefined): Promise<void> {
  if (!existsSync(target)) return;
  const info = await stat(target);
  if (!info.isDirectory()) fail({ where: path, expected: "a folder to save in", received: "a file", code: "file" });
  if (marker === undefined || existsSync(join(target, marker)) || (await readdir(target)).length === 0) return;
  fail({
    where: path,
    expected: `a folder with ${marker} in it, or none`,
    received: "a folder of something else",
    hint: "choose a name that is not taken",
    code: "file",
  });
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
  await mkdir(folder, { recursive: true });
  for (const [name, contents] of Object.entries(files)) {
    const place = join(folder, name);
    for (let parent = dirname(place); !folders.has(parent); parent = dirname(parent)) folders.add(parent);
    await mkdir(dirname(place), { recursive: true });
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

/** A file's bytes; `readFile` itself ends at 2 GiB. */
export async function readWhole(path: string): Promise<Uint8Array> {
  const { size } = await stat(path);
  if (size < 2 ** 31 - 1) return readFile(path);
  const file = await open(path);
  try {
    const bytes = new Uint8Array(size);
    for (let at = 0; at < size; ) {
      const { bytesRead } = await file.read(bytes, at, Math.min(size - at, 2 ** 30), at);
      if (bytesRead === 0) return bytes.subarray(0, at);
      at += bytesRead;
    }
    return bytes;
  } finally {
    await file.close();
  }
}

/** Makes names and renames in a folder last, where the system can: Windows and some network disks cannot. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === "win32") return;
  const handle = await open(folder);
  try {
    await handle.sync();
  } catch (error) {
    if (!["EINVAL", "ENOTSUP", "EPERM"].includes(systemCode(error) ?? "")) throw error;
  } finally {
    await handle.close();
  }
}

/** On Windows a reader or a virus scanner may hold a file for a moment. */
async function renamePatiently(from: string, to: string): Promise<void> {
  for (let wait = 10; ; wait *= 2) {
    try {
      return await rename(from, to);
    } catch (error) {
      const code = systemCode(error);
      const held = process.platform === "win32" && (code === "EPERM" || code === "EBUSY" || code === "EACCES");
      if (!held || wait > 2000) throw error;
      await new Promise((done) => setTimeout(done, wait));
    }
  }
}
