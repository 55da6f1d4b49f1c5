// Shards as one stream of ids. Windows of 16 KiB are read where they are needed; the last used of them stay in memory, in
// 8 MiB whatever the size of the corpus. Before each read the file is looked at: a shard that was removed, replaced or
// truncated since it was opened ends the run with one sentence.
import { closeSync, openSync, readSync, type Stats, statSync } from "node:fs";
import { fail } from "../../base/index.ts";
import type { Ids, TokenStream } from "../../data/index.ts";
import { failSystem, systemCode } from "../system-errors.ts";
import { bytesOfType, headerBytes, type ShardFacts } from "./shard-format.ts";

export interface Shard extends ShardFacts {
  readonly path: string;
}

export interface ShardStreamOptions {
  /** Ids must be below this. */
  vocabulary: number;
  /** Bytes of windows in memory. Default 8 MiB. */
  memory?: number;
  /** Bytes of a window, a multiple of 4. Default 16 KiB. */
  window?: number;
}

/** Files that are open at a time. */
const mostOpen = 64;

/** Opens shards, one after the other, as one stream. */
export function shardStream(
  shards: readonly Shard[],
  { vocabulary, memory = 1 << 23, window = 1 << 14 }: ShardStreamOptions,
): TokenStream & { close(): void } {
  const starts = [0];
  for (const { tokens } of shards) starts.push(starts.at(-1)! + tokens);
  const length = starts.at(-1)!;
  const before = shards.map(({ path }) => lookAt(path));
  const files = new Map<number, number>(); // descriptors by shard; the one used last stands last
  const held = new Map<string, { bytes: Uint8Array; ids: Ids }>(); // windows, likewise
  const most = Math.max(2, Math.floor(memory / window));

  function fileOf(s: number): number {
    const { path } = shards[s]!;
    const now = lookAt(path);
    const was = before[s]!;
    const same = now.ino === was.ino && now.dev === was.dev;
    if (now.size < was.size && same) faulty(path, "the shard was truncated while it was in use");
    if (!same || now.size !== was.size || now.mtimeMs !== was.mtimeMs)
      faulty(path, "the shard was replaced while it was in use");
    const found = files.get(s) ?? opened(path);
    files.delete(s);
    files.set(s, found);
    for (const [oldest, fd] of files) {
      if (files.size <= mostOpen) break;
      closeSync(fd);
      files.delete(oldest);
    }
    return found;
  }

  /** Window `w` of shard `s`. */
  function load(s: number, w: number): Ids {
    const key = `${s} ${w}`;
    let found = held.get(key);
    if (found) held.delete(key);
    else {
      const [oldest] = held.size >= most ? held : [];
      if (oldest) held.delete(oldest[0]);
      const bytes = oldest?.[1].bytes ?? new Uint8Array(window);
      const { path, type, tokens } = shards[s]!;
      const wanted = Math.min(window, tokens * bytesOfType[type] - w * window);
      fill(path, fileOf(s), bytes.subarray(0, wanted), headerBytes + w * window);
      const ids = viewOf(bytes, type, wanted / bytesOfType[type]);
      checkIds(path, ids, vocabulary);
      found = { bytes, ids };
    }
    held.set(key, found);
    return found.ids;
  }

  function read(from: number, to: number): Ids {
    let s = shardAt(starts, from);
    const ids = (bytes: number) => window / bytes;
    const each = ids(bytesOfType[shards[s]!.type]);
    const local = from - starts[s]!;
    const w = Math.floor(local / each);
    if (to <= starts[s + 1]! && to - starts[s]! <= (w + 1) * each)
      return load(s, w).subarray(local - w * each, to - starts[s]! - w * each);
    const out = new Int32Array(to - from);
    for (let at = from; at < to; ) {
      while (at >= starts[s + 1]!) s++;
      const per = ids(bytesOfType[shards[s]!.type]);
      const number = Math.floor((at - starts[s]!) / per);
      const end = Math.min(to, starts[s + 1]!, starts[s]! + (number + 1) * per);
      const first = at - starts[s]! - number * per;
      out.set(load(s, number).subarray(first, first + end - at), at - from);
      at = end;
    }
    return out;
  }

  const part = (start: number, end: number): TokenStream => ({
    length: end - start,
    read: (from, to) => read(start + from, start + to),
    subarray: (from, to) => part(start + from, Math.min(end, start + to)),
  });
  return {
    ...part(0, length),
    close() {
      for (const fd of files.values()) closeSync(fd);
      files.clear();
      held.clear();
    },
  };
}

/** The last shard that begins at or before a place. */
function shardAt(starts: readonly number[], place: number): number {
  let [low, high] = [0, starts.length - 2];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (starts[middle]! <= place) low = middle;
    else high = middle - 1;
  }
  return low;
}

function viewOf({ buffer }: Uint8Array, type: ShardFacts["type"], count: number): Ids {
  if (type === "uint8") return new Uint8Array(buffer, 0, count);
  return type === "uint16" ? new Uint16Array(buffer, 0, count) : new Int32Array(buffer, 0, count);
}

/** Throws where an id is not in the vocabulary: an engine would read beyond its table. */
function checkIds(where: string, ids: Ids, vocabulary: number): void {
  for (let i = 0; i < ids.length; i++)
    if (ids[i]! < 0 || ids[i]! >= vocabulary)
      fail({
        where,
        expected: `ids from 0 to ${vocabulary - 1}, as the tokenizer has`,
        received: String(ids[i]! >>> 0),
        code: "data",
      });
}

function lookAt(path: string): Stats {
  try {
    return statSync(path);
  } catch (error) {
    if (systemCode(error) === "ENOENT") return faulty(path, "the shard is missing");
    return failSystem(path, error);
  }
}

function opened(path: string): number {
  try {
    return openSync(path, "r");
  } catch (error) {
    return failSystem(path, error);
  }
}

function fill(path: string, fd: number, into: Uint8Array, at: number): void {
  for (let done = 0; done < into.length; ) {
    const got = readSync(fd, into, done, into.length - done, at + done);
    if (got === 0) faulty(path, "the shard was truncated while it was in use");
    done += got;
  }
}

const faulty = (where: string, problem: string): never => fail({ where, problem, code: "file" });
