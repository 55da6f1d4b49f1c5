// The flags of `unrolled export`.
import { jsonFlag } from "../command.ts";
import { choice, text, toggle, type Values } from "../flags.ts";

export const exportFlags = {
  onnx: text("--onnx <file.onnx>", "one ONNX file; a translator becomes file.encoder.onnx and file.decoder.onnx"),
  ops: choice(
    "--ops <set>",
    "standard: ONNX's LSTM, GRU and RNN where the cell is one; scan: Scan for every cell",
    ["standard", "scan"],
    { value: "standard" },
  ),
  js: text("--js <folder>", "a JavaScript module without dependencies: model.js, model.d.ts and model.safetensors"),
  wasmFile: toggle(
    "--wasm-file",
    "with --js, also model.wasm, for hosts that compile no bytes at run time (Cloudflare Workers)",
  ),
  html: text("--html <file.html>", "one page with the model inside, to open anywhere, also without a network"),
  title: text("--title <text>", "with --html: heading of the page (default: the model's folder)"),
  weights: choice(
    "--weights <format>",
    "numbers of --js and --html: f32; f16, half the size; int8, a quarter (default: f32 for --js, f16 for --html)",
    ["f32", "f16", "int8"],
  ),
  valid: text("--valid <file>", "held-out data: measure what --weights costs on it"),
  hf: text("--hf <folder>", "a folder for the Hugging Face Hub: model card, safetensors, tokenizer.json, ONNX"),
  license: text("--license <id>", "with --hf: license for the model card, such as mit"),
  skipTokenizer: toggle(
    "--skip-tokenizer",
    "with --hf: leave tokenizer.json out, where Hugging Face's schema cannot express it",
  ),
  ...jsonFlag,
};
export type ExportFlags = Values<typeof exportFlags>;
