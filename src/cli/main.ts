#!/usr/bin/env node
// The executable `unrolled`.
import { readFileSync } from "node:fs";
import { argumentsFrom, runElsewhere, tooLong } from "../node/arguments.ts";
import { describeFault } from "./errors.ts";
import { processHost } from "./host.ts";
import { runCommand } from "./program.ts";

const host = processHost();
const manifest = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as {
  version: string;
};

function end(error: unknown): void {
  const { text, code } = describeFault(error, host.env.UNROLLED_DEBUG === "1");
  if (text) host.err(text);
  process.exitCode = code;
}

let unread = false;
for (const stream of [process.stdout, process.stderr])
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (unread) return;
    unread = error.code === "EPIPE"; // the reader of our output has closed it (`unrolled sample ... | head`)
    if (!unread) end(error);
    // A run stops as at a signal: an exit while its threads compute would tear the native code down under them.
    if (!unread || !process.emit("SIGTERM", "SIGTERM")) process.exit();
  });
process.on("uncaughtException", (error) => {
  end(error);
  process.exit();
});

const code = tooLong(process.argv)
  ? await runElsewhere(process.argv)
  : await runCommand(argumentsFrom(process), host, manifest.version);
process.exitCode = unread ? 0 : code;
