// unrolled export: the formats that a model can be written in, one row each.
import { existsSync, readdirSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { fail } from "../base/index.ts";
import { exportOnnx, hubFiles, type TrainingRecord } from "../files/index.ts";
import { load } from "../index.ts";
import { checkOutput, makeOutputFolder, readText, writeOutput } from "../node/index.ts";
import type { WeightFormat } from "../runtime/index.ts";
import type { Model } from "../tasks/index.ts";
import { formatBytes } from "../terminal/index.ts";
import type { ExportFlags } from "./commands/export-flags.ts";
import { writeModule, writePage } from "./export-js.ts";
import { command, type Host } from "./host.ts";
import { output } from "./output.ts";
import { showStored } from "./stored-weights.ts";

/** A file that was written. */
interface Written {
  readonly path: string;
  readonly bytes: number;
}

interface ExportContext {
  readonly flags: ExportFlags;
  /** Folder of the model. */
  readonly folder: string;
}

/** A format: its flag, and what writes it. A further format is a row here and an option of the command. */
interface Format {
  readonly flag: keyof ExportFlags;
  write(model: Model, to: string, context: ExportContext): Promise<Written[]>;
  /** How it stores weights, unless `--weights` says otherwise. */
  readonly stored?: WeightFormat;
}

const formats: readonly Format[] = [
  { flag: "onnx", write: writeOnnx },
  { flag: "js", write: writeModule, stored: "f32" },
  { flag: "html", write: writePage, stored: "f16" },
  { flag: "hf", write: writeHub },
];

export async function runExport(host: Host, folder: string, flags: ExportFlags): Promise<void> {
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
  for (const { flag, write } of chosen) {
    const written = await write(model, flags[flag] as string, { flags, folder });
    show.event("export", { format: flag, task: model.task, files: written });
    for (const { path, bytes } of written) show.fact("wrote", `${path} (${formatBytes(bytes)})`);
  }
}

async function writeOnnx(model: Model, to: string, { flags: { ops } }: ExportContext): Promise<Written[]> {
  const names = model.task === "translator" ? ["encoder", "decoder"] : ["model"];
  const paths = names.map((name) => (names.length === 1 ? to : `${to.replace(/\.onnx$/i, "")}.${name}.onnx`));
  for (const path of paths) await checkOutput(path);
  const files = exportOnnx(model, { ops });
  return Promise.all(
    names.map(async (name, i) => {
      await writeOutput(paths[i]!, files[name]!);
      return { path: paths[i]!, bytes: files[name]!.length };
    }),
  );
}

/** A folder for the Hugging Face Hub; only an empty or new one. */
async function writeHub(model: Model, to: string, { flags, folder }: ExportContext): Promise<Written[]> {
  if (existsSync(to) && readdirSync(to).length > 0)
    fail({ where: `--hf ${to}`, expected: "an empty or new folder", received: "a folder with files", code: "file" });
  const files = await hubFiles(model, {
    name: basename(resolve(to)),
    license: flags.license,
    record: await recordOf(folder),
    tokenizer: flags.skipTokenizer !== true,
  });
  await makeOutputFolder(join(to, "onnx"));
  const written: Written[] = [];
  for (const [name, bytes] of files) {
    const path = join(to, name);
    await writeOutput(path, bytes);
    written.push({ path, bytes: bytes.length });
  }
  return written;
}

/** What is kept of the training in the model's folder; nothing for an exported file. */
async function recordOf(folder: string): Promise<TrainingRecord | undefined> {
  try {
    const config = JSON.parse(await readText(join(folder, "config.json"))) as { record?: TrainingRecord };
    return config.record;
  } catch {
    return undefined;
  }
}
