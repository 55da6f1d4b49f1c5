// unrolled export: a trained model in the formats of other programs, one row each.
import { existsSync, readdirSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { fail } from "../../base/index.ts";
import { exportOnnx, hubFiles } from "../../files/index.ts";
import { load } from "../../index.ts";
import { checkOutput, loadRecord, makeOutputFolder, writeOutput } from "../../node/index.ts";
import { exportModule, exportPage, type WeightFormat } from "../../runtime/index.ts";
import type { Model } from "../../tasks/index.ts";
import { formatBytes } from "../../terminal/index.ts";
import { jsonFlag, makeCommand, modelArgument } from "../command.ts";
import { choice, text, toggle, type Values } from "../flags.ts";
import { command, type Host } from "../host.ts";
import { output } from "../output.ts";
import { showStored } from "../stored-weights.ts";

const flags = {
  onnx: text("--onnx <file.onnx>", "one ONNX file; a translator becomes file.encoder.onnx and file.decoder.onnx"),
  ops: choice(
    "--ops <set>",
    "standard: the ONNX operators LSTM, GRU and RNN for cells that match them, Scan for the others; scan: Scan for every cell",
    ["standard", "scan"],
    { value: "standard" },
  ),
  js: text("--js <folder>", "a JavaScript module without dependencies: model.js, model.d.ts and model.safetensors"),
  wasmFile: toggle(
    "--wasm-file",
    "with --js: also write model.wasm, for hosts that do not compile bytes at run time (Cloudflare Workers)",
  ),
  html: text("--html <file.html>", "one HTML page that contains the model and works offline"),
  title: text("--title <text>", "with --html: heading of the page (default: the model's folder)"),
  weights: choice(
    "--weights <format>",
    "number format of --js and --html: f32; f16, half the size; int8, a quarter (default: f32 for --js, f16 for --html)",
    ["f32", "f16", "int8"],
  ),
  valid: text("--valid <file>", "held-out data on which to measure the loss in quality from --weights"),
  hf: text("--hf <folder>", "a folder for the Hugging Face Hub: model card, safetensors, tokenizer.json, ONNX"),
  license: text("--license <id>", "with --hf: license for the model card, such as mit"),
  skipTokenizer: toggle(
    "--skip-tokenizer",
    "with --hf: omit tokenizer.json, for tokenizers that Hugging Face's schema cannot express",
  ),
  ...jsonFlag,
};
type ExportFlags = Values<typeof flags> & {
  /** Folder of the model. */
  readonly folder: string;
};
type Files = Iterable<readonly [path: string, data: string | Uint8Array]>;

/** A format: its flag, and its files. A further format is a row here and an option of the command. */
interface Format {
  readonly flag: "onnx" | "js" | "html" | "hf";
  files(model: Model, to: string, flags: ExportFlags): Files | Promise<Files>;
  /** How it stores weights, unless `--weights` says otherwise. */
  readonly stored?: WeightFormat;
  /** Its files lie in a folder, which is created. */
  readonly folder?: true;
}

const formats: readonly Format[] = [
  { flag: "onnx", files: onnxFiles },
  { flag: "js", files: moduleFiles, stored: "f32", folder: true },
  { flag: "html", files: pageFiles, stored: "f16" },
  { flag: "hf", files: folderForHub, folder: true },
];

export const exportCommand = (host: Host) =>
  makeCommand("export", { arguments: [modelArgument], flags }, (values, folder) =>
    runExport(host, { ...values, folder }),
  );

async function runExport(host: Host, flags: ExportFlags): Promise<void> {
  const { folder } = flags;
  const chosen = formats.filter(({ flag }) => flags[flag] !== undefined);
  if (chosen.length === 0)
    fail({
      where: "export",
      expected: formats.map(({ flag }) => `--${flag}`).join(" or "),
      received: "no format",
      hint: command("export", folder, "--onnx", "model.onnx"),
    });
  const model = await load(folder);
  const show = output(host, flags.json);
  const stored = chosen.flatMap((format) => (format.stored ? [flags.weights ?? format.stored] : []));
  if (stored.length > 0) await showStored(show, model, [...new Set(stored)], flags.valid);
  for (const { flag, files, folder: inFolder } of chosen) {
    const found = [...(await files(model, flags[flag]!, flags))];
    for (const [path] of found) await (inFolder ? makeOutputFolder(dirname(path)) : checkOutput(path));
    for (const [path, data] of found) await writeOutput(path, data);
    const written = found.map(([path, data]) => ({ path, bytes: Buffer.byteLength(data) }));
    show.event("export", { format: flag, task: model.task, files: written });
    for (const { path, bytes } of written) show.fact("wrote", `${path} (${formatBytes(bytes)})`);
  }
}

function onnxFiles(model: Model, to: string, { ops }: ExportFlags): Files {
  const files = Object.entries(exportOnnx(model, { ops }));
  const stem = to.replace(/\.onnx$/i, "");
  return files.map(([part, bytes]) => [files.length === 1 ? to : `${stem}.${part}.onnx`, bytes]);
}

function moduleFiles(model: Model, folder: string, { weights: format, wasmFile }: ExportFlags): Files {
  const { module, types, weights, kernels } = exportModule(model, { weights: format });
  return [
    [join(folder, "model.js"), module],
    [join(folder, "model.d.ts"), types],
    [join(folder, "model.safetensors"), weights],
    ...(wasmFile ? [[join(folder, "model.wasm"), kernels] as const] : []),
  ];
}

function pageFiles(model: Model, path: string, { weights, title, folder }: ExportFlags): Files {
  return [[path, exportPage(model, { weights, title: title ?? basename(resolve(folder)) })]];
}

/** A folder for the Hugging Face Hub; only an empty or new one. */
async function folderForHub(model: Model, to: string, { license, skipTokenizer, folder }: ExportFlags): Promise<Files> {
  if (existsSync(to) && readdirSync(to).length > 0)
    fail({ where: `--hf ${to}`, expected: "an empty or new folder", received: "a folder with files", code: "file" });
  const record = await loadRecord(folder);
  const files = await hubFiles(model, { name: basename(resolve(to)), license, record, tokenizer: !skipTokenizer });
  return [...files].map(([name, bytes]) => [join(to, name), bytes]);
}
