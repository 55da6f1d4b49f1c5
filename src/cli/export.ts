// unrolled export: the formats that a model can be written in, one row each.
import { fail } from "../base/index.ts";
import { load } from "../index.ts";
import { checkOutput, writeOutput } from "../node/index.ts";
import { exportOnnx, type Model } from "../tasks/index.ts";
import type { ExportFlags } from "./commands/export.ts";
import { command, type Host } from "./host.ts";
import { output } from "./output.ts";
import { formatBytes } from "./terminal/index.ts";

/** A file that was written. */
interface Written {
  readonly path: string;
  readonly bytes: number;
}

/** A format: its flag, and what writes it. A further format is a row here and an option of the command. */
interface Format {
  readonly flag: keyof ExportFlags;
  write(model: Model, to: string, flags: ExportFlags): Promise<Written[]>;
}

const formats: readonly Format[] = [{ flag: "onnx", write: writeOnnx }];

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
  for (const { flag, write } of chosen) {
    const written = await write(model, flags[flag] as string, flags);
    show.event("export", { format: flag, task: model.task, files: written });
    for (const { path, bytes } of written) show.fact("wrote", `${path} (${formatBytes(bytes)})`);
  }
}

async function writeOnnx(model: Model, to: string, { ops }: ExportFlags): Promise<Written[]> {
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
