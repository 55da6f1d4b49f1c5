// unrolled demo: what `npm start` shows.
import { Command } from "commander";
import type { Host } from "../host.ts";
import { jsonOption, seedOption, threadsOption } from "../options.ts";

export function demoCommand(host: Host): Command {
  return new Command("demo")
    .option("--out <folder>", "folder for the model; an earlier demo there is replaced", "models/dinosaurs")
    .addOption(seedOption("same seed, same names (default: 1337)"))
    .addOption(threadsOption())
    .addOption(jsonOption())
    .action(async (flags: { out: string; seed?: number; threads?: number; json?: boolean }) => {
      const { runDemo } = await import("../demo.ts");
      await runDemo(host, flags);
    });
}
