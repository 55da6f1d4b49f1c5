// unrolled sample: text as the model draws it.
import { Command } from "commander";
import { fail } from "../../base/index.ts";
import type { Host } from "../host.ts";
import { jsonOption, number, seedOption, threadsOption, whole } from "../options.ts";
import type { SampleOptions } from "../run-sample.ts";

interface SampleFlags extends SampleOptions {
  label?: string[];
}

export function sampleCommand(host: Host): Command {
  return new Command("sample")
    .argument("<model>", "a folder that unrolled train wrote")
    .option("--prompt <text>", "what the text begins with (default: nothing)")
    .option("--label <label...>", "for a generator: what to write, Korean or style=reel; what is not said is drawn")
    .option(
      "--temperature <x>",
      "below 1 plays safe, above 1 takes risks, 0 takes the likeliest always (0.8: fewer slips than the model's own 1)",
      number({ min: 0, max: 100 }),
      0.8,
    )
    .option("--top-k <n>", "draw from the n likeliest tokens only", whole({ min: 1 }))
    .option("--top-p <x>", "draw from the likeliest tokens that make up this share", number({ above: 0, max: 1 }))
    .option("--length <n>", "most tokens to draw; a line ends sooner", whole({ min: 1 }), 500)
    .option("--count <n>", "texts to write", whole({ min: 1 }), 1)
    .addOption(seedOption("of the draws; the same seed gives the same text (default: a new one each time)"))
    .addOption(threadsOption().hideHelp())
    .addOption(jsonOption())
    .action(async (folder: string, { label, ...flags }: SampleFlags) => {
      const { taskIn } = await import("../tasks/dispatch.ts");
      const task = taskIn(folder);
      if (task === "generator" || task === "toy") {
        const { loadModel } = await import("../library.ts");
        const model = await loadModel(folder);
        if (model.task === "generator") {
          const { composePieces } = await import("../tasks/generator.ts");
          const { prompt: start, length: steps, ...rest } = flags;
          return composePieces(host, model, { ...rest, steps, label, ...(start === undefined ? {} : { start }) });
        }
        if (model.task === "toy") return (await import("../tasks/toy.ts")).sampleToy(host, model, flags);
      }
      if (label !== undefined)
        fail({ where: "--label", expected: "a generator", received: `a ${task ?? "folder without a model"}` });
      if (task === "translator")
        fail({
          where: folder,
          expected: "a model that writes by itself",
          received: "a translator",
          hint: "unrolled translate MODEL TEXT",
        });
      const { runSample } = await import("../run-sample.ts");
      await runSample(host, folder, flags);
    });
}
