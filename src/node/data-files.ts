// Files of data before they are opened: what they are, and whether they have changed.
import { fail } from "../base/index.ts";
import { type Recognized, recognize } from "../data/index.ts";
import { named } from "./names.ts";
import { openSource, sourceHash } from "./source.ts";
import { readHead } from "./text-files.ts";
import { isTokenFolder, tokensHash } from "./tokens/token-folder.ts";

/**
 * What a file is, by its beginning; a folder of tokens is a text.
 *
 * @throws UnrolledError with code "file": missing, empty, not text
 */
export async function recognizeFile(path: string): Promise<Recognized> {
  if (isTokenFolder(path)) return { kind: "text", format: "tokens", message: "a folder of tokens" };
  const head = await readHead(path, 500_000);
  if (head.length === 0) fail({ where: named(path), expected: "a text", received: "an empty file", code: "file" });
  return recognize(head, path);
}

/** The SHA-256 of each file's text, one after the other; of a folder of tokens, of its ids. */
export async function fingerprintFiles(files: readonly string[], signal?: AbortSignal): Promise<string> {
  const found: string[] = [];
  for (const path of files) {
    if (isTokenFolder(path)) {
      found.push(await tokensHash(path, signal));
      continue;
    }
    const source = await openSource(path, { memory: 1 << 20, signal });
    found.push(await sourceHash(source, signal));
    source.close();
  }
  return found.join(" ");
}
