// The length penalty of a translator's beam search, chosen on pairs that it was not trained on. No one value suits all models:
// one trained with smoothing on long sentences writes too briefly at a penalty that is right for short ones.
import { checkNumber, fail } from "../../base/index.ts";
import type { Translation } from "../../data/batches/pairs.ts";
import { type RowsOrList, spreadRows } from "../../data/index.ts";
import type { Translator } from "./model.ts";
import { reportTranslations, type TranslatorReportOptions } from "./report.ts";

export interface LengthPenaltyOptions extends Omit<TranslatorReportOptions, "lengthPenalty" | "nBest"> {
  /** Values to compare, the usual one first. 1, 0.6, 1.5, 2 and 2.5 by default. */
  penalties?: readonly number[];
  /**
   * BLEU points by which another value must be better than the first. 0.5 by default: on 500 pairs less is chance, or
   * references that are a little longer than those of other texts.
   */
  margin?: number;
  /** Most pairs that are translated with each of them, at even distances; 500 by default. */
  most?: number;
  /** Seconds that it may take, as far as they can be told beforehand. No limit by default. */
  seconds?: number;
}

export interface TriedLengthPenalty {
  readonly lengthPenalty: number;
  readonly bleu: number;
}

/** Pairs that are translated to see how long it takes. */
const probe = 32;
/** Fewer pairs than this do not tell one penalty from another. */
const fewest = 100;

/**
 * Translates validation pairs with several length penalties, and leaves the model with that of the highest BLEU, or with the
 * first where no other is clearly better.
 *
 * @returns the BLEU of each, in the order of `penalties`; none where there are fewer than 100 pairs, or time for fewer, and
 * nothing is chosen; only the first where that one leaves nothing to improve
 * @throws the signal's reason where it is aborted; the model then keeps what it had
 *
 * @example
 * ```ts
 * const tried = await chooseLengthPenalty(model, validation);
 * console.log(model.lengthPenalty, tried);
 * ```
 */
export async function chooseLengthPenalty(
  model: Translator,
  pairs: RowsOrList<Translation>,
  {
    penalties = [1, 0.6, 1.5, 2, 2.5],
    margin = 0.5,
    most = 500,
    seconds = Infinity,
    ...options
  }: LengthPenaltyOptions = {},
): Promise<TriedLengthPenalty[]> {
  checkNumber("chooseLengthPenalty(most)", most, { min: fewest, integer: true });
  if (penalties.length === 0 || pairs.length === 0)
    fail({
      where: "chooseLengthPenalty",
      expected: "penalties and pairs",
      received: `${penalties.length} and ${pairs.length}`,
    });
  const bleuOf = async (lengthPenalty: number, some: RowsOrList<Translation>) =>
    (await reportTranslations(model, some, { ...options, lengthPenalty })).bleu.score;
  const spread = (count: number) => spreadRows(pairs, Math.min(1, count / pairs.length));

  let count = Math.min(most, pairs.length);
  if (count < fewest) return [];
  if (seconds !== Infinity) {
    const began = performance.now();
    await bleuOf(penalties[0]!, spread(probe));
    const took = (performance.now() - began) / 1000;
    count = Math.min(count, Math.floor((probe * (seconds - took)) / (took * penalties.length)));
    if (count < fewest) return [];
  }
  const tried: TriedLengthPenalty[] = [];
  for (const lengthPenalty of penalties) {
    tried.push({ lengthPenalty, bleu: await bleuOf(lengthPenalty, spread(count)) });
    if (tried[0]!.bleu > 99.5) break;
  }
  const [usual] = tried as [TriedLengthPenalty];
  const best = tried.reduce((a, b) => (b.bleu > a.bleu ? b : a));
  model.lengthPenalty = (best.bleu > usual.bleu + margin ? best : usual).lengthPenalty;
  return tried;
}
