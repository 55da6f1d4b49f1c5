// A file as the studio takes it: sent to the page whole.
import { basename } from "node:path";
import { fail } from "../../base/index.ts";
import type { RunFile } from "../../run/index.ts";
import { openSource } from "../source.ts";
import { isTokenFolder } from "../tokens/token-folder.ts";

/** Most bytes of a file that is sent to a page. */
const most = 64 * 2 ** 20;

/**
 * Reads a file to open the studio with; what it holds is found out where it is trained.
 *
 * @throws UnrolledError with code "file": missing, over 64 MiB, a folder
 */
export async function readRunFile(path: string): Promise<RunFile> {
  const refuse = (expected: string, received: string, hint: string) =>
    fail({ where: path, expected, received, hint, code: "file" });
  if (isTokenFolder(path)) refuse("a file", "a folder of tokens", "pass a part of the text, at most 64 MiB");
  const source = await openSource(path);
  try {
    if (source.size > most)
      refuse(
        "at most 64 MiB",
        `${Math.round(source.size / 2 ** 20)} MiB`,
        `npx unrolled train ${path} reads it from disk; --watch shows it in the studio`,
      );
    return { name: basename(path), bytes: Uint8Array.from(source.read(0, source.size)) };
  } finally {
    source.close();
  }
}
