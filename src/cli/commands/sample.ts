// unrolled sample: text as the model draws it.
import { Command } from "commander";
import type { Host } from "../host.ts";
import { jsonOption, number, seedOption, threadsOption, whole } from "../options.ts";
import type { SampleFlags } from "../sample.ts";

export function sampleCommand(host: Host): Command {
  return new Command("sample")
    .argument("<model>", "folder of a trained model")
    .option("--prompt <text>", "beginning of the text (default: none)")
    .option("--label <label...>", "of a generator: condition on labels, e.g. Korean or style=reel; others are sampled")
    .option(
      "--temperature <x>",
      "below 1 is more conservative, above 1 more random, 0 is greedy; 0.8 makes fewer mistakes than 1",
      number({ min: 0, max: 100 }),
      0.8,
    )
    .option("--top-k <n>", "sample from the n most likely tokens only", whole({ min: 1 }))
    .option("--top-p <x>", "sample from the most likely tokens that make up this share", number({ above: 0, max: 1 }))
    .option("--length <n>", "maximum number of tokens; a line ends sooner", whole({ min: 1 }), 500)
    .option("--count <n>", "number of texts", whole({ min: 1 }), 1)
    .addOption(seedOption("same seed, same text (default: a new seed each time)"))
    .addOption(threadsOption().hideHelp())
    .addOption(jsonOption())
    .action(async (folder: string, flags: SampleFlags) => {
      const { runSample } = await import("../sample.ts");
      await runSample(host, folder, flags);
    });
}
