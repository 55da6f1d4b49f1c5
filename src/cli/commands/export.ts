// unrolled export: a trained model in the formats of other programs.
import { jsonFlag, makeCommand, modelArgument } from "../command.ts";
import { choice, text, type Values } from "../flags.ts";
import type { Host } from "../host.ts";

const flags = {
  onnx: text("--onnx <file.onnx>", "one ONNX file; a translator becomes file.encoder.onnx and file.decoder.onnx"),
  ops: choice(
    "--ops <set>",
    "standard: ONNX's LSTM, GRU and RNN where the cell is one; scan: Scan for every cell",
    ["standard", "scan"],
    { value: "standard" },
  ),
  ...jsonFlag,
};
export type ExportFlags = Values<typeof flags>;

export const exportCommand = (host: Host) =>
  makeCommand("export", { arguments: [modelArgument], flags }, async (values, folder) => {
    const { runExport } = await import("../export.ts");
    await runExport(host, folder, values);
  });
