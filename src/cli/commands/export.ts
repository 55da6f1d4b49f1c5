// unrolled export: a trained model in the formats of other programs.
import { Command, Option } from "commander";
import type { ExportFlags } from "../export.ts";
import type { Host } from "../host.ts";
import { jsonOption } from "../options.ts";

export function exportCommand(host: Host): Command {
  return new Command("export")
    .argument("<model>", "folder of a trained model")
    .option("--onnx <file.onnx>", "one ONNX file; a translator becomes file.encoder.onnx and file.decoder.onnx")
    .addOption(
      new Option("--ops <set>", "standard: ONNX's LSTM, GRU and RNN where the cell is one; scan: Scan for every cell")
        .choices(["standard", "scan"])
        .default("standard"),
    )
    .addOption(jsonOption())
    .action(async (folder: string, flags: ExportFlags) => {
      const { runExport } = await import("../export.ts");
      await runExport(host, folder, flags);
    });
}
