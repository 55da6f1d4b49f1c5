// unrolled inspect: how far back a model's gradient reaches, what its gates do, and which inputs an output hangs on.
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
    "||d loss / d h<t>|| by distance, for each layer: does the gradient vanish? --beside puts RNN, GRU and LSTM into one picture",
  gates: "how open each gate is at each step, as a mean over its units",
  saliency: "how much the chosen output hangs on each input, ||d loss / d x<t>||",
} as const;
export type InspectKind = keyof typeof kinds;

export function inspectCommand(host: Host): Command {
  const command = new Command("inspect").usage("gradients|gates|saliency MODEL [FILE]");
  for (const [kind, about] of Object.entries(kinds)) {
    const one = new Command(kind)
      .description(about)
      .argument("<model>", "a folder that unrolled train wrote")
      .argument("[file]", "a file of the kind that it was trained on, or a text; a toy makes its own samples")
      .addOption(
        new Option(
          "--place <n>",
          "which output is followed, where there is one at each step: from 0, or from -1 at the end (default: -1)",
        ).argParser(whole({})),
      )
      .addOption(new Option("--svg <file>", "write the picture there"))
      .addOption(threadsOption())
      .addOption(jsonOption());
    if (kind === "gradients") {
      one.addOption(new Option("--beside <model...>", "other models, on the same data, in the same picture"));
      one.addOption(new Option("--rows <n>", "rows to take the mean over (default: 10)").argParser(whole({ min: 1 })));
    } else {
      one.addOption(
        new Option("--row <n>", "which row of the file, from 1; for series from the end (default: 1)").argParser(
          whole({ min: 1 }),
        ),
      );
    }
    one.action(async (model: string, file: string | undefined, flags: InspectFlags) => {
      const { runInspect } = await import("../run-inspect.ts");
      await runInspect(host, kind as InspectKind, model, file, flags);
    });
    command.addCommand(one);
  }
  return command;
}
