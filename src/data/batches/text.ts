// Text for a language model: one long stream with carried state, or a list of lines that each stand for themselves.
import { fail } from "../../base/index.ts";
import type { Value } from "../../engine/index.ts";
import { shardRows } from "../../engine/rows.ts";
import { ints } from "../../engine/values.ts";
import {
  evaluationBatches,
  type Ids,
  isTokenStream,
  nextTokenPairs,
  padded,
  spreadRows,
  streamBatches,
  sumOf,
  type Tokenizer,
  type TokenStream,
} from "../index.ts";
import type { BatchOptions, EvaluationBatches, EvaluationBatchOptions, TrainingBatches } from "./batch.ts";
import { type Candidates, candidateSampler } from "./candidates.ts";
import { evaluationRows, trainingRows } from "./rows.ts";

/**
 * A text or its ids, in memory or on disk (`openTokens` of `unrolled/node`): one stream. A list of texts or of ids: each a sequence of its own, between `<bos>` and `<eos>`
 * (which are put there, and which the tokenizer must have).
 */
export type LanguageModelData = string | Ids | TokenStream | readonly string[] | readonly Ids[];

const isStream = (data: LanguageModelData): data is string | Ids | TokenStream =>
  typeof data === "string" || ArrayBuffer.isView(data) || isTokenStream(data);

/** Ids of a stream. Those on disk are checked where they are read. */
const streamIds = (tokenizer: Tokenizer, data: string | Ids | TokenStream): Ids | TokenStream =>
  isTokenStream(data) ? data : idsOf(tokenizer, data);

/** Ids of a stream, all of them in memory. @throws UnrolledError for lines, which are no stream */
export function idsOf(tokenizer: Tokenizer, data: LanguageModelData): Ids {
  if (typeof data === "string") return tokenizer.encode(data);
  if (isTokenStream(data)) return Int32Array.from(data.read(0, data.length));
  if (ArrayBuffer.isView(data)) return checkIds(tokenizer, data as Ids);
  return fail({ where: "languageModel", expected: "a model of one stream", received: "a model of lines" });
}

/** Throws where an id is not in the vocabulary: an engine would read beyond its table, or count from the end. */
function checkIds({ vocabulary }: Tokenizer, ids: Ids): Ids {
  const wrong = ids.findIndex((id) => id < 0 || id >= vocabulary.size);
  if (wrong < 0) return ids;
  return fail({
    where: `languageModel: ids[${wrong}]`,
    expected: `an id from 0 to ${vocabulary.size - 1}`,
    received: String(ids[wrong]),
    code: "data",
  });
}

/** Ids of each line between `<bos>` and `<eos>`. */
function lineIds(tokenizer: Tokenizer, lines: readonly string[] | readonly Ids[]): Int32Array[] {
  const { bos, eos } = tokenizer.special;
  if (bos === undefined || eos === undefined)
    return fail({
      where: "languageModel",
      expected: 'a tokenizer with "bos" and "eos" among its specials, for a list of lines',
      received: Object.keys(tokenizer.special).join(", ") || "no specials",
      hint: 'charTokenizer.fit(text, { specials: ["bos", "eos"] })',
    });
  return lines.map((line) => {
    const ids = typeof line === "string" ? tokenizer.encode(line) : checkIds(tokenizer, line);
    const full = new Int32Array(ids.length + 2);
    full[0] = bos;
    full.set(ids, 1);
    full[ids.length + 1] = eos;
    return full;
  });
}

/** @param candidates words that the softmax of a stream's batch runs over; all if not given */
export function trainingBatches(
  tokenizer: Tokenizer,
  data: LanguageModelData,
  options: BatchOptions,
  candidates?: number,
): TrainingBatches {
  const { batchSize, bptt, seed, ranks } = options;
  if (isStream(data)) {
    const ids = streamIds(tokenizer, data);
    // The candidates of a batch are drawn from the words of all its rows.
    const only = ranks && candidates === undefined ? shardRows(batchSize, ranks.size)[ranks.rank] : undefined;
    const source = streamBatches(ids, { batchSize, bptt, seed, ...(only ? { only } : {}) });
    const sampler =
      candidates === undefined
        ? undefined
        : candidateSampler(ids, { size: tokenizer.vocabulary.size, count: candidates, seed });
    return {
      kind: sampler ? "candidates" : "stream",
      perEpoch: source.perEpoch,
      tokens: source.tokensPerEpoch,
      start: { epoch: 0, window: 0 },
      at({ epoch, window = 0 }) {
        const { inputs, targets, B, T, fresh, next } = source.at({ epoch, window });
        const chosen = sampler?.at(targets, epoch, window);
        const feeds = {
          inputs: ints(inputs, B, T),
          targets: ints(chosen?.targets ?? targets, B, T),
          ...(chosen ? candidateFeeds(chosen) : {}),
        };
        return { feeds, rows: B, tokens: B * T, fresh, next: { ...next } };
      },
    };
  }
  return trainingRows("lines", linesOf(tokenizer, data), lineBatch, options);
}

const candidateFeeds = ({ ids, offsets }: Candidates): Record<string, Value> => ({
  candidates: ints(ids, ids.length),
  candidateOffsets: { dtype: "float", shape: [offsets.length], data: offsets },
});

/**
 * A stream is read in lanes: 32, or fewer where they would be shorter than 1,024 tokens. Each lane first reads, unscored,
 * the 256 tokens before it, so that its state is what one long reading would have given, nearly; `batchSize: 1` is
 * that one long reading.
 */
export function evaluationOf(
  tokenizer: Tokenizer,
  data: LanguageModelData,
  { batchSize, share = 1 }: EvaluationBatchOptions = {},
): EvaluationBatches {
  if (isStream(data)) {
    const all = streamIds(tokenizer, data);
    const ids = all.subarray(0, Math.max(2, Math.ceil(share * all.length)));
    const lanes = batchSize ?? Math.max(1, Math.min(32, Math.floor(ids.length / 1024)));
    const windows = { batchSize: lanes, bptt: 256, warmup: 256 };
    return {
      kind: "lanes",
      tokens: ids.length - 1,
      *batches() {
        for (const { inputs, targets, lengths, B, T, fresh, scored } of evaluationBatches(ids, windows)) {
          const feeds = { inputs: ints(inputs, B, T), targets: ints(targets, B, T), lengths: ints(lengths, B) };
          yield { feeds, rows: B, tokens: lengths.reduce((a, b) => a + b, 0), fresh, scored };
        }
      },
    };
  }
  return evaluationRows("lines", linesOf(tokenizer, data, share), lineBatch, { batchSize: batchSize ?? 64 });
}

function linesOf(tokenizer: Tokenizer, data: readonly string[] | readonly Ids[], share?: number) {
  const lines = [...spreadRows(lineIds(tokenizer, data), share)];
  const read = (places: ArrayLike<number>) => Array.from(places, (place) => lines[place]!);
  const lengths = lines.map(({ length }) => length);
  return { lengths, read, tokens: sumOf(lengths) - lines.length }; // all but the <bos> of each line are predicted
}

function lineBatch(rows: readonly Int32Array[]) {
  const { inputs, targets, lengths, B, T } = nextTokenPairs(padded(rows));
  return {
    feeds: { inputs: ints(inputs, B, T), targets: ints(targets, B, T), lengths: ints(lengths, B) },
    rows: B,
    tokens: lengths.reduce((a, b) => a + b, 0),
    fresh: true,
  };
}
