// unrolled walk: one cell from its definition to ONNX.
import { Command } from "commander";
import type { CellName } from "../../nn/index.ts";
import type { Host } from "../host.ts";
import { cellOption, jsonOption } from "../options.ts";

export function walkCommand(host: Host): Command {
  return new Command("walk")
    .addOption(cellOption("the recurrent cell").default("rnn", "rnn, whose graphs fit a page"))
    .option(
      "--stage <name>",
      "show only this stage: trace, hoist, gradient, onnx ... (default: all that change something)",
    )
    .addOption(jsonOption())
    .action(async (flags: { cell: CellName; stage?: string; json?: boolean }) => {
      const { runWalk } = await import("../walk.ts");
      runWalk(host, flags);
    });
}
