// unrolled compose: what a generator writes.
import { Command } from "commander";
import { fail } from "../../base/index.ts";
import type { Host } from "../host.ts";
import { jsonOption, number, seedOption, whole } from "../options.ts";
import type { ComposeFlags } from "../tasks/generator.ts";

export function composeCommand(host: Host): Command {
  return new Command("compose")
    .argument("<model>", "a folder that unrolled train wrote")
    .option("--label <label...>", "what to write: Korean, or style=reel key=G; what is not said is drawn")
    .option(
      "--start <what>",
      "a text to begin with; for music a pitch (G4, or its MIDI number 67), or a chord (C4,E4,G4)",
    )
    .option("--temperature <x>", "below 1 plays safe, 0 takes the likeliest always", number({ min: 0, max: 100 }), 0.9)
    .option("--top-p <x>", "draw from the likeliest tokens that make up this share", number({ above: 0, max: 1 }))
    .option("--steps <n>", "most steps to write", whole({ min: 1 }), 128)
    .option("--count <n>", "pieces to write", whole({ min: 1 }), 1)
    .option("--out <folder>", "for music: write ABC, MIDI, WAV and a piano roll there (default: ABC to the terminal)")
    .addOption(seedOption("of the draws; the same seed gives the same pieces (default: a new one each time)"))
    .addOption(jsonOption())
    .action(async (folder: string, flags: ComposeFlags) => {
      const { loadModel } = await import("../library.ts");
      const { composePieces } = await import("../tasks/generator.ts");
      const model = await loadModel(folder);
      if (model.task !== "generator")
        fail({ where: folder, expected: "a generator", received: `a ${model.task}`, code: "file" });
      await composePieces(host, model, flags);
    });
}
