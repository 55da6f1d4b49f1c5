// unrolled walk: one cell on its way from the slide to ONNX.
import { Command } from "commander";
import type { CellName } from "../cells.ts";
import type { Host } from "../host.ts";
import { cellOption, jsonOption } from "../options.ts";

export function walkCommand(host: Host): Command {
  return new Command("walk")
    .addOption(cellOption("the recurrent cell").default("rnn", "rnn, whose graphs fit a page"))
    .option(
      "--stage <name>",
      "only this stage, such as trace, hoist, gradient, onnx (default: all that change something)",
    )
    .addOption(jsonOption())
    .action(async (flags: { cell: CellName; stage?: string; json?: boolean }) => {
      const { runWalk } = await import("../run-walk.ts");
      runWalk(host, flags);
    });
}
