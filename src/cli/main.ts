#!/usr/bin/env node
// The executable `unrolled`.
import { readFileSync } from "node:fs";
import { describeFault } from "./errors.ts";
import { processHost } from "./host.ts";
import { runProgram } from "./program.ts";

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
  // Whoever read our output has read enough (`unrolled sample ... | head`).
  if (error.code !== "EPIPE") end(error);
  process.exit();
});
process.on("uncaughtException", (error) => {
  end(error);
  process.exit();
});

try {
  await runProgram(process.argv.slice(2), host, manifest.version);
  process.exitCode = host.exitCode;
} catch (error) {
  end(error);
}
