// Writes a folder of tokens. Everything goes to `.NAME.unrolled-new` beside the folder, which takes its place in one rename at
// the end: whoever looks, whenever the process dies, finds the old folder, or the new one, or none. The next run removes
// what a killed one left.
import { createHash, type Hash } from "node:crypto";
import { closeSync, existsSync, fsyncSync, openSync, readdirSync, writeFileSync, writeSync } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fail } from "../../base/index.ts";
import type { Tokenizer } from "../../data/index.ts";
import { makeFolders, renamePatiently, syncFolder, targetOf } from "../durable.ts";
import { type FolderLock, lockFolder } from "../folder-lock.ts";
import { besides } from "../folders.ts";
import { failSystem } from "../system-errors.ts";
import { bytesOfType, headerBytes, shardHeader, type TokenType, typeFor } from "./shard-format.ts";
import {
  fileHash,
  indexFile,
  isTokenIndex,
  jsonOf,
  type ShardEntry,
  type TokenIndex,
  tokenizerFile,
} from "./token-folder.ts";

export interface TokenWriterOptions {
  /** Most tokens in a shard. Default 100 million, as llm.c has it. */
  shardTokens?: number;
  /** Replace a folder of tokens that is there. Default false. */
  overwrite?: boolean;
}

/** A part of the corpus. */
export type Part = "train" | "val";

export interface TokenWriter {
  /** Bytes that were written so far. */
  readonly bytes: number;
  /** Begins: what is written from now on has the ids of this tokenizer. */
  begin(tokenizer: Tokenizer): void;
  /** Appends ids to a part. */
  add(part: Part, ids: ArrayLike<number>): void;
  /** Ends: the folder is there, whole. */
  finish(sources: TokenIndex["text"]["sources"]): Promise<TokenIndex>;
  /** Removes what was written, unless it is finished. */
  discard(): Promise<void>;
}

const bufferTokens = 1 << 18;

/**
 * Begins a folder of tokens. One process may write to it at a time.
 *
 * @throws UnrolledError with code "file": the folder holds other files, or tokens without `overwrite`
 */
export async function tokenWriter(folder: string, options: TokenWriterOptions = {}): Promise<TokenWriter> {
  const lock = await lockFolder(folder);
  try {
    const target = await targetOf(folder);
    const [next, old] = besides(target);
    if (existsSync(old) && !existsSync(target)) await renamePatiently(old, target); // killed between two renames
    checkTarget(folder, target, options.overwrite ?? false);
    for (const left of [next, old]) await removeOwn(left);
    await makeFolders(dirname(next));
    await mkdir(next);
    return writerIn(next, target, old, lock, options);
  } catch (error) {
    await lock.release();
    return failSystem(folder, error);
  }
}

function writerIn(next: string, target: string, old: string, lock: FolderLock, options: TokenWriterOptions) {
  const { shardTokens = 100_000_000 } = options;
  let open: { tokenizer: Tokenizer; parts: Record<Part, PartWriter> } | undefined;
  let finished = false;
  const started = () => open ?? fail({ where: target, problem: "no tokenizer yet", code: "internal" });
  const writer: TokenWriter = {
    get bytes() {
      return open ? open.parts.train.bytes() + open.parts.val.bytes() : 0;
    },
    begin(tokenizer) {
      const type = typeFor(tokenizer.vocabulary.size);
      open = {
        tokenizer,
        parts: { train: partWriter(next, "train", type, shardTokens), val: partWriter(next, "val", type, shardTokens) },
      };
    },
    add(part, ids) {
      started().parts[part].add(ids);
    },
    async finish(sources) {
      const { tokenizer, parts } = started();
      try {
        const [train, valid] = [await parts.train.done(), await parts.val.done()];
        const text = JSON.stringify(tokenizer.toJSON());
        const all = (shards: readonly ShardEntry[]) => shards.reduce((sum, { tokens }) => sum + tokens, 0);
        const index: TokenIndex = {
          unrolledTokens: 1,
          tokenizer: {
            kind: tokenizer.kind,
            vocabulary: tokenizer.vocabulary.size,
            sha256: createHash("sha256").update(text).digest("hex"),
          },
          text: { sources },
          train: { tokens: all(train), shards: train },
          valid: { tokens: all(valid), shards: valid },
        };
        writeSynced(join(next, tokenizerFile), text);
        writeSynced(join(next, indexFile), `${JSON.stringify(index, null, 1)}\n`);
        await syncFolder(next);
        if (existsSync(target)) await renamePatiently(target, old);
        await renamePatiently(next, target);
        finished = true;
        await syncFolder(dirname(target));
        await rm(old, { recursive: true, force: true });
        return index;
      } catch (error) {
        return failSystem(target, error);
      } finally {
        if (finished) await lock.release();
      }
    },
    async discard() {
      if (finished) return;
      for (const part of Object.values(open?.parts ?? {})) part.close();
      await rm(next, { recursive: true, force: true });
      await lock.release();
    },
  };
  return writer;
}

interface PartWriter {
  bytes(): number;
  add(ids: ArrayLike<number>): void;
  done(): Promise<ShardEntry[]>;
  close(): void;
}

function partWriter(folder: string, part: Part, type: TokenType, shardTokens: number): PartWriter {
  const each = bytesOfType[type];
  const Kind = type === "uint8" ? Uint8Array : type === "uint16" ? Uint16Array : Uint32Array;
  const entries: ShardEntry[] = [];
  const buffer = new Kind(bufferTokens);
  let held = 0;
  let bytes = 0;
  let shard: { file: string; fd: number; tokens: number; hash: Hash } | undefined;

  function put(fd: number, data: Uint8Array, at: number | null = null): void {
    try {
      for (let done = 0; done < data.length; )
        done += writeSync(fd, data, done, data.length - done, at === null ? null : at + done);
    } catch (error) {
      failSystem(folder, error);
    }
  }
  function begin() {
    const file = `tokens_${part}_${String(entries.length).padStart(6, "0")}.bin`;
    const header = shardHeader(type, shardTokens);
    shard = { file, fd: openSync(join(folder, file), "wx"), tokens: 0, hash: createHash("sha256").update(header) };
    put(shard.fd, header);
    return shard;
  }
  function flush(): void {
    const own = shard ?? begin();
    const data = new Uint8Array(buffer.buffer, 0, held * each);
    put(own.fd, data);
    own.hash.update(data);
    own.tokens += held;
    bytes += data.length;
    held = 0;
    if (own.tokens === shardTokens) end(own.hash.digest("hex"));
  }
  function end(sha256: string): void {
    const { file, fd, tokens } = shard!;
    fsyncSync(fd);
    closeSync(fd);
    entries.push({ file, tokens, bytes: headerBytes + tokens * each, sha256 });
    shard = undefined;
  }
  return {
    bytes: () => bytes,
    add(ids) {
      for (let at = 0; at < ids.length; ) {
        const room = Math.min(bufferTokens, shardTokens - (shard?.tokens ?? 0)) - held;
        const count = Math.min(room, ids.length - at);
        for (let i = 0; i < count; i++) buffer[held + i] = ids[at + i]!;
        held += count;
        at += count;
        if (count === room) flush();
      }
    },
    async done() {
      if (held > 0) flush();
      if (shard) {
        // Shorter than the header has it: the header is written again, and the file hashed anew.
        put(shard.fd, shardHeader(type, shard.tokens), 0);
        end(await fileHash(join(folder, shard.file)));
      }
      return entries;
    },
    close() {
      if (shard) closeSync(shard.fd);
      shard = undefined;
    },
  };
}

function writeSynced(path: string, text: string): void {
  const fd = openSync(path, "wx");
  try {
    writeFileSync(fd, text);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/** Refuses a folder of something else, and tokens that are not to be replaced. */
function checkTarget(folder: string, target: string, overwrite: boolean): void {
  if (!existsSync(target)) return;
  const names = namesIn(target);
  if (names.length === 0) return;
  const ours = names.includes(indexFile) && isTokenIndex(jsonOf(join(target, indexFile)));
  const others = names.filter((name) => !isOwnName(name));
  if (!ours || others.length > 0)
    fail({
      where: folder,
      expected: "an empty or new folder",
      received: ours ? `a folder of tokens with other files (${others[0]})` : "a folder with other files",
      hint: "choose another folder",
      code: "file",
    });
  if (!overwrite)
    fail({
      where: folder,
      expected: "an empty or new folder",
      received: "a folder of tokens",
      hint: "--overwrite replaces it",
      code: "file",
    });
}

const isOwnName = (name: string): boolean =>
  name === indexFile || name === tokenizerFile || /^tokens_(train|val)_\d{6,}\.bin$/.test(name);

function namesIn(path: string): string[] {
  try {
    return readdirSync(path);
  } catch (error) {
    return failSystem(path, error);
  }
}

/** Removes an unfinished folder of a process that was killed, if all that is in it is ours. */
async function removeOwn(path: string): Promise<void> {
  if (!existsSync(path)) return;
  const others = namesIn(path).filter((name) => !isOwnName(name));
  if (others.length > 0)
    fail({
      where: path,
      expected: "an unfinished folder of tokens",
      received: `a folder with other files (${others[0]})`,
      hint: "move it away",
      code: "file",
    });
  await rm(path, { recursive: true });
}
