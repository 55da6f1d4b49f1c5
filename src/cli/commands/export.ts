// unrolled export: a trained model in the formats of other programs.
import { makeCommand, modelArgument } from "../command.ts";
import type { Host } from "../host.ts";
import { exportFlags } from "./export-flags.ts";

export const exportCommand = (host: Host) =>
  makeCommand("export", { arguments: [modelArgument], flags: exportFlags }, async (values, folder) => {
    const { runExport } = await import("../export.ts");
    await runExport(host, folder, values);
  });
