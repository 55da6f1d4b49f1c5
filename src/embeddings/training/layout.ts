// Where everything lies in the memory that the training threads share: settings, tables, the two matrices, and for every
// slot (a block under way) its scratch and its ids.

import { fail } from "../../base/errors.ts";
import { ngramBuckets, type SubwordOptions } from "../subwords.ts";
import type { Corpus } from "./corpus.ts";
import { huffmanPaths } from "./huffman.ts";
import type { TrainingSettings } from "./options.ts";
import { aliasTable, keepThresholds } from "./tables.ts";

export interface Layout {
  memory: WebAssembly.Memory;
  /** Address of the settings that the kernel reads. */
  config: number;
  /** Floats from one row to the next: dim, rounded up to a multiple of 4. */
  padded: number;
  inputRows: number;
  outputRows: number;
  /** The bucket of each row of inputs after the words'. */
  buckets: Int32Array;
  inputs: number;
  outputs: number;
  /** Per slot: scratch and ids. */
  slots: { scratch: number; ids: number }[];
}

export function trainingLayout(given: {
  corpus: Corpus;
  settings: TrainingSettings;
  slots: number;
  blockLength: number;
  scratchBytes: number;
  /** Whether other threads use the memory; pages that are not cross-origin isolated have none that can be shared. */
  shared: boolean;
}): Layout {
  const { corpus, settings, blockLength } = given;
  const { dim, negatives, subwords, window } = settings;
  const words = corpus.words.length;
  const padded = Math.ceil(dim / 4) * 4;
  const tables: { data: Uint32Array; at: number }[] = [];
  let next = 65536 + 64; // above the kernel's own data and the settings
  const reserve = (bytes: number) => {
    const at = next;
    next = Math.ceil((next + bytes) / 64) * 64;
    return at;
  };
  const put = (data: Uint32Array) => {
    const at = reserve(data.byteLength);
    tables.push({ data, at });
    return at;
  };
  const keep = put(keepThresholds(corpus.counts, settings.sample));
  let alias = 0;
  let paths = 0;
  let pathNodes = 0;
  if (negatives > 0) alias = put(aliasTable(corpus.counts, settings.negativePower));
  else {
    const tree = huffmanPaths(corpus.counts);
    paths = put(tree.starts);
    pathNodes = put(tree.nodes);
  }
  let pieces = 0;
  let pieceRows = 0;
  const table = subwords && subwordTable(corpus.words, subwords);
  if (table) {
    pieces = put(table.starts);
    pieceRows = put(table.rows);
  }
  const inputRows = words + (table?.buckets.length ?? 0);
  const inputs = reserve(inputRows * padded * 4);
  const outputs = reserve(words * padded * 4);
  const slots = Array.from({ length: given.slots }, () => ({
    scratch: reserve(given.scratchBytes + blockLength * 4),
    ids: reserve(blockLength * 4),
  }));
  const pages = Math.ceil(next / 65536);
  if (pages > 65536) {
    fail({
      where: "train",
      problem: `the matrices need ${(next / 2 ** 30).toFixed(1)} GiB, more than WebAssembly's 4`,
      hint: "raise minCount, or lower dim or bucket",
    });
  }
  let memory: WebAssembly.Memory;
  try {
    memory = new WebAssembly.Memory({ initial: pages, maximum: 65536, shared: given.shared });
  } catch {
    return fail({
      where: "train",
      problem: `could not allocate ${Math.ceil(pages / 16)} MiB of memory`,
      hint: "raise minCount, or lower dim or bucket",
      code: "missing",
    });
  }
  const config = 65536;
  for (const { data, at } of tables) new Uint32Array(memory.buffer, at, data.length).set(data);
  const cbow = settings.model === "cbow" ? 1 : 0;
  const fields = [
    padded,
    window,
    negatives,
    words,
    inputs,
    outputs,
    keep,
    alias,
    paths,
    pathNodes,
    pieces,
    pieceRows,
    cbow,
  ];
  new Uint32Array(memory.buffer, config, fields.length).set(fields); // in the order of kernel.as.ts
  const buckets = table?.buckets ?? new Int32Array(0);
  return { memory, config, padded, inputRows, outputRows: words, buckets, inputs, outputs, slots };
}

/**
 * Rows of the input matrix that make up each word: its own, then its n-grams'. Only buckets that some word uses have a row,
 * after all the words, in the order of their first use: a tenth of the memory, and frequent words' pieces lie together.
 */
export function subwordTable(words: readonly string[], options: SubwordOptions) {
  const starts = new Uint32Array(words.length + 1);
  const rows: number[] = [];
  const rowOf = new Int32Array(options.bucket).fill(-1);
  const buckets: number[] = [];
  for (let w = 0; w < words.length; w++) {
    rows.push(w);
    for (const bucket of ngramBuckets(words[w]!, options)) {
      if (rowOf[bucket] === -1) rowOf[bucket] = words.length + buckets.push(bucket) - 1;
      rows.push(rowOf[bucket]!);
    }
    starts[w + 1] = rows.length;
  }
  return { starts, rows: Uint32Array.from(rows), buckets: Int32Array.from(buckets) };
}
