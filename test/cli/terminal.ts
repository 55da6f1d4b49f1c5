// Runs the command line inside the test: what it wrote, and what the process would have ended with.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Host } from "../../src/cli/host.ts";
import { runCommand } from "../../src/cli/program.ts";
import { plainColors } from "../../src/cli/terminal/index.ts";

export interface Ran {
  out: string;
  err: string;
  code: number;
}

/** Calls `unrolled ...args` without a terminal. `watch` sees each piece of output as it comes. */
export async function unrolled(args: readonly string[], watch?: (text: string) => void, columns = 100): Promise<Ran> {
  const ran = { out: "", err: "", code: 0 };
  const host: Host = {
    out(text) {
      ran.out += text;
      watch?.(text);
    },
    err(text) {
      ran.err += text;
    },
    isTTY: false,
    env: {},
    columns: () => columns,
    colors: plainColors,
    exitCode: 0,
  };
  ran.code = await runCommand(args, host, "0.0.0");
  return ran;
}

/** The objects of `--json`. */
export const jsonLines = ({ out }: Pick<Ran, "out">) =>
  out
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);

/** A folder that goes away with `remove`, and a writer of files in it. */
export function scratchFolder() {
  const folder = mkdtempSync(join(tmpdir(), "unrolled-cli-"));
  return {
    path: (name: string) => join(folder, name),
    write(name: string, contents: string | Uint8Array): string {
      writeFileSync(join(folder, name), contents);
      return join(folder, name);
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** A text with something to learn: 26 kinds of letters, a space and a line break. */
export const smallText = Array.from(
  { length: 60 },
  (_, i) => `the ${"quick brown fox jumps over a lazy dog".slice(i % 9)}\n`,
).join("");

/** Flags of a run of well under a second. */
export const tiny = "--hidden 8 --embedding 4 --batch 4 --bptt 8 --threads 1 --evaluate-every 10".split(" ");
