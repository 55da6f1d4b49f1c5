// An exported translator: the encoder reads once, beam search asks the decoder step by step.

import { sourceIds } from "../../../data/batches/pairs.ts";
import { beamSearch, type LengthRule, lengthRuleOf } from "../../../decode/beam.ts";
import { exclude as excluding } from "../../../decode/filters.ts";
import type { ModelData } from "../encoding.ts";
import type { Numbers } from "../graph.ts";
import { type OpenOptions, open, type WeightSource } from "../open.ts";
import { tokenizerFromJSON } from "../tokenizer.ts";

export interface TranslateOptions {
  exclude?: readonly number[];
  beamSize?: number;
  lengthPenalty?: number;
  lengthReward?: number;
  nBest?: number;
  maxTokens?: number;
}

type Values = Readonly<Record<string, Numbers>>;

export async function load(data: ModelData, source: WeightSource, options?: OpenOptions) {
  const { graphs, shared } = await open(data, source, options);
  const info = data.info as { source: unknown; target?: unknown; maxTokens: number } & LengthRule;
  const from = tokenizerFromJSON(info.source);
  const tokenizers = { source: from, target: info.target === undefined ? from : tokenizerFromJSON(info.target) };
  const { bos, eos } = tokenizers.target.special as { bos: number; eos: number };
  const { encode, decode } = graphs as Record<"encode" | "decode", (typeof graphs)[string]>;
  const states = Object.keys(decode.states);

  async function translations(text: string, given: TranslateOptions = {}) {
    const { beamSize = 5, nBest = 1, maxTokens, exclude } = given;
    if (text.trim() === "") return [{ text: "", score: 0, logProbability: 0, finished: true }];
    const ids = sourceIds(tokenizers, text);
    if (ids.length > info.maxTokens)
      throw new Error(`translate: expected at most ${info.maxTokens} tokens, got ${ids.length}`);
    const read = encode.run({
      source: { shape: [1, ids.length], data: ids },
      sourceLengths: { shape: [1], data: [ids.length] },
    });
    const memory = Object.entries(read).filter(([name]) => !name.startsWith("state."));
    const found = await beamSearch<Values>({
      step(tokens, state) {
        const rows = tokens.length;
        const same = memory.map(([name, value]) => [name, repeated(value, rows)]);
        const ids = { shape: [rows], data: tokens };
        const results = decode.run({ ids, ...state, ...(Object.fromEntries(same) as Values) });
        return {
          logits: results.logits!.data,
          state: Object.fromEntries(states.map((name) => [`state.${name}`, results[`next.${name}`]!])),
        };
      },
      select: (state, rows) =>
        Object.fromEntries(Object.entries(state).map(([name, value]) => [name, taken(value, rows)])),
      state: Object.fromEntries(states.map((name) => [`state.${name}`, read[`state.${name}`]!])),
      start: [bos],
      eos,
      beamSize,
      nBest,
      maxLength: maxTokens ?? 3 * ids.length + 50,
      ...lengthRuleOf(given, info),
      filters: exclude ? [excluding(exclude)] : [],
    });
    return found[0]!.map(({ tokens, ...rest }) => ({ text: tokenizers.target.decode(tokens), ...rest }));
  }
  return {
    ...shared,
    translations,
    translate: async (text: string, given?: TranslateOptions): Promise<string> =>
      (await translations(text, given))[0]!.text,
  };
}

/** Rows of a value, in any order and number. */
function taken({ shape, data }: Numbers, rows: ArrayLike<number>): Numbers {
  const size = data.length / shape[0]!;
  const out = new Float32Array(rows.length * size);
  const all = data as Float32Array;
  for (let i = 0; i < rows.length; i++) out.set(all.subarray(rows[i]! * size, (rows[i]! + 1) * size), i * size);
  return { shape: [rows.length, ...shape.slice(1)], data: out };
}

/** What the encoder has left, for each hypothesis; kept from step to step. */
const repeated = (value: Numbers, rows: number): Numbers =>
  value.shape[0] === rows ? value : taken(value, new Uint8Array(rows));
