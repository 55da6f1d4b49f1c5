// A tokenizer that is there already.
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { fail, UnrolledError } from "../../base/index.ts";
import { type Tokenizer, tokenizerFromJSON } from "../../data/index.ts";

/** Reads a `tokenizer.json`, or that of a folder: a model, or tokens. @param where for the message of an error */
export async function readTokenizer(path: string, where: string): Promise<Tokenizer> {
  const info = await stat(path).catch(() => undefined);
  const file = info?.isDirectory() ? join(path, "tokenizer.json") : path;
  try {
    return tokenizerFromJSON(JSON.parse(await readFile(file, "utf8")));
  } catch (error) {
    if (error instanceof UnrolledError) throw error;
    return fail({ where, expected: "a tokenizer.json", received: "none", code: "file" });
  }
}
