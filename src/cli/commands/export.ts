// unrolled export: a trained model in the formats of other programs.
import { jsonFlag, makeCommand, modelArgument } from "../command.ts";
import { choice, text, toggle, type Values } from "../flags.ts";
import type { Host } from "../host.ts";

const flags = {
  onnx: text("--onnx <file.onnx>", "one ONNX file; a translator becomes file.encoder.onnx and file.decoder.onnx"),
  ops: choice(
    "--ops <set>",
    "standard: ONNX's LSTM, GRU and RNN where the cell is one; scan: Scan for every cell",
    ["standard", "scan"],
    { value: "standard" },
  ),
  hf: text("--hf <folder>", "a folder for the Hugging Face Hub: model card, safetensors, tokenizer.json, ONNX"),
  license: text("--license <id>", "with --hf: license for the model card, such as mit"),
  skipTokenizer: toggle(
    "--skip-tokenizer",
    "with --hf: leave tokenizer.json out, where Hugging Face's schema cannot express it",
  ),
  ...jsonFlag,
};
export type ExportFlags = Values<typeof flags>;

export const exportCommand = (host: Host) =>
  makeCommand("export", { arguments: [modelArgument], flags }, async (values, folder) => {
    const { runExport } = await import("../export.ts");
    await runExport(host, folder, values);
  });
