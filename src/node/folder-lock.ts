// One writer for each folder: a run holds a lock beside the folder it writes to, `.name.unrolled-lock`. The lock is beside
// and not inside because the folder is replaced at each checkpoint. Readers never look at it.
//
// It holds the process id, the machine and the start time of the process, so that the lock of a process that died is
// recognized, also where its id was given out again. Another machine on the same disk cannot be asked: its lock counts as
// abandoned when its time stamp has not been refreshed for five minutes.
import { unlinkSync } from "node:fs";
import { link, open, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { fail, UnrolledError } from "../base/index.ts";
import { makeFolders, targetOf } from "./durable.ts";
import { isRunning, ownIdentity, type ProcessIdentity } from "./process-identity.ts";
import { failSystem, systemCode } from "./system-errors.ts";

export interface FolderLock {
  /** Runs work of this process on the folder one after another. */
  inTurn<T>(work: () => Promise<T>): Promise<T>;
  /** Ends the lock. A process that ends releases its locks by itself. */
  release(): Promise<void>;
}

interface LockFile extends ProcessIdentity {
  /** Differs from lock to lock. */
  readonly token: string;
  /** ISO date. */
  readonly since: string;
}

const refreshEvery = 20_000;
const abandonedAfter = 300_000;

interface Held {
  readonly token: string;
  readonly timer: NodeJS.Timeout;
  holders: number;
}
/** The locks of this process, by lock file. */
const heldLocks = new Map<string, Held>();
/** Attempts of this process, one after another for each lock file. */
const queues = new Map<string, Promise<unknown>>();
let count = 0;

/**
 * Locks a folder for writing, whether it exists yet or not. Within one process locks nest: the last release ends the lock.
 *
 * @throws UnrolledError with code "file" where another process holds the lock, with its id
 */
export async function lockFolder(path: string): Promise<FolderLock> {
  try {
    const file = await lockFileOf(path);
    await inTurn(file, () => enter(path, file));
    let released = false;
    return {
      inTurn: (work) => inTurn(`${file} work`, work),
      async release() {
        if (released) return;
        released = true;
        await inTurn(file, () => leave(file));
      },
    };
  } catch (error) {
    return failSystem(path, error);
  }
}

/**
 * Checks that this process still holds the lock that it took: somebody may have removed the file by hand.
 *
 * @throws UnrolledError with code "file" where it does not
 */
export async function checkLock(path: string): Promise<void> {
  const file = await lockFileOf(path);
  const held = heldLocks.get(file);
  const found = await readLock(file);
  if (held && found && found.token !== held.token) refuse(path, found);
}

async function lockFileOf(path: string): Promise<string> {
  const target = await targetOf(path);
  return join(dirname(target), `.${basename(target)}.unrolled-lock`);
}

async function enter(path: string, file: string): Promise<void> {
  const held = heldLocks.get(file);
  if (held) {
    held.holders++;
    return;
  }
  const token = await take(path, file);
  const timer = setInterval(() => void refresh(file, token), refreshEvery);
  timer.unref();
  heldLocks.set(file, { token, timer, holders: 1 });
  if (heldLocks.size === 1) process.on("exit", removeAll);
}

async function leave(file: string): Promise<void> {
  const held = heldLocks.get(file)!;
  if (--held.holders > 0) return;
  clearInterval(held.timer);
  heldLocks.delete(file);
  if (heldLocks.size === 0) process.off("exit", removeAll);
  if ((await readLock(file))?.token === held.token) await rm(file, { force: true });
}

function removeAll(): void {
  for (const file of heldLocks.keys()) {
    try {
      unlinkSync(file);
    } catch {
      // A lock that stays is recognized as one whose process has ended.
    }
  }
}

/** Puts a lock file in place; a link appears with its contents or not at all. */
async function take(path: string, file: string): Promise<string> {
  const token = `${process.pid}-${Date.now().toString(36)}-${count++}-${Math.random().toString(36).slice(2)}`;
  const mine: LockFile = { ...ownIdentity(), token, since: new Date().toISOString() };
  const draft = `${file}.${token}`;
  await makeFolders(dirname(file));
  try {
    const handle = await open(draft, "wx");
    await handle.writeFile(`${JSON.stringify(mine)}\n`).finally(() => handle.close());
    for (let attempt = 0; attempt < 50; attempt++) {
      if (await linked(draft, file)) {
        await sweepDrafts(file, draft);
        return token;
      }
      const other = await readLock(file);
      if (!other) continue; // just released
      const now = (await stat(draft)).mtimeMs; // the clock of the disk, not of this machine
      const running = isRunning(other) ?? now - (await modified(file)) < abandonedAfter;
      if (running) refuse(path, other);
      await setAside(file, `${draft}.old`, other.token);
    }
    return fail({ where: path, problem: "other programs lock and release this folder without pause", code: "file" });
  } finally {
    await rm(draft, { force: true });
  }
}

/**
 * Removes what processes that died while they took this lock have left beside it: a draft, and the lock that it set aside.
 * A process that lives has its draft for as long as the other file.
 */
async function sweepDrafts(file: string, mine: string): Promise<void> {
  const prefix = `${basename(file)}.`;
  for (const name of await readdir(dirname(file))) {
    if (!name.startsWith(prefix)) continue;
    const draft = join(dirname(file), name.replace(/\.old$/, ""));
    if (draft === mine) continue;
    const owner = await readLock(draft);
    if (owner && isRunning(owner) !== false) continue;
    await rm(`${draft}.old`, { force: true });
    await rm(draft, { force: true });
  }
}

async function linked(draft: string, file: string): Promise<boolean> {
  try {
    await link(draft, file);
    return true;
  } catch (error) {
    const code = systemCode(error);
    if (code === "EEXIST") return false;
    if (!["EPERM", "ENOSYS", "ENOTSUP", "EOPNOTSUPP"].includes(code ?? "")) throw error;
  }
  // A disk without links, such as FAT.
  try {
    const handle = await open(file, "wx");
    await handle.writeFile(await readFile(draft)).finally(() => handle.close());
    return true;
  } catch (error) {
    if (systemCode(error) === "EEXIST") return false;
    throw error;
  }
}

/** Removes an abandoned lock. If somebody was faster and has put a new lock in its place, that one is put back. */
async function setAside(file: string, aside: string, token: string): Promise<void> {
  try {
    await rename(file, aside);
  } catch (error) {
    if (systemCode(error) === "ENOENT") return;
    throw error;
  }
  try {
    if ((await readLock(aside))?.token !== token) await linked(aside, file);
  } finally {
    await rm(aside, { force: true });
  }
}

async function readLock(file: string): Promise<LockFile | undefined> {
  try {
    const lock = JSON.parse(await readFile(file, "utf8")) as Partial<LockFile>;
    if (typeof lock.pid === "number" && typeof lock.host === "string" && typeof lock.token === "string")
      return lock as LockFile;
  } catch (error) {
    if (systemCode(error) === "ENOENT") return undefined;
    if (!(error instanceof SyntaxError)) throw error;
  }
  return { pid: 0, host: "?", token: "unreadable", since: "" };
}

const modified = async (file: string): Promise<number> => (await stat(file).catch(() => undefined))?.mtimeMs ?? 0;

async function refresh(file: string, token: string): Promise<void> {
  try {
    if ((await readLock(file))?.token !== token) return;
    const handle = await open(file, "r+");
    await handle.write("{", 0).finally(() => handle.close()); // the same byte: sets the time by the disk's own clock
  } catch {
    // Tried again at the next turn.
  }
}

/** Whether an error is that of {@link lockFolder} where another process holds the lock. */
export const isLockedError = (error: unknown): boolean =>
  error instanceof UnrolledError && error.message.includes("another run is writing to this folder");

function refuse(path: string, { pid, host }: LockFile): never {
  const mine = host === ownIdentity().host;
  const place = mine ? "" : ` on ${host.split(" ")[0]}`;
  const who = pid > 0 ? `process ${pid}${place}` : "its lock file cannot be read";
  fail({
    where: path,
    problem: `another run is writing to this folder (${who})`,
    hint: "wait until it has ended, stop it, or choose another folder",
    code: "file",
  });
}

/** Runs attempts of this process for one lock file one after another. */
async function inTurn<T>(file: string, work: () => Promise<T>): Promise<T> {
  const before = queues.get(file) ?? Promise.resolve();
  const now = before.then(work, work);
  const settled = now.catch(() => {});
  queues.set(file, settled);
  try {
    return await now;
  } finally {
    if (queues.get(file) === settled) queues.delete(file);
  }
}
