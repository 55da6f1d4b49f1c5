// Who runs: this process among all that this machine, or another one, has started. A process id alone is given out again.
import { spawnSync } from "node:child_process";
import { readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";

export interface ProcessIdentity {
  readonly pid: number;
  /** The machine, and the container in it: process ids mean something there only. */
  readonly host: string;
  /** When the process was started, as the system counts it; undefined where the system does not tell. */
  readonly started?: string;
}

/** This process. */
export function ownIdentity(): ProcessIdentity {
  const started = startOf(process.pid);
  return { pid: process.pid, host: ownHost(), ...(started === undefined ? {} : { started }) };
}

/** Whether a process still runs; undefined where it belongs to another machine or container, so that nobody here can tell. */
export function isRunning({ pid, host, started }: ProcessIdentity): boolean | undefined {
  if (host !== ownHost()) return undefined;
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return false; // EPERM: it is another user's
  }
  const now = started === undefined ? undefined : startOf(pid);
  return now === undefined || now === started; // another start: the id was given out again
}

let host: string | undefined;

function ownHost(): string {
  host ??= [hostname(), linkOf("/proc/self/ns/pid")].filter(Boolean).join(" ");
  return host;
}

function linkOf(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}

/** Linux counts clock ticks since the machine was started; elsewhere `ps` prints a date. */
function startOf(pid: number): string | undefined {
  if (process.platform === "win32") return undefined;
  if (process.platform !== "linux") {
    const { stdout } = spawnSync("ps", ["-o", "lstart=", "-p", String(pid)], { encoding: "utf8" });
    return stdout?.trim() || undefined;
  }
  try {
    const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8").replace(/^.*\)/s, "").trim().split(" ");
    if (fields[0] === "Z") return "ended"; // a zombie: dead, and its parent has not looked
    return `${boot} ${fields[19]}`;
  } catch {
    return undefined;
  }
}
