// How good a translator is on pairs it has not seen: BLEU, chrF, and the share of outputs that are right to the letter.
import { fail } from "../../base/index.ts";
import { type BleuOptions, type BleuScore, bleu, chrF } from "../../train/index.ts";
import type { Translation } from "./data.ts";
import { type TranslateOptions, translateAll } from "./translate.ts";
import type { Translator } from "./translator.ts";

export interface TranslationReport {
  /** As sacreBLEU computes it; its `signature` belongs beside it. */
  readonly bleu: BleuScore;
  /** 0 to 100. */
  readonly chrF: number;
  /** Share of outputs that equal their reference, 0 to 1. */
  readonly exactMatch: number;
  /** The best translation of each source, in their order. */
  readonly outputs: readonly string[];
}

/** Translates every source and compares with its target, pair by pair. */
export async function translationReport(
  model: Translator,
  pairs: readonly Translation[],
  { bleu: bleuOptions, ...options }: TranslateOptions & { bleu?: BleuOptions } = {},
): Promise<TranslationReport> {
  if (pairs.length === 0) fail({ where: "translationReport", expected: "pairs", received: "none", code: "data" });
  const found = await translateAll(
    model,
    pairs.map(({ source }) => source),
    options,
  );
  const outputs = found.map(({ translations }) => translations[0]!.text);
  const references = pairs.map(({ target }) => target);
  const right = outputs.filter((text, i) => text === references[i]).length;
  return {
    bleu: bleu(outputs, references, bleuOptions),
    chrF: chrF(outputs, references),
    exactMatch: right / outputs.length,
    outputs,
  };
}
