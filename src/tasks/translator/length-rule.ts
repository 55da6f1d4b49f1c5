// The length rule of a translator's beam search, chosen on pairs that it was not trained on. No one rule suits all models:
// one trained with smoothing on long sentences writes too briefly by a rule that is right for short ones.
import { checkNumber, fail } from "../../base/index.ts";
import { type Translation, targetIds } from "../../data/batches/pairs.ts";
import { type RowsOrList, spreadRows } from "../../data/index.ts";
import { type LengthRule, lengthRule } from "../../decode/index.ts";
import type { Translator } from "./model.ts";
import { reportTranslations, type TranslatorReportOptions } from "./report.ts";

export interface LengthRuleOptions extends Omit<TranslatorReportOptions, "lengthPenalty" | "lengthReward" | "nBest"> {
  /** Rules to compare, the usual one first. A penalty of 1, and rewards of 0.3, 0.6, 0.9 and 1.2, by default. */
  rules?: readonly LengthRule[];
  /**
   * BLEU points by which another rule must be better than the first. 0.5 by default: on 500 pairs less is chance, or
   * references that are a little longer than those of other texts.
   */
  margin?: number;
  /** Most pairs that are translated with each of them, at even distances; 500 by default. */
  most?: number;
  /** Seconds that it may take, as far as they can be told beforehand. No limit by default. */
  seconds?: number;
}

export interface TriedLengthRule extends Required<LengthRule> {
  readonly bleu: number;
}

/** Tokens of the longest target, `eos` counted. Twice as many bound what a reward that is too high for a model makes it write. */
const longestTarget = ({ tokenizers }: Translator, pairs: RowsOrList<Translation>): number =>
  [...pairs].reduce((most, { target }) => Math.max(most, targetIds(tokenizers, target).length), 1);

/** Pairs that are translated to see how long it takes. */
const probe = 32;
/** Fewer pairs than this do not tell one rule from another. */
const fewest = 100;

/**
 * Translates validation pairs by several length rules, and leaves the model with that of the highest BLEU, or with the
 * first where no other is clearly better.
 *
 * @returns the BLEU of each, in the order of `rules`; none where there are fewer than 100 pairs, or time for fewer, and
 * nothing is chosen; only the first where that one leaves nothing to improve
 * @throws the signal's reason where it is aborted; the model then keeps what it had
 *
 * @example
 * ```ts
 * const tried = await chooseLengthRule(model, validation);
 * console.log(model.lengthReward, tried);
 * ```
 */
export async function chooseLengthRule(
  model: Translator,
  pairs: RowsOrList<Translation>,
  {
    rules = [{}, { lengthReward: 0.3 }, { lengthReward: 0.6 }, { lengthReward: 0.9 }, { lengthReward: 1.2 }],
    margin = 0.5,
    most = 500,
    seconds = Infinity,
    ...options
  }: LengthRuleOptions = {},
): Promise<TriedLengthRule[]> {
  checkNumber("chooseLengthRule(most)", most, { min: fewest, integer: true });
  if (rules.length === 0 || pairs.length === 0)
    fail({
      where: "chooseLengthRule",
      expected: "rules and pairs",
      received: `${rules.length} and ${pairs.length}`,
    });
  const spread = (count: number) => spreadRows(pairs, Math.min(1, count / pairs.length));
  let count = Math.min(most, pairs.length);
  if (count < fewest) return [];
  const { maxTokens = 2 * longestTarget(model, spread(count)) } = options;
  const bleuOf = async (rule: LengthRule, some: RowsOrList<Translation>) =>
    (await reportTranslations(model, some, { ...options, maxTokens, ...lengthRule(rule) })).bleu.score;

  if (seconds !== Infinity) {
    const began = performance.now();
    await bleuOf(rules.at(-1)!, spread(probe)); // of the default ones, that of the longest texts
    const took = (performance.now() - began) / 1000;
    count = Math.min(count, Math.floor((probe * (seconds - took)) / (took * rules.length)));
    if (count < fewest) return [];
  }
  const tried: TriedLengthRule[] = [];
  for (const rule of rules) {
    tried.push({ ...lengthRule(rule), bleu: await bleuOf(rule, spread(count)) });
    if (tried[0]!.bleu > 99.5) break;
  }
  const [usual] = tried as [TriedLengthRule];
  const best = tried.reduce((a, b) => (b.bleu > a.bleu ? b : a));
  const { lengthPenalty, lengthReward } = best.bleu > usual.bleu + margin ? best : usual;
  Object.assign(model, { lengthPenalty, lengthReward });
  return tried;
}
