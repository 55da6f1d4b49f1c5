// Counts the words of a text of any size in bounded memory. When half a million different words are in memory they are
// written to a temporary file, sorted; at the end all such runs are merged, and only the words that a vocabulary can keep
// stay. The counts are exact.
import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { compareCodePoints, textTable, type WordCounter } from "../../data/index.ts";
import { failSystem } from "../system-errors.ts";

export interface WordCountsOptions {
  /** Different words in memory. Default 2^19, about 50 MB. */
  most?: number;
  /** Where temporary files go. Default: the system's folder. */
  folder?: string;
}

/** A counter that uses the disk where a text has many different words; `close` removes its files. */
export function diskWordCounter({ most = 2 ** 19, folder = tmpdir() }: WordCountsOptions = {}): WordCounter & {
  close(): void;
} {
  let table = textTable();
  const runs: Run[] = [];
  let files: string | undefined;

  function spill(): void {
    files ??= mkdtempSync(join(folder, "unrolled-words-"));
    runs.push(writeRun(join(files, String(runs.length)), table.entries()));
    table = textTable();
  }
  return {
    add(text, start, end) {
      table.count(text, start, end);
      if (table.size >= most) spill();
    },
    counts(keep) {
      if (runs.length === 0) return new Map(table.entries());
      spill();
      return kept(merged(runs), keep);
    },
    close() {
      for (const { fd } of runs) closeSync(fd);
      runs.length = 0;
      if (files) rmSync(files, { recursive: true, force: true });
      files = undefined;
    },
  };
}

/** The words that a vocabulary can keep, whatever the number of others. */
function kept(
  words: Iterable<[string, number]>,
  { minCount, most, always }: Parameters<WordCounter["counts"]>[0],
): Map<string, number> {
  const asked = new Set(always);
  const found = new Map<string, number>();
  let best: [string, number][] = [];
  const prune = () => {
    best.sort((a, b) => b[1] - a[1] || compareCodePoints(a[0], b[0]));
    best = best.slice(0, most);
  };
  for (const [word, count] of words) {
    if (asked.has(word)) found.set(word, count);
    else if (count >= minCount) {
      best.push([word, count]);
      if (best.length >= 2 * most + 1024) prune();
    }
  }
  prune();
  for (const [word, count] of best) found.set(word, count);
  return found;
}

/** Words in order, each with the sum of its counts. */
function* merged(runs: readonly Run[]): Generator<[string, number]> {
  const heads = runs.map((run) => readRun(run)).map((words) => ({ words, next: words.next() }));
  for (;;) {
    let least: string | undefined;
    for (const { next } of heads)
      if (!next.done && (least === undefined || next.value[0] < least)) least = next.value[0];
    if (least === undefined) return;
    let count = 0;
    for (const head of heads)
      if (!head.next.done && head.next.value[0] === least) {
        count += head.next.value[1];
        head.next = head.words.next();
      }
    yield [least, count];
  }
}

/** A sorted run on disk: for each word its count and its length in bytes (int32), then its UTF-16. */
interface Run {
  readonly fd: number;
}

const bufferBytes = 1 << 16;

function writeRun(path: string, counts: Iterable<[string, number]>): Run {
  try {
    const fd = openSync(path, "w+");
    if (process.platform !== "win32") rmSync(path); // gone however the process ends
    let parts: Buffer[] = [];
    let size = 0;
    const flush = () => {
      const bytes = Buffer.concat(parts);
      for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at, bytes.length - at);
      [parts, size] = [[], 0];
    };
    for (const [word, count] of [...counts].sort(([a], [b]) => (a < b ? -1 : 1))) {
      const bytes = Buffer.from(word, "utf16le");
      const head = Buffer.alloc(8);
      head.writeInt32LE(count, 0);
      head.writeInt32LE(bytes.length, 4);
      parts.push(head, bytes);
      size += 8 + bytes.length;
      if (size > bufferBytes) flush();
    }
    flush();
    return { fd };
  } catch (error) {
    return failSystem(path, error);
  }
}

function* readRun({ fd }: Run): Generator<[string, number], void> {
  let bytes = Buffer.alloc(0);
  let place = 0; // in the file, of the byte after `bytes`
  let at = 0;
  const need = (count: number): boolean => {
    while (bytes.length - at < count) {
      const more = Buffer.alloc(Math.max(bufferBytes, count));
      const got = readSync(fd, more, 0, more.length, place);
      if (got === 0) return false;
      bytes = Buffer.concat([bytes.subarray(at), more.subarray(0, got)]);
      place += got;
      at = 0;
    }
    return true;
  };
  while (need(8)) {
    const [count, length] = [bytes.readInt32LE(at), bytes.readInt32LE(at + 4)];
    need(8 + length);
    yield [bytes.toString("utf16le", at + 8, at + 8 + length), count];
    at += 8 + length;
  }
}
