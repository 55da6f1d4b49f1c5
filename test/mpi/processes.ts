// Starts commands under the launchers of MPI.
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { main } from "../built.ts";

const found = (command: string): boolean => spawnSync(command, ["--version"]).status === 0;

/** The launchers of this machine, by Debian's names: both can be installed side by side. */
export const launchers = [
  { name: "Open MPI", command: "mpirun.openmpi", args: ["--oversubscribe", "--bind-to", "none"] },
  { name: "MPICH", command: "mpirun.mpich", args: [] },
].map((launcher) => ({ ...launcher, present: found(launcher.command) }));

export type Launcher = (typeof launchers)[number];

/** Name of a test that is skipped where a launcher is missing. */
export const needing = (text: string, { command, present }: Launcher): string =>
  present ? text : `${text} (skipped: there is no ${command}; apt-get install openmpi-bin mpich)`;

const environment = { OMPI_ALLOW_RUN_AS_ROOT: "1", OMPI_ALLOW_RUN_AS_ROOT_CONFIRM: "1" };

export interface Ran {
  code: number | null;
  out: string;
  err: string;
}

/** `mpirun -n RANKS unrolled ARGS`. */
export function start(
  { command, args }: Launcher,
  ranks: number,
  given: readonly string[],
  env: Record<string, string> = {},
): { child: ChildProcess; ended: Promise<Ran> } {
  const child = spawn(command, [...args, "-n", String(ranks), process.execPath, main, ...given], {
    env: { ...process.env, ...environment, ...env },
  });
  const ran: Ran = { code: null, out: "", err: "" };
  child.stdout.on("data", (chunk) => (ran.out += chunk));
  child.stderr.on("data", (chunk) => (ran.err += chunk));
  return { child, ended: once(child, "close").then(([code]) => ({ ...ran, code })) };
}
