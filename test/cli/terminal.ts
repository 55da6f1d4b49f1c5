// What tests of the command line share: a command run in this process, a folder for its files, a small text.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { events, type Ran } from "./in-process.ts";

export { type Ran, unrolled } from "./in-process.ts";

/** The objects of `--json`. */
export const jsonLines = ({ out }: Pick<Ran, "out">) => events(out);

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
