// How good a translator is on pairs it has not seen: BLEU, chrF, ROUGE, and the share of outputs that are right to the letter.
import { fail } from "../../base/index.ts";
import { all } from "../../data/batches/in-order.ts";
import type { Translation } from "../../data/batches/pairs.ts";
import type { RowsOrList } from "../../data/index.ts";
import { type BleuOptions, type BleuScore, bleu, chrF, type RougeScore, rouge } from "../../train/index.ts";
import type { Translator } from "./model.ts";
import { predictTranslations, type TranslateOptions } from "./translate.ts";

export interface TranslationReport {
  /** As sacreBLEU computes it; its `signature` belongs beside it. */
  readonly bleu: BleuScore;
  /** 0 to 100. */
  readonly chrF: number;
  /** The measure for summaries. It counts words of Latin letters and digits only. */
  readonly rouge: RougeScore;
  /** Share of outputs that equal their reference, 0 to 1. */
  readonly exactMatch: number;
  /** The best translation of each source, in their order. */
  readonly outputs: readonly string[];
}

export interface TranslatorReportOptions extends TranslateOptions {
  /** How BLEU cuts words. */
  bleu?: BleuOptions;
}

/** Translates every source and compares with its target, or with all its references, pair by pair. */
export async function reportTranslations(
  model: Translator,
  data: RowsOrList<Translation>,
  { bleu: bleuOptions, ...options }: TranslatorReportOptions = {},
): Promise<TranslationReport> {
  const pairs = [...data];
  if (pairs.length === 0) fail({ where: "report", expected: "pairs", received: "none", code: "data" });
  const sources = pairs.map(({ source }) => source);
  const found = await all(predictTranslations(model, sources, options), options.signal);
  const outputs = found.map(({ translations }) => translations[0]!.text);
  const references = pairs.map(({ target, references: several }) => several ?? [target]);
  const right = outputs.filter((text, i) => references[i]!.includes(text)).length;
  // Of several references chrF takes the one that is most alike, sentence by sentence, as sacreBLEU does.
  const closest = references.map((several, i) =>
    several.length === 1
      ? several[0]!
      : several.reduce((best, one) => (chrF([outputs[i]!], [one]) > chrF([outputs[i]!], [best]) ? one : best)),
  );
  return {
    bleu: bleu(outputs, references, bleuOptions),
    chrF: chrF(outputs, closest),
    rouge: rouge(outputs, references),
    exactMatch: right / outputs.length,
    outputs,
  };
}
