// unrolled translate: what a translator writes for a text, with its search laid open.
import { Command } from "commander";
import { fail } from "../../base/index.ts";
import type { Host } from "../host.ts";
import { jsonOption, number, threadsOption, whole } from "../options.ts";
import type { TranslateFlags } from "../tasks/translator.ts";

export function translateCommand(host: Host): Command {
  return new Command("translate")
    .argument("<model>", "a folder that unrolled train wrote")
    .argument("<input...>", "texts, or files whose lines are texts")
    .option("--beam <n>", "hypotheses kept alive; 1 is greedy (default: 5)", whole({ min: 1, max: 1000 }))
    .option(
      "--length-penalty <x>",
      "0 ranks by probability alone, which favors short texts; 1 nearly by the mean (default: 0.6)",
      number({ min: 0, max: 10 }),
    )
    .option("--n-best <n>", "translations of each text, with their scores (default: 1)", whole({ min: 1, max: 1000 }))
    .option("--attention <file.svg>", "draw where the model looked while it wrote the first translation")
    .addOption(threadsOption())
    .addOption(jsonOption())
    .action(async (folder: string, inputs: string[], flags: TranslateFlags) => {
      const { loadModel } = await import("../library.ts");
      const { translateTexts } = await import("../tasks/translator.ts");
      const model = await loadModel(folder);
      if (model.task !== "translator")
        fail({ where: folder, expected: "a translator", received: `a ${model.task}`, code: "file" });
      await translateTexts(host, model, inputs, flags);
    });
}
