#!/usr/bin/env node
// The executable `unrolled`.
import { readFileSync } from "node:fs";
import { fail } from "../base/index.ts";
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

/** The runtime reads its own command line into a buffer of 24 KiB, and does not survive one that is longer. */
const longestArguments = 16_000;

function checkArguments(given: readonly string[]): void {
  const size = given.reduce((sum, one) => sum + Buffer.byteLength(one) + 1, 0);
  if (size > longestArguments)
    fail({
      where: "unrolled",
      expected: `arguments of at most ${longestArguments} bytes in all`,
      received: String(size),
      hint: "put the text into a file, and name the file",
      code: "argument",
    });
}

try {
  checkArguments(process.argv);
  await runProgram(process.argv.slice(2), host, manifest.version);
  process.exitCode = host.exitCode;
} catch (error) {
  end(error);
}
