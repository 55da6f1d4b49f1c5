// unrolled predict: what a model says of a text or a file.
import { Command } from "commander";
import { fail } from "../../base/index.ts";
import type { Host } from "../host.ts";
import { jsonOption, threadsOption, withOption } from "../options.ts";
import { type PredictFlags, refuseWith } from "../tasks/registry.ts";

export function predictCommand(host: Host): Command {
  return new Command("predict")
    .argument("<model>", "a folder that unrolled train wrote")
    .argument("[input...]", "files, or texts themselves; a file's lines (or its rows, in a table) are texts")
    .addOption(withOption())
    .addOption(threadsOption())
    .addOption(jsonOption())
    .action(async (folder: string, inputs: string[], flags: PredictFlags) => {
      const { loadModel } = await import("../library.ts");
      const { commandsOf } = await import("../tasks/registry.ts");
      const model = await loadModel(folder);
      refuseWith(folder, model.task, flags.with);
      const commands = await commandsOf(model.task);
      if (inputs.length === 0 && model.task !== "toy")
        fail({ where: "predict", expected: "a text or a file", received: "none" });
      if (commands?.predict) return commands.predict(host, model, inputs, flags);
      const hints: Record<string, string> = {
        languageModel: "unrolled sample lets a language model write",
        generator: "unrolled compose lets a generator write",
      };
      const hint = hints[model.task];
      fail({ where: folder, expected: "a model that predicts", received: `a ${model.task}`, hint });
    });
}
