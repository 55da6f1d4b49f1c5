// One way to write a file, used by every command: a regular file is replaced in one step, so that a crash or a full disk
// leaves the old one; devices, pipes and standard output are written to as they are.
import { constants, type Stats } from "node:fs";
import { access, chmod, chown, type FileHandle, open, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { fail } from "../base/index.ts";
import { makeFolders, renamePatiently, syncFolder, targetOf } from "./durable.ts";
import { failSystem, systemCode } from "./system-errors.ts";

/** A string is written as UTF-8, chunks one after another. */
export type OutputContents = string | Uint8Array | Iterable<Uint8Array | string> | AsyncIterable<Uint8Array | string>;

/**
 * Writes a file. `-` and `/dev/stdout` are standard output. A regular file is written under a temporary name in the same
 * folder and renamed, with the old file's permissions; a link is followed and stays. Anything else (a device, a named pipe)
 * is written in place.
 *
 * @throws UnrolledError with code "file": disk full, no permission, a folder, a missing folder, links in a circle. The old
 *   file is intact
 */
export async function writeOutput(path: string, contents: OutputContents): Promise<void> {
  try {
    const standard = standardStream(path);
    if (standard) return await writeStream(standard, contents);
    if (await isStream(path)) return await writeInPlace(path, contents);
    const { target, old } = await placeOf(path);
    await replaceFile(target, old, contents);
  } catch (error) {
    failSystem(path, error);
  }
}

/** Whether `writeOutput` to this path goes to standard output, where progress and summaries must not be mixed in. */
export const isStandardOutput = (path: string): boolean => standardStream(path) === process.stdout;

/**
 * Checks that `writeOutput` can write there, without writing: for work that takes long and ends in a file.
 *
 * @throws UnrolledError with code "file", as `writeOutput` does
 */
export async function checkOutput(path: string): Promise<void> {
  try {
    if (standardStream(path)) return;
    if (await isStream(path)) return await access(path, constants.W_OK);
    const { target, old } = await placeOf(path);
    if (old) await access(target, constants.W_OK);
    else await access(dirname(target), constants.W_OK);
  } catch (error) {
    failSystem(path, error);
  }
}

/**
 * Creates a folder for several files, with its missing parents.
 *
 * @throws UnrolledError with code "file": no permission, a file of that name
 */
export async function makeOutputFolder(path: string): Promise<void> {
  try {
    await makeFolders(path);
  } catch (error) {
    failSystem(path, error);
  }
}

function standardStream(path: string): NodeJS.WriteStream | undefined {
  if (path === "-" || /^\/(?:dev\/stdout|(?:dev|proc\/self)\/fd\/1)$/.test(path)) return process.stdout;
  if (/^\/(?:dev\/stderr|(?:dev|proc\/self)\/fd\/2)$/.test(path)) return process.stderr;
  return undefined;
}

/** A device, a named pipe, or a descriptor such as the `/dev/fd/63` that a shell passes for `>(command)`. */
async function isStream(path: string): Promise<boolean> {
  const info = await stat(path).catch(() => undefined);
  if (!info || info.isDirectory()) return false;
  return !info.isFile() || /^\/(?:dev|proc\/[^/]+)\/fd\/\d+$/.test(path);
}

async function placeOf(path: string): Promise<{ target: string; old: Stats | undefined }> {
  const target = await targetOf(path);
  const old = await stat(target).catch((error: unknown) => {
    if (systemCode(error) === "ENOENT") return undefined;
    throw error;
  });
  if (old?.isDirectory() || /[\\/]$/.test(path)) {
    fail({ where: path, expected: "a file to write to", received: "a folder", code: "file" });
  }
  const folder = dirname(target);
  if (!old && !(await stat(folder).catch(() => undefined))?.isDirectory()) {
    const hint = "create the folder first, or choose another place";
    fail({ where: path, problem: `there is no folder ${folder}`, hint, code: "file" });
  }
  return { target, old };
}

async function replaceFile(target: string, old: Stats | undefined, contents: OutputContents): Promise<void> {
  const next = join(dirname(target), `.${basename(target).slice(0, 200)}.${process.pid}-${count++}.tmp`);
  let file: FileHandle;
  try {
    file = await open(next, "wx");
  } catch (error) {
    // A file that may be changed in a folder that may not: there is no other way than to write over it.
    if (old && ["EACCES", "EPERM", "EROFS"].includes(systemCode(error) ?? "")) return writeInPlace(target, contents);
    throw error;
  }
  try {
    try {
      await writeAll(file, contents);
      await file.sync();
    } finally {
      await file.close();
    }
    if (old) {
      await chmod(next, old.mode & 0o7777);
      if (process.getuid?.() === 0) await chown(next, old.uid, old.gid);
    }
    await renamePatiently(next, target);
  } catch (error) {
    await rm(next, { force: true }).catch(() => {}); // the first error counts
    throw error;
  }
  await syncFolder(dirname(target));
}

let count = 0;

async function writeInPlace(target: string, contents: OutputContents): Promise<void> {
  const file = await open(target, "w");
  try {
    await writeAll(file, contents);
  } finally {
    await file.close();
  }
}

/** `file.write` may write less than it is given; pipes and devices do. */
async function writeAll(file: FileHandle, contents: OutputContents): Promise<void> {
  for await (const chunk of chunksOf(contents)) {
    const bytes = typeof chunk === "string" ? Buffer.from(chunk) : chunk;
    for (let at = 0; at < bytes.length; )
      at += (await file.write(bytes, at, Math.min(bytes.length - at, 1 << 24))).bytesWritten;
  }
}

async function writeStream(stream: NodeJS.WriteStream, contents: OutputContents): Promise<void> {
  for await (const chunk of chunksOf(contents)) {
    await new Promise<void>((resolve, reject) => stream.write(chunk, (error) => (error ? reject(error) : resolve())));
  }
}

function chunksOf(contents: OutputContents): Iterable<Uint8Array | string> | AsyncIterable<Uint8Array | string> {
  return typeof contents === "string" || contents instanceof Uint8Array ? [contents] : contents;
}
