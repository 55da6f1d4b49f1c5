// unrolled compose: what a generator generates.
import { Command } from "commander";
import { fail } from "../../base/index.ts";
import type { Host } from "../host.ts";
import { jsonOption, number, seedOption, whole } from "../options.ts";
import { taskIn } from "../tasks/registry.ts";

interface ComposeFlags {
  label?: string[];
  start?: string;
  temperature: number;
  topP?: number;
  steps: number;
  count: number;
  seed?: number;
  out?: string;
  json?: boolean;
}

export function composeCommand(host: Host): Command {
  return new Command("compose")
    .argument("<model>", "folder of a trained generator")
    .option("--label <label...>", "condition on labels, e.g. Korean, or style=reel key=G; others are sampled")
    .option("--start <what>", "beginning: a text; for music a pitch (G4, or its MIDI number 67) or a chord (C4,E4,G4)")
    .option("--temperature <x>", "below 1 is more conservative, 0 is greedy", number({ min: 0, max: 100 }), 0.9)
    .option("--top-p <x>", "sample from the most likely tokens that make up this share", number({ above: 0, max: 1 }))
    .option("--steps <n>", "maximum number of time steps", whole({ min: 1 }), 128)
    .option("--count <n>", "number of pieces", whole({ min: 1 }), 1)
    .option("--out <folder>", "for music: write ABC, MIDI, WAV and a piano roll there (default: ABC to the terminal)")
    .addOption(seedOption("same seed, same pieces (default: a new seed each time)"))
    .addOption(jsonOption())
    .action(async (folder: string, { start, steps, ...flags }: ComposeFlags) => {
      const task = taskIn(folder);
      if (task !== undefined && task !== "generator")
        fail({ where: folder, expected: "a generator", received: `a ${task}` });
      const { runSample } = await import("../sample.ts");
      await runSample(host, folder, { ...flags, length: steps, ...(start === undefined ? {} : { prompt: start }) });
    });
}
