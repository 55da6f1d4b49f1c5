// What saving a file or a folder safely is made of: folders, renames that survive a power cut, and retries on Windows.
import { lstat, mkdir, open, readlink, realpath, rename, stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { systemCode } from "./system-errors.ts";

/**
 * Creates a folder and its missing parents. `mkdir` with `recursive` never returns where the system refuses to create
 * anything although the parent exists, as in `/proc`.
 */
export async function makeFolders(path: string): Promise<void> {
  try {
    if ((await stat(path)).isDirectory()) return;
  } catch (error) {
    if (systemCode(error) !== "ENOENT") throw error;
    const parent = dirname(resolve(path));
    if (parent !== resolve(path)) await makeFolders(parent);
  }
  try {
    await mkdir(path);
  } catch (error) {
    // Another process may have created it in the meantime.
    if (systemCode(error) !== "EEXIST" || !(await stat(path)).isDirectory()) throw error;
  }
}

/** Where a path leads after all links, also if nothing is there yet: a link to a missing file counts as that file. */
export async function targetOf(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    if (systemCode(error) !== "ENOENT") throw error;
  }
  const parent = dirname(resolve(path));
  const place = join(parent === resolve(path) ? parent : await targetOf(parent), basename(path));
  const isLink = await lstat(place).then(
    (info) => info.isSymbolicLink(),
    () => false,
  );
  return isLink ? targetOf(resolve(dirname(place), await readlink(place))) : place;
}

/** Flushes the names in a folder to the disk, where the system can: Windows and some network disks cannot. */
export async function syncFolder(folder: string): Promise<void> {
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

/** Renames, with retries: on Windows a reader or a virus scanner may hold a file open for a moment. */
export async function renamePatiently(from: string, to: string): Promise<void> {
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
