// unrolled sample: text as the model draws it.
import { Command } from "commander";
import type { Host } from "../host.ts";
import { jsonOption, number, seedOption, threadsOption, whole } from "../options.ts";

interface SampleFlags {
  prompt?: string;
  temperature: number;
  topK?: number;
  topP?: number;
  length: number;
  count: number;
  seed?: number;
  threads?: number;
  json?: boolean;
}

export function sampleCommand(host: Host): Command {
  return new Command("sample")
    .argument("<model>", "a folder that unrolled train wrote")
    .option("--prompt <text>", "what the text begins with (default: nothing)")
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
    .action(async (folder: string, flags: SampleFlags) => {
      const { runSample } = await import("../run-sample.ts");
      await runSample(host, folder, flags);
    });
}
