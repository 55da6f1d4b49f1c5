// unrolled predict: a trained model's answers for texts and files.
import { Command } from "commander";
import { engineOption } from "../engine.ts";
import type { Host } from "../host.ts";
import { jsonOption, repeated, threadsOption } from "../options.ts";
import type { PredictFlags } from "../predict.ts";

export function predictCommand(host: Host): Command {
  return new Command("predict")
    .argument("<model>", "folder of a trained model")
    .argument("[input...]", "texts, or files whose lines (or rows, in a table) are texts; - is standard input")
    .addOption(repeated("--with <model>", "another classifier of the same labels to average with; may be repeated"))
    .addOption(threadsOption())
    .addOption(engineOption())
    .addOption(jsonOption())
    .action(async (folder: string, inputs: string[], flags: PredictFlags) => {
      const { runPredict } = await import("../predict.ts");
      await runPredict(host, folder, inputs, flags);
    });
}
