// Runs a command in this process, which takes milliseconds where a process of its own takes half a second.
import type { Host } from "../../src/cli/host.ts";
import { runProgram } from "../../src/cli/program.ts";
import { colors } from "../../src/cli/terminal/index.ts";

/** Environment variables of the commands. */
export const environment: Record<string, string | undefined> = {};

/** A host that keeps what is written. */
export const host = (seen: { out: string; err: string }): Host => ({
  out(text) {
    seen.out += text;
  },
  err(text) {
    seen.err += text;
  },
  isTTY: false,
  env: environment,
  columns: () => 100,
  colors: colors({ isTTY: false, env: {} }),
  exitCode: 0,
});

/** What `unrolled ARGS` writes, and what it ends with. Throws what it throws. */
export async function run(...args: string[]): Promise<{ out: string; err: string; exitCode: number }> {
  const seen = { out: "", err: "" };
  const own = host(seen);
  await runProgram(args, own, "0.0.0");
  return { ...seen, exitCode: own.exitCode };
}

/** The objects of `--json`. */
export const events = (text: string): Record<string, unknown>[] =>
  text
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
