// What a fault looks like to the person at the terminal: one line, a hint if the cause is likely, an exit code.
import { CommanderError } from "commander";
import { UnrolledError } from "../base/index.ts";

/** A command that was called wrongly ends with this code; a command that failed, with 1. */
export const usageFault = 2;

/** The text for standard error and the exit code. `debug` shows stack traces. */
export function describeFault(error: unknown, debug: boolean): { text: string; code: number } {
  // Commander has written its message itself; help and version come this way too, with code 0.
  if (error instanceof CommanderError) return { text: "", code: error.exitCode === 0 ? 0 : usageFault };
  const stack = debug && error instanceof Error ? `${error.stack}\n` : "";
  if (error instanceof UnrolledError) return { text: `${stack}error: ${error.message}\n`, code: 1 };
  const message = error instanceof Error ? error.message : String(error);
  const hint = debug ? "" : "  hint: this was not foreseen; UNROLLED_DEBUG=1 shows where it happened\n";
  return { text: `${stack}error: ${message.split("\n")[0]}\n${hint}`, code: 1 };
}
