// unrolled inspect: gradient flow, gate activations and input saliency of a trained model.
import { Command, Option } from "commander";
import type { Host } from "../host.ts";
import { jsonOption, threadsOption, whole } from "../options.ts";

export interface InspectFlags {
  beside?: string[];
  rows?: number;
  row?: number;
  place?: number;
  svg?: string;
  json?: boolean;
  threads?: number;
}

const kinds = {
  gradients:
    "gradient norm ||d loss / d h<t>|| by distance from the output: does it vanish? --beside compares several models",
  gates: "how open each gate is at each step, averaged over its units",
  saliency: "how much an output depends on each input: ||d loss / d x<t>||",
} as const;
export type InspectKind = keyof typeof kinds;

export function inspectCommand(host: Host): Command {
  const command = new Command("inspect");
  for (const [kind, about] of Object.entries(kinds)) {
    const one = new Command(kind)
      .description(about)
      .argument("<model>", "folder of a trained model")
      .argument(
        "[file]",
        "a file of the kind that it was trained on, or a text; a synthetic problem makes its own samples",
      )
      .addOption(
        new Option(
          "--place <n>",
          "which output to follow, if there is one at each step: from 0, or from -1 at the end (default: -1)",
        ).argParser(whole({})),
      )
      .addOption(new Option("--svg <file>", "write the picture to this file"))
      .addOption(threadsOption())
      .addOption(jsonOption());
    if (kind === "gradients") {
      one.addOption(new Option("--beside <model...>", "other models to plot on the same data"));
      one.addOption(new Option("--rows <n>", "rows to average over (default: 10)").argParser(whole({ min: 1 })));
    } else {
      one.addOption(
        new Option("--row <n>", "row of the file, from 1; of series from the end (default: 1)").argParser(
          whole({ min: 1 }),
        ),
      );
    }
    one.action(async (model: string, file: string | undefined, flags: InspectFlags) => {
      const { runInspect } = await import("../inspect.ts");
      await runInspect(host, kind as InspectKind, model, file, flags);
    });
    command.addCommand(one);
  }
  return command;
}
