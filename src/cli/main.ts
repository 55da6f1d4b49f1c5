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

process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  // The reader of our output has closed it (`unrolled sample ... | head`).
  if (error.code !== "EPIPE") end(error);
  process.exit();
});
process.on("uncaughtException", (error) => {
  end(error);
  process.exit();
});

if (tooLong(process.argv)) process.exitCode = await runElsewhere(process.argv);
else process.exitCode = await runCommand(argumentsFrom(process), host, manifest.version);
