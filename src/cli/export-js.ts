// unrolled export --js: the module, its declarations and its weights in a folder; --html: a page with all of it inside.
import { basename, join, resolve } from "node:path";
import { makeOutputFolder, writeOutput } from "../node/index.ts";
import { exportModule, exportPage } from "../runtime/index.ts";
import type { Model } from "../tasks/index.ts";
import type { ExportFlags } from "./commands/export-flags.ts";

export async function writeModule(model: Model, folder: string, { flags }: { readonly flags: ExportFlags }) {
  const { module, types, weights, kernels } = exportModule(model, { weights: flags.weights });
  const files: readonly (readonly [name: string, data: string | Uint8Array])[] = [
    ["model.js", module],
    ["model.d.ts", types],
    ["model.safetensors", weights],
    ...(flags.wasmFile ? [["model.wasm", kernels] as const] : []),
  ];
  await makeOutputFolder(folder);
  const written: { path: string; bytes: number }[] = [];
  for (const [name, data] of files) {
    const path = join(folder, name);
    await writeOutput(path, data);
    written.push({ path, bytes: Buffer.byteLength(data) });
  }
  return written;
}

export async function writePage(
  model: Model,
  path: string,
  { flags, folder }: { readonly flags: ExportFlags; readonly folder: string },
) {
  const page = exportPage(model, { weights: flags.weights, title: flags.title ?? basename(resolve(folder)) });
  await writeOutput(path, page);
  return [{ path, bytes: Buffer.byteLength(page) }];
}
