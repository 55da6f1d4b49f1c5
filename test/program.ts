// Runs the program of a document, as the package is imported from the sources.
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { vi } from "vitest";

const source = (part: string) => pathToFileURL(join(import.meta.dirname, "..", "src", part, "index.ts")).href;

/** Runs the first block of TypeScript as a file that `write` makes; the arguments of each `console.log`. */
export async function runProgram(doc: string, write: (code: string) => string): Promise<unknown[][]> {
  const [, block] = doc.match(/^```ts\n([\s\S]*?)^```/m)!;
  const code = block!.replaceAll(/from "unrolled(?:\/(\w+))?"/g, (_, part?: string) => `from "${source(part ?? "")}"`);
  const printed = vi.spyOn(console, "log").mockImplementation(() => {});
  try {
    await import(pathToFileURL(write(code)).href);
    return printed.mock.calls;
  } finally {
    printed.mockRestore();
  }
}
