// Runs a command in this process, which takes milliseconds where a process of its own takes half a second.
import type { Host } from "../../src/cli/host.ts";
import { runCommand, runProgram } from "../../src/cli/program.ts";
import { plainColors } from "../../src/terminal/index.ts";

/** Environment variables of the commands. */
export const environment: Record<string, string | undefined> = {};

export interface HostOptions {
  /** Sees each piece of output as it comes. */
  watch?: (text: string) => void;
  /** Width of the terminal. Default: 100. */
  columns?: number;
}

/** A host without a terminal that keeps what is written. */
export const host = (seen: { out: string; err: string }, { watch, columns = 100 }: HostOptions = {}): Host => ({
  out(text) {
    seen.out += text;
    watch?.(text);
  },
  err(text) {
    seen.err += text;
  },
  isTTY: false,
  env: environment,
  columns: () => columns,
  colors: plainColors,
  exitCode: 0,
});

/** What `unrolled ARGS` writes, and what it ends with. Throws what it throws. */
export async function run(...args: string[]): Promise<{ out: string; err: string; exitCode: number }> {
  const seen = { out: "", err: "" };
  const own = host(seen);
  await runProgram(args, own, "0.0.0");
  return { ...seen, exitCode: own.exitCode };
}

export interface Ran {
  out: string;
  err: string;
  code: number;
}

/** What `unrolled ...args` writes, errors included, and the exit code of its process. */
export async function unrolled(args: readonly string[], watch?: HostOptions["watch"], columns?: number): Promise<Ran> {
  const seen = { out: "", err: "" };
  const code = await runCommand(args, host(seen, { watch, columns }), "0.0.0");
  return { ...seen, code };
}

/** The objects of `--json`. */
export const events = (text: string): Record<string, unknown>[] =>
  text
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
