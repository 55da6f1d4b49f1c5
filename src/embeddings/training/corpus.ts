// Reads a corpus once: counts its words and stores it as ids. White space separates words; a line is a sentence. Memory
// grows with the vocabulary, not with the corpus.

import { checkNumber, fail } from "../../base/errors.ts";
import { wasmInstance, wasmModule } from "../../base/wasm.ts";
import type { ByteChunks } from "../formats/byte-reader.ts";
import { memorySpool, type Spool } from "./spool.ts";
import tokensWasm from "./tokens-wasm.ts";

export interface Corpus {
  /** Words with at least `minCount` occurrences, most frequent first (ties in order of first occurrence). */
  words: string[];
  counts: Float64Array;
  /** Number of words in the text, including rare ones. */
  tokens: number;
  /** Number of words in the text that are in the vocabulary. */
  known: number;
  lines: number;
  /** Number of distinct words, including rare ones. */
  distinct: number;
  /** Number of words that were not valid UTF-8; broken bytes became U+FFFD. */
  invalidUtf8: number;
  /** Hash of the words in order: identifies the text. */
  hash: number;
  spool: Spool;
  /** Vocabulary row of each number in the spool; -1: too rare. */
  rowOf: Int32Array;
}

export interface ReadCorpusOptions {
  /** Words with fewer occurrences are dropped: their vectors would be noise. Default: 5, as in word2vec and fastText. */
  minCount?: number;
  /** Keep at most this many words. */
  maxWords?: number;
  spool?: Spool;
  signal?: AbortSignal;
  progress?: (tokens: number) => void;
  where?: string;
  /** Maximum number of distinct words while counting; beyond it the rarest are dropped, as in word2vec. Default: 2^22. */
  maxDistinct?: number;
}

interface Kernel extends Record<string, unknown> {
  rehash(slots: number, mask: number, entries: number, count: number): void;
  tokenize(
    text: number,
    length: number,
    last: number,
    ids: number,
    slots: number,
    mask: number,
    entries: number,
    maxEntries: number,
    arena: number,
    arenaBytes: number,
    state: number,
  ): number;
}

const textBytes = 1 << 18;

/**
 * Reads a corpus.
 *
 * @throws UnrolledError with code "data" if it has no words, or fewer than two distinct words with `minCount` occurrences
 */
export async function readCorpus(chunks: ByteChunks, options: ReadCorpusOptions = {}): Promise<Corpus> {
  const { minCount = 5, maxWords = Infinity, spool = memorySpool(), signal, progress, where = "corpus" } = options;
  const { maxDistinct = 1 << 22 } = options;
  checkNumber("train: minCount", minCount, { min: 1, integer: true });
  const table = wordTable(maxDistinct);
  let tokens = 0;
  let lines = 0;
  let open = false; // a line without its end
  let hash = 2166136261;
  const take = (ids: Int32Array) => {
    let ends = 0;
    for (let i = 0; i < ids.length; i++) {
      const id = ids[i]!;
      hash = Math.imul(hash ^ id, 16777619);
      if (id === -1) ends++;
    }
    lines += ends;
    tokens += ids.length - ends;
    if (ids.length > 0) open = ids[ids.length - 1] !== -1;
    spool.append(ids);
  };
  for await (const chunk of chunks) {
    signal?.throwIfAborted();
    table.read(chunk, take);
    progress?.(tokens);
  }
  table.end(take);
  if (open) take(Int32Array.of(-1));
  if (tokens === 0) fail({ where, expected: "a corpus with words", received: "none", code: "data" });

  // Words that differ only in broken bytes are one word from here on.
  const merged = new Map<string, KeptWord>();
  for (const entry of table.kept(minCount)) {
    const known = merged.get(entry.word);
    if (!known) merged.set(entry.word, entry);
    else {
      known.count += entry.count;
      known.numbers.push(...entry.numbers);
    }
  }
  const kept = [...merged.values()].sort((a, b) => b.count - a.count || a.first - b.first);
  if (kept.length > maxWords) kept.length = maxWords;
  if (kept.length < 2) {
    fail({
      where,
      expected: `at least two words that occur ${minCount} times or more`,
      received: `${kept.length} of ${table.size()} distinct words`,
      hint: minCount > 1 ? `lower minCount (now ${minCount}), or give more text` : "give more text",
      code: "data",
    });
  }
  const rowOf = new Int32Array(table.numbers()).fill(-1);
  let known = 0;
  for (let row = 0; row < kept.length; row++) {
    const { count, numbers } = kept[row]!;
    known += count;
    for (const number of numbers) rowOf[number] = row;
  }
  return {
    words: kept.map(({ word }) => word),
    counts: Float64Array.from(kept, ({ count }) => count),
    tokens,
    known,
    lines,
    distinct: table.size(),
    invalidUtf8: table.broken(),
    hash: hashWords(hash, kept),
    spool,
    rowOf,
  };
}

/** The numbers say where words are the same ones; the kept words say which they are. */
function hashWords(hash: number, kept: readonly KeptWord[]): number {
  for (const { word } of kept)
    for (let i = 0; i < word.length; i++) hash = Math.imul(hash ^ word.charCodeAt(i), 16777619);
  return hash >>> 0;
}

interface KeptWord {
  word: string;
  count: number;
  first: number;
  numbers: number[];
}

/** The hash table of words, and what was forgotten of it. */
function wordTable(maxDistinct: number) {
  const module = wasmModule(tokensWasm);
  if (!module) return fail({ where: "train", problem: "this host has no WebAssembly with SIMD", code: "missing" });
  // state | text | ids | slots | entries | arena: the arena comes last and grows with the memory.
  const at = { state: 65536, text: 65536 + 64, ids: 0, slots: 0, entries: 0, arena: 0 };
  at.ids = at.text + textBytes;
  at.slots = at.ids + (textBytes + 1) * 4;
  const maxSlots = 2 ** Math.ceil(Math.log2(maxDistinct * 2));
  at.entries = Math.ceil((at.slots + maxSlots * 4) / 64) * 64;
  at.arena = at.entries + maxDistinct * 16;
  const memory = new WebAssembly.Memory({ initial: Math.ceil(at.arena / 65536) + 64, maximum: 65536 });
  const kernel = wasmInstance<Kernel>(module, memory);
  let bytes = new Uint8Array(memory.buffer);
  let ints = new Int32Array(memory.buffer);
  let slots = Math.min(1 << 16, maxSlots);
  kernel.rehash(at.slots, slots - 1, at.entries, 0);
  let held = 0; // bytes of text waiting
  let forgotten = 1; // counts up to this are forgotten when the table is full
  let offset = 0; // what an entry's number is in the spool: its index + offset
  let everSeen = 0;
  const aliases: { number: number; word: string }[] = []; // spool numbers of words that survived a forgetting
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  const strict = new TextDecoder("utf-8", { ignoreBOM: true, fatal: true });

  const state = () => ({ entries: ints[at.state >> 2]!, used: ints[(at.state >> 2) + 1]! });
  function run(last: boolean, take: (ids: Int32Array) => void) {
    for (let endless = false; ; ) {
      const maxEntries = Math.min(maxDistinct, slots >> 1);
      const room = bytes.length - at.arena;
      const count = kernel.tokenize(
        at.text,
        held,
        last || endless ? 1 : 0,
        at.ids,
        at.slots,
        slots - 1,
        at.entries,
        maxEntries,
        at.arena,
        room,
        at.state,
      );
      const read = ints[(at.state >> 2) + 2]!;
      const ids = ints.subarray(at.ids >> 2, (at.ids >> 2) + count);
      if (offset > 0) for (let i = 0; i < count; i++) if (ids[i]! >= 0) ids[i]! += offset;
      take(ids);
      bytes.copyWithin(at.text, at.text + read, at.text + held);
      held -= read;
      const { entries, used } = state();
      const full = entries >= maxEntries;
      const tight = room - used < textBytes;
      if (!full && !tight) {
        if (held < textBytes) return;
        endless = true; // one word fills the whole buffer: it ends here
        continue;
      }
      if (tight) {
        memory.grow(256);
        bytes = new Uint8Array(memory.buffer);
        ints = new Int32Array(memory.buffer);
      }
      if (full && entries < maxDistinct) {
        slots *= 2;
        kernel.rehash(at.slots, slots - 1, at.entries, entries);
      } else if (full) forget();
      if (held === 0) return;
    }
  }
  const wordOf = (e: number) => {
    const entry = (at.entries >> 2) + e * 4;
    const from = at.arena + ints[entry]!;
    return decoder.decode(bytes.subarray(from, from + ints[entry + 1]!));
  };
  /** Drops the rarest words, and numbers the rest anew. */
  function forget() {
    const before = state().entries;
    let kept = 0;
    let used = 0;
    const base = at.entries >> 2;
    for (; kept === 0 || kept > maxDistinct * 0.75; forgotten++) {
      const source = kept || before;
      kept = 0;
      used = 0;
      for (let e = 0; e < source; e++) {
        const entry = base + e * 4;
        if (ints[entry + 3]! >>> 0 <= forgotten) continue;
        const size = ints[entry + 1]!;
        const from = ints[entry]!;
        bytes.copyWithin(at.arena + used, at.arena + from, at.arena + from + size);
        ints.set([used, size, ints[entry + 2]!, ints[entry + 3]!], base + kept * 4);
        aliasMoved(e, kept);
        used += size;
        kept++;
      }
      if (kept === 0) break;
    }
    // Numbers already in the spool must keep pointing at the words that survived.
    finishMoves(before, kept);
    ints[at.state >> 2] = kept;
    ints[(at.state >> 2) + 1] = used;
    kernel.rehash(at.slots, slots - 1, at.entries, kept);
  }
  let moves: Map<number, number> | undefined;
  function aliasMoved(from: number, to: number) {
    moves ??= new Map();
    moves.set(to, moves.get(from) ?? from);
  }
  function finishMoves(before: number, kept: number) {
    for (let e = 0; e < kept; e++) aliases.push({ number: offset + (moves?.get(e) ?? e), word: wordOf(e) });
    moves = undefined;
    everSeen += before - kept;
    offset += before;
  }

  return {
    read(chunk: Uint8Array, take: (ids: Int32Array) => void) {
      for (let from = 0; from < chunk.length; ) {
        const part = chunk.subarray(from, Math.min(chunk.length, from + textBytes - held));
        bytes.set(part, at.text + held);
        held += part.length;
        from += part.length;
        if (held === textBytes) run(false, take);
      }
    },
    end(take: (ids: Int32Array) => void) {
      run(true, take);
    },
    size: () => everSeen + state().entries,
    numbers: () => offset + state().entries,
    kept(minCount: number): KeptWord[] {
      const out: KeptWord[] = [];
      const older = new Map<string, number[]>();
      for (const { number, word } of aliases) {
        const list = older.get(word);
        if (list) list.push(number);
        else older.set(word, [number]);
      }
      const { entries } = state();
      for (let e = 0; e < entries; e++) {
        const count = ints[(at.entries >> 2) + e * 4 + 3]! >>> 0;
        if (count < minCount) continue;
        const word = wordOf(e);
        const numbers = [offset + e, ...(older.get(word) ?? [])];
        out.push({ word, count, first: e, numbers });
      }
      return out;
    },
    /** How many words of the text were not UTF-8, rare ones included (those that were forgotten are not). */
    broken(): number {
      let sum = 0;
      const { entries } = state();
      for (let e = 0; e < entries; e++) {
        const [from, length, , count] = ints.subarray((at.entries >> 2) + e * 4, (at.entries >> 2) + e * 4 + 4);
        const word = bytes.subarray(at.arena + from!, at.arena + from! + length!);
        if (word.every((byte) => byte < 128) || !decoder.decode(word).includes("\ufffd")) continue;
        try {
          strict.decode(word); // the text itself may hold U+FFFD
        } catch {
          sum += count! >>> 0;
        }
      }
      return sum;
    },
  };
}
