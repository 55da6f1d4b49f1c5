// unrolled translate: translations by beam search, and a picture of the attention.
import { Command } from "commander";
import type { Host } from "../host.ts";
import { jsonOption, number, threadsOption, whole } from "../options.ts";
import type { TranslateFlags } from "../translate.ts";

export function translateCommand(host: Host): Command {
  return new Command("translate")
    .argument("<model>", "folder of a trained translator")
    .argument("<input...>", "texts, or files whose lines are texts; - is standard input")
    .option("--beam <n>", "beam size; 1 is greedy (default: 5)", whole({ min: 1, max: 1000 }))
    .option(
      "--length-penalty <x>",
      "0 ranks by probability alone, which favors short texts; 1 nearly by the mean per token (default: 0.6)",
      number({ min: 0, max: 10 }),
    )
    .option("--n-best <n>", "translations of each text, with their scores (default: 1)", whole({ min: 1, max: 1000 }))
    .option("--attention <file.svg>", "draw the attention of the first translation")
    .addOption(threadsOption())
    .addOption(jsonOption())
    .action(async (folder: string, inputs: string[], flags: TranslateFlags) => {
      const { runTranslate } = await import("../translate.ts");
      await runTranslate(host, folder, inputs, flags);
    });
}
