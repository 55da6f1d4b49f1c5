// Runs a command in this process, which takes milliseconds where a process of its own takes half a second.
import type { Host } from "../../src/cli/host.ts";
import { runProgram } from "../../src/cli/program.ts";
import { colors } from "../../src/cli/terminal/index.ts";

/** What `unrolled ARGS` writes, and what it ends with. Throws what it throws. */
export async function run(...args: string[]): Promise<{ out: string; err: string; exitCode: number }> {
  const seen = { out: "", err: "" };
  const host: Host = {
    out(text) {
      seen.out += text;
    },
    err(text) {
      seen.err += text;
    },
    isTTY: false,
    env: {},
    columns: () => 100,
    colors: colors({ isTTY: false, env: {} }),
    exitCode: 0,
  };
  await runProgram(args, host, "0.0.0");
  return { ...seen, exitCode: host.exitCode };
}

/** The objects of `--json`. */
export const events = (text: string): Record<string, unknown>[] =>
  text
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
