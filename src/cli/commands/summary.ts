// unrolled summary: what a model is made of.
import { Command } from "commander";
import type { CellName } from "../../nn/index.ts";
import type { Host } from "../host.ts";
import { cellOption, jsonOption, whole } from "../options.ts";

export interface SummaryFlags {
  cell?: CellName;
  hidden?: number;
  vocab?: number;
  embedding?: number;
  layers?: number;
  tie?: boolean;
  batch: number;
  bptt: number;
  json?: boolean;
}

export function summaryCommand(host: Host): Command {
  const size = whole({ min: 1, max: 1_000_000 });
  return new Command("summary")
    .argument("[model]", "folder of a trained model; or describe one with the options")
    .usage("[options] MODEL\n       unrolled summary --cell lstm --hidden 100 --vocab 10000")
    .addOption(cellOption("the recurrent cell (default: lstm)"))
    .option("--hidden <n>", "units per layer (default: 100)", size)
    .option("--vocab <n>", "size of the vocabulary (default: 10,000)", size)
    .option("--embedding <n>", "embedding size (default: none, x<t> is one-hot as in the lecture)", size)
    .option("--layers <n>", "number of stacked layers (default: 1)", whole({ min: 1, max: 64 }))
    .option("--tie", "share the embedding table with the output layer")
    .option("--batch <n>", "batch size, to estimate memory", size, 32)
    .option("--bptt <n>", "tokens per window, to estimate memory", size, 64)
    .addOption(jsonOption())
    .action(async (folder: string | undefined, flags: SummaryFlags) => {
      const { runSummary } = await import("../summary.ts");
      await runSummary(host, folder, flags);
    });
}
