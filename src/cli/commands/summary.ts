// unrolled summary: what a model is made of.
import { Command } from "commander";
import type { CellName } from "../cells.ts";
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
    .argument("[model]", "a folder that unrolled train wrote; or describe a model by the options")
    .usage("[options] MODEL\n       unrolled summary --cell lstm --hidden 100 --vocab 10000")
    .addOption(cellOption("the recurrent cell (default: lstm)"))
    .option("--hidden <n>", "units in a layer (default: 100)", size)
    .option("--vocab <n>", "words or characters it knows (default: 10,000)", size)
    .option("--embedding <n>", "numbers for each token (default: none, x<t> is one-hot as in the lecture)", size)
    .option("--layers <n>", "layers on top of each other (default: 1)", whole({ min: 1, max: 64 }))
    .option("--tie", "the output shares the embedding's table")
    .option("--batch <n>", "rows side by side, for the memory of training", size, 32)
    .option("--bptt <n>", "tokens in a window, for the memory of training", size, 64)
    .addOption(jsonOption())
    .action(async (folder: string | undefined, flags: SummaryFlags) => {
      const { runSummary } = await import("../run-summary.ts");
      await runSummary(host, folder, flags);
    });
}
