// unrolled translate: predictions of a translator with the options of its search.
import { fail } from "../base/index.ts";
import { attentionOf, load } from "../index.ts";
import { attentionMap } from "../inspect/index.ts";
import { writeOutput } from "../node/index.ts";
import { command, type Host } from "./host.ts";
import { interrupt } from "./interrupt.ts";
import { output } from "./output.ts";
import { showPredictions } from "./predict.ts";
import { translations } from "./tasks/pairs.ts";

export interface TranslateFlags {
  beam?: number;
  lengthPenalty?: number;
  nBest?: number;
  attention?: string;
  json?: boolean;
  threads?: number;
}

export async function runTranslate(host: Host, folder: string, inputs: readonly string[], flags: TranslateFlags) {
  const { attention: file, json, threads } = flags;
  const model = await load(folder);
  if (model.task !== "translator")
    return fail({
      where: folder,
      expected: "a translator",
      received: `a ${model.task}`,
      hint: `see ${command("help")}`,
    });
  if (file !== undefined && model.config.attention === "none")
    fail({ where: "--attention", expected: "a translator with attention", received: `${folder}, which has none` });
  const stop = interrupt();
  try {
    const show = output(host, json);
    const found = translations(model, inputs, { ...flags, host, show, signal: stop.signal });
    await showPredictions(show, "translator", found, stop.signal, async ({ found: first }, index) => {
      if (index > 0 || file === undefined) return;
      const pair = { source: first.source, target: first.translations[0]!.text };
      const { weights, ...tokens } = await attentionOf(model, pair, { threads });
      await writeOutput(file, attentionMap(weights, { ...tokens, title: first.source }));
    });
  } finally {
    stop.end();
  }
  host.exitCode = stop.code();
}
