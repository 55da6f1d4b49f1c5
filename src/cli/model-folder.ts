// The folder that a training writes to.
import { readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { fail } from "../base/index.ts";

const isEmpty = (folder: string): boolean => {
  try {
    return readdirSync(folder).length === 0;
  } catch {
    return true; // what is no folder shows when it is written to
  }
};

/** The folder that was asked for, or a new one below models/ named after the data. */
export function modelFolder(source: string, { out, overwrite = false }: { out?: string; overwrite?: boolean }): string {
  if (out !== undefined) {
    if (isEmpty(out) || overwrite) return out;
    const hint =
      "choose another folder, or replace the model in it with --overwrite; train --resume continues a run that was stopped";
    return fail({
      where: `--out ${out}`,
      expected: "an empty or new folder",
      received: "a folder with files",
      hint,
      code: "file",
    });
  }
  const name = basename(source)
    .replace(/\.(gz|zst)$/i, "")
    .replace(/\.[a-z0-9]+$/i, "")
    .replaceAll(/[^\p{L}\p{N}._-]+/gu, "-")
    .replace(/^[-.]+|-+$/g, "");
  const first = join("models", name || "model");
  if (overwrite || isEmpty(first)) return first;
  for (let i = 2; ; i++) if (isEmpty(`${first}-${i}`)) return `${first}-${i}`;
}
