// unrolled evaluate: a trained model's measures on a file.
import { Command } from "commander";
import { engineOption } from "../engine.ts";
import type { EvaluateFlags } from "../evaluate.ts";
import type { Host } from "../host.ts";
import { jsonOption, repeated, threadsOption, whole } from "../options.ts";

export function evaluateCommand(host: Host): Command {
  return new Command("evaluate")
    .argument("<model>", "folder of a trained model")
    .argument(
      "[file...]",
      "files of the kind that the model was trained on; two parallel files for a translator; - is standard input",
    )
    .option("--toy <name>", "a synthetic problem instead of a file, perhaps in another size: adding:1000, dates")
    .option("--text-column <name>", "column with the texts, by name or by number from 1")
    .option("--label-column <name>", "column with the labels, by name or by number from 1")
    .option("--token-column <n>", "column with the tokens of CoNLL files, from 1", whole({ min: 1 }))
    .option("--tag-column <n>", "column with the tags of CoNLL files, from 1", whole({ min: 1 }))
    .addOption(repeated("--with <model>", "another classifier of the same labels to average with; may be repeated"))
    .addOption(threadsOption())
    .addOption(engineOption())
    .addOption(jsonOption())
    .action(async (folder: string, inputs: string[], flags: EvaluateFlags) => {
      const { runEvaluate } = await import("../evaluate.ts");
      // Parallel files may have a comma between them, as for --valid.
      await runEvaluate(host, folder, inputs.length === 1 ? inputs[0]!.split(",") : inputs, flags);
    });
}
