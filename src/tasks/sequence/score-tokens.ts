// How likely a language model finds each token of a text.

import { nextTokenPairs, padded } from "../../data/index.ts";
import { ints } from "../../engine/values.ts";
import { graphOf, rowsOf } from "../../networks/model.ts";
import { parameterInputs } from "../../nn/index.ts";
import { input, logSoftmax, pick } from "../../tensor/index.ts";
import { compileBulk } from "../bulk.ts";
import { batchPredictor, predictWith } from "../predictor.ts";
import type { CompileWith, Predictor } from "../task.ts";
import type { LanguageModel } from "./language-model.ts";

/** A text, token by token. */
export interface ScoredText {
  readonly text: string;
  readonly tokens: readonly string[];
  /**
   * Nats: the log-probability of each token after those before it. The first one follows `<bos>`; NaN where the vocabulary
   * has none, since nothing comes before it.
   */
  readonly logProbabilities: Float32Array;
  /** Their sum, without the NaN. */
  readonly total: number;
}

async function scorer(model: LanguageModel, compileWith?: CompileWith): Promise<Predictor<string, ScoredText>> {
  const { tokenizer } = model;
  const { bos } = tokenizer.special;
  const ids = input("inputs", ["B", "T"], { dtype: "int" });
  const { logits } = model.apply(parameterInputs(model.specs), ids); // [B, T, V]
  const scores = pick(logSoftmax(logits), input("targets", ["B", "T"], { dtype: "int" }));
  const session = await compileBulk(model, graphOf({ scores }), compileWith);
  return batchPredictor({
    read: (text: string) => {
      const own = tokenizer.encode(text);
      return { text, own, row: bos === undefined ? own : Int32Array.of(bos, ...own) };
    },
    lengthOf: ({ row }) => row.length,
    async answer(rows) {
      const { inputs, targets, B, T } = nextTokenPairs(padded(rows.map(({ row }) => row)));
      const feeds = { inputs: ints(inputs, B, T), targets: ints(targets, B, T) };
      const found = T === 0 ? [] : rowsOf(await session.run(feeds), B);
      return rows.map(({ text, own }, b): ScoredText => {
        const logProbabilities = new Float32Array(own.length).fill(Number.NaN);
        const first = bos === undefined ? 1 : 0;
        if (own.length > first) logProbabilities.set(found[b]!.scores!.subarray(0, own.length - first), first);
        const total = logProbabilities.subarray(first).reduce((sum, one) => sum + one, 0);
        return { text, tokens: Array.from(own, (id) => tokenizer.vocabulary.token(id)), logProbabilities, total };
      });
    },
    release: () => session.release(),
  });
}

/**
 * Scores texts: the log-probability of each token, in nats. Texts stay in their order.
 *
 * @example
 * ```ts
 * for await (const { tokens, logProbabilities, total } of scoreTokens(model, ["to be or not to be"]))
 *   console.log(total, tokens, logProbabilities);
 * ```
 */
export const scoreTokens = predictWith(scorer);
