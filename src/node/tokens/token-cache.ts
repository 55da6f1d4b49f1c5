// A text that is too large for memory is tokenized to a folder of the cache, which the next run on the same text with the same
// choices finds again. Nothing is lost when it is deleted.
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { UnrolledError } from "../../base/index.ts";
import { plainName } from "../corpus-files.ts";
import { isLockedError } from "../folder-lock.ts";
import { cacheFolder } from "./cache-folder.ts";
import { openTokens, type TokenFolder } from "./token-folder.ts";
import { tokenWriter } from "./token-writer.ts";
import { type TextToTokenize, type TokenChoice, tokenizeText, type Work } from "./tokenize-text.ts";

/** Shows a tokenization to the cache. */
export interface CacheWatcher {
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Called before a text is tokenized to a folder. @param size bytes of the text */
  writing?(folder: string, size: number): Work["onProgress"];
  written?(): void;
}

/** Texts of more bytes are tokenized to disk; the ids of smaller ones are in memory, one to four bytes each. */
export const mostInMemory = 64 * 2 ** 20;

/** The layout of what is cached; another number makes old folders unused. */
const version = 2;

export interface CacheOptions {
  /** SHA-256 of the text. */
  readonly fingerprint: string;
  /** What decides the tokens besides the text: a fraction to hold out. */
  readonly key: unknown;
  /** Of the first file: the folder is named after it. */
  readonly file: string;
  readonly signal?: AbortSignal;
}

/** The tokens of a text on disk: those of an earlier run, or new ones. */
export async function cachedTokens(
  watcher: CacheWatcher,
  source: TextToTokenize,
  choice: TokenChoice,
  { fingerprint, key, file, signal }: CacheOptions,
): Promise<TokenFolder & { where: string }> {
  const { tokenizer, ...units } = choice;
  const facts = JSON.stringify([version, fingerprint, key, units, tokenizer?.toJSON()]);
  const hash = createHash("sha256").update(facts).digest("hex").slice(0, 16);
  const name = plainName(file).replaceAll(/[^\p{L}\p{N}._-]+/gu, "-") || "text";
  const folder = join(cacheFolder(watcher.env ?? process.env), "tokens", `${name}-${hash}`);
  const opened = async () =>
    existsSync(folder) ? await openTokens(folder, { verify: false }).catch(ownError) : undefined;
  const found = await opened();
  if (found) return { ...found, where: folder };
  const writer = await tokenWriter(folder, { overwrite: true }).catch(unlessLocked);
  if (!writer) {
    // Another run on the same text, or another rank of this one, is writing them.
    await new Promise((go) => setTimeout(go, 200));
    signal?.throwIfAborted();
    return cachedTokens(watcher, source, choice, { fingerprint, key, file, signal });
  }
  const written = await opened(); // between the look and the lock
  if (written) {
    await writer.discard();
    return { ...written, where: folder };
  }
  const size = source.text.size + (typeof source.valid === "object" ? source.valid.size : 0);
  const onProgress = watcher.writing?.(folder, size);
  try {
    await tokenizeText(source, choice, writer, { signal, ...(onProgress ? { onProgress } : {}) });
    await writer.finish([{ name: file, bytes: source.text.size }]);
  } finally {
    watcher.written?.();
    await writer.discard();
  }
  return { ...(await openTokens(folder, { verify: false })), where: folder };
}

function unlessLocked(error: unknown): undefined {
  if (!isLockedError(error)) throw error;
}

/** A folder that cannot be read is written anew. */
function ownError(error: unknown): undefined {
  if (!(error instanceof UnrolledError)) throw error;
}
