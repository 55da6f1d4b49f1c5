// fastText's model file (.bin, version 12): arguments, dictionary, input matrix (words, then n-gram buckets), output
// matrix. All numbers little-endian. Word vector = mean of the word's own row and the rows of its n-grams.

import { fail } from "../../base/errors.ts";
import { ngramBuckets } from "../subwords.ts";
import { type Subwords, type WordVectors, wordVectors } from "../vectors.ts";
import { type ByteChunks, type ByteReader, byteReader } from "./byte-reader.ts";
import { finiteRow, type WarningCounter } from "./warnings.ts";
import { littleEndian } from "./word2vec-binary.ts";

const magic = 793712314;
const losses = ["", "hierarchical-softmax", "negative-sampling", "softmax", "one-vs-all"] as const;
const models = ["", "cbow", "skipgram", "supervised"] as const;

export interface FastTextModel {
  args: FastTextArgs;
  words: string[];
  /** How often each word was seen. */
  counts: Float64Array;
  /** Labels of a supervised model; none in word vectors. */
  labels: string[];
  labelCounts: Float64Array;
  /** Words of the corpus, the rare ones included. */
  tokens: number;
  /** [words + bucket, dim] */
  input: Float32Array;
  /** [words, dim] with negative sampling, [words - 1 or words, dim] with hierarchical softmax. */
  output: Float32Array;
}

export interface FastTextArgs {
  dim: number;
  window: number;
  epochs: number;
  minCount: number;
  negatives: number;
  wordNgrams: number;
  loss: "hierarchical-softmax" | "negative-sampling" | "softmax" | "one-vs-all";
  model: "cbow" | "skipgram" | "supervised";
  bucket: number;
  minn: number;
  maxn: number;
  lrUpdateRate: number;
  /** Subsampling threshold. */
  sample: number;
  /** N-grams of Korean letters too: our own, which `jamoMark` after the matrices says; fastText and gensim have none. */
  jamo?: boolean;
}

/** Stands after the output matrix, where the readers of fastText and gensim have stopped: they leave these n-grams out. */
const jamoMark = new TextEncoder().encode("unrolled:jamo:1\n");

/** Reads a fastText .bin. Quantized models (.ftz) and pruned dictionaries are refused. */
export async function readFastText(
  chunks: ByteChunks,
  { where = "model.bin", signal }: { where?: string; signal?: AbortSignal } = {},
): Promise<FastTextModel> {
  const reader = byteReader(chunks, where);
  const wrong = (expected: string, received: string, hint?: string): never =>
    fail({ where: `${where} (byte ${reader.position()})`, expected, received, hint, code: "file" });
  const first = await reader.int32("the magic number");
  if (first !== magic) wrong(`fastText's magic number ${magic}`, String(first), "a .vec file is text; read it as text");
  const version = await reader.int32("the version");
  if (version !== 12 && version !== 11) wrong("version 11 or 12", String(version));
  const names = "dim ws epoch minCount neg wordNgrams loss model bucket minn maxn lrUpdateRate".split(" ");
  const n: Record<string, number> = {};
  for (const name of names) n[name] = await reader.int32(`the argument ${name}`);
  const sample = await reader.float64("the argument t");
  const model = models[n.model!];
  const loss = losses[n.loss!];
  if (!model || !loss || !(n.dim! > 0) || n.dim! > 65536 || n.bucket! < 0) {
    return wrong("fastText's arguments", JSON.stringify(n));
  }
  if (version === 11 && model === "supervised") n.maxn = 0; // what fastText itself does with its old files

  const size = await reader.int32("the size of the dictionary");
  const nwords = await reader.int32("the count of words");
  const nlabels = await reader.int32("the count of labels");
  const tokens = await reader.int64("the count of tokens");
  const pruned = await reader.int64("the size of the pruned index");
  if (size < 0 || nwords < 0 || nlabels < 0 || size !== nwords + nlabels) {
    wrong("words and labels that add up to the dictionary's size", `${nwords} + ${nlabels} of ${size}`);
  }
  if (pruned > 0) wrong("a full dictionary", `one pruned to ${pruned} n-grams`, "quantized models cannot be read");
  const words: string[] = [];
  const labels: string[] = [];
  const counts = new Float64Array(nwords);
  const labelCounts = new Float64Array(nlabels);
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  for (let i = 0; i < size; i++) {
    if ((i & 4095) === 0) signal?.throwIfAborted();
    const word = decoder.decode(await reader.until(0, 1 << 16, `entry ${i + 1} of ${size} of the dictionary`));
    const count = await reader.int64(`the count of entry ${i + 1}`);
    const kind = await reader.uint8(`the type of entry ${i + 1}`);
    if (kind > 1 || words.length + (kind === 0 ? 1 : 0) > nwords) {
      wrong(`${nwords} words and ${nlabels} labels`, `type ${kind} in entry ${i + 1}`);
    }
    (kind === 0 ? counts : labelCounts)[(kind === 0 ? words : labels).length] = count;
    (kind === 0 ? words : labels).push(word);
  }

  async function matrix(what: string, rows: readonly number[]): Promise<Float32Array> {
    if ((await reader.uint8(`the quantization of the ${what}`)) !== 0) {
      wrong("plain matrices", `a quantized ${what}`, "quantized models (.ftz) cannot be read");
    }
    const m = await reader.int64(`the rows of the ${what}`);
    const width = await reader.int64(`the columns of the ${what}`);
    if (width !== n.dim || !rows.includes(m)) {
      wrong(`a ${what} of ${rows[0]} x ${n.dim}`, `${m} x ${width}`);
    }
    const out = new Float32Array(m * width);
    const step = 1 << 22; // a million floats between two looks at the signal
    for (let at = 0; at < out.length; at += step) {
      signal?.throwIfAborted();
      const part = out.subarray(at, Math.min(out.length, at + step));
      await reader.fill(new Uint8Array(part.buffer, part.byteOffset, part.byteLength), `the ${what}`);
    }
    return littleEndian(out);
  }
  const input = await matrix("input matrix", [nwords + n.bucket!, nwords]);
  const output = await matrix("output matrix", model === "supervised" ? [nlabels, nwords] : [nwords]);
  const args: FastTextArgs = {
    dim: n.dim!,
    window: n.ws!,
    epochs: n.epoch!,
    minCount: n.minCount!,
    negatives: n.neg!,
    wordNgrams: n.wordNgrams!,
    loss,
    model,
    bucket: n.bucket!,
    minn: n.minn!,
    maxn: n.maxn!,
    lrUpdateRate: n.lrUpdateRate!,
    sample,
    ...((await endsWithMark(reader)) ? { jamo: true } : {}),
  };
  return { args, words, counts, labels, labelCounts, tokens, input, output };
}

/** Whether the mark is next; anything else after the matrices is none of our business, as to fastText. */
async function endsWithMark(reader: ByteReader): Promise<boolean> {
  for (const byte of jamoMark) {
    if ((await reader.ended()) || (await reader.uint8("what follows the matrices")) !== byte) return false;
  }
  return true;
}

/** Writes a fastText .bin of version 12 that fastText and gensim load; with `jamo`, only this library reads all of it. */
export function* writeFastText(model: FastTextModel): Generator<Uint8Array> {
  const { args, words, counts, labels, labelCounts, input, output } = model;
  const { dim } = args;
  const head = new DataView(new ArrayBuffer(8 + 12 * 4 + 8 + 12 + 16));
  const ints = [
    magic,
    12,
    dim,
    args.window,
    args.epochs,
    args.minCount,
    args.negatives,
    args.wordNgrams,
    losses.indexOf(args.loss),
    models.indexOf(args.model),
    args.bucket,
    args.minn,
    args.maxn,
    args.lrUpdateRate,
  ];
  for (let i = 0; i < ints.length; i++) head.setInt32(i * 4, ints[i]!, true);
  let at = ints.length * 4;
  head.setFloat64(at, args.sample, true);
  at += 8;
  for (const value of [words.length + labels.length, words.length, labels.length]) {
    head.setInt32(at, value, true);
    at += 4;
  }
  head.setBigInt64(at, BigInt(model.tokens), true);
  head.setBigInt64(at + 8, -1n, true);
  yield new Uint8Array(head.buffer);

  const encoder = new TextEncoder();
  const entry = (word: string, count: number, kind: number) => {
    const bytes = encoder.encode(word);
    const out = new Uint8Array(bytes.length + 10);
    out.set(bytes);
    new DataView(out.buffer).setBigInt64(bytes.length + 1, BigInt(Math.round(count)), true);
    out[out.length - 1] = kind;
    return out;
  };
  for (let i = 0; i < words.length; i++) yield entry(words[i]!, counts[i]!, 0);
  for (let i = 0; i < labels.length; i++) yield entry(labels[i]!, labelCounts[i]!, 1);
  for (const matrix of [input, output]) {
    const size = new DataView(new ArrayBuffer(17));
    size.setBigInt64(1, BigInt(matrix.length / dim), true);
    size.setBigInt64(9, BigInt(dim), true);
    yield new Uint8Array(size.buffer);
    const step = 1 << 18;
    for (let from = 0; from < matrix.length; from += step) {
      const part = littleEndian(matrix.slice(from, from + step));
      yield new Uint8Array(part.buffer, 0, part.byteLength);
    }
  }
  if (args.jamo) yield jamoMark;
}

/** The n-gram rows of a fastText model, as a maker of vectors for words that it never saw. */
export function fastTextSubwords({ args, words, input }: FastTextModel): Subwords {
  const { dim } = args;
  return {
    vector(word) {
      const rows = input.length === words.length * dim ? [] : ngramBuckets(word, args).map((b) => b + words.length);
      return rows.length > 0 ? meanOfRows(input, rows, dim) : undefined;
    },
  };
}

export function meanOfRows(matrix: Float32Array, rows: readonly number[], dim: number): Float32Array {
  const sum = new Float32Array(dim);
  for (const row of rows) for (let i = 0, m = row * dim; i < dim; i++, m++) sum[i]! += matrix[m]!;
  for (let i = 0; i < dim; i++) sum[i]! /= rows.length;
  return sum;
}

export interface FastTextVectorsOptions {
  /** Keep only these words. */
  only?: ReadonlySet<string>;
  /** Keeps only rows for which this returns true, given the word and its row. */
  keep?: (word: string, row: number) => boolean;
  /** Counts duplicate words (their first row is kept), words that are not UTF-8, and rows that are not finite. */
  warnings?: WarningCounter;
  where?: string;
}

/** A fastText model as word vectors: every word's mean over its own row and its n-grams; unknown words from n-grams. */
export function fastTextVectors(model: FastTextModel, options: FastTextVectorsOptions = {}): WordVectors {
  const { only, keep, warnings, where = "model.bin" } = options;
  const { args, input } = model;
  const { dim } = args;
  const seen = new Set<string>();
  const kept: number[] = [];
  for (const [r, word] of model.words.entries()) {
    if ((only && !only.has(word)) || (keep && !keep(word, r))) continue;
    // Words of broken bytes may be alike once these are U+FFFD.
    if (word.includes("\ufffd")) warnings?.add("invalid-utf8", `${where} (word ${r + 1})`);
    if (seen.has(word)) warnings?.add("duplicate", `${where} (word ${r + 1})`);
    else {
      seen.add(word);
      kept.push(r);
    }
  }
  const matrix = new Float32Array(kept.length * dim);
  const plain = input.length === model.words.length * dim;
  for (let k = 0; k < kept.length; k++) {
    const r = kept[k]!;
    const word = model.words[r]!;
    // fastText gives the end of sentence no n-grams
    const grams = plain || word === "</s>" ? [] : ngramBuckets(word, args).map((b) => b + model.words.length);
    matrix.set(meanOfRows(input, [r, ...grams], dim), k * dim);
    if (warnings && !finiteRow(matrix, k * dim, dim)) warnings.add("not-finite-kept", `${where} (word ${r + 1})`);
  }
  return wordVectors({
    words: kept.map((r) => model.words[r]!),
    matrix,
    dim,
    counts: Float64Array.from(kept, (r) => model.counts[r]!),
    subwords: fastTextSubwords(model),
  });
}
