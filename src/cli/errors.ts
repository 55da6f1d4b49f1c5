// An error as a person at the terminal sees it: one line, a hint if the cause is likely, an exit code.
import { CommanderError } from "commander";
import { UnrolledError } from "../base/index.ts";
import { failSystem, systemCode } from "../node/system-errors.ts";
import { clean } from "../terminal/index.ts";

/** Exit code of a command that was called wrongly; a command that failed exits with 1. */
export const usageFault = 2;

export interface Fault {
  /** For standard error; empty where it has been written already. */
  readonly text: string;
  readonly code: number;
  /** The same for programs: the data of the event "error". */
  readonly event: Readonly<Record<string, unknown>>;
}

/** Describes anything that was thrown. `debug` adds the stack trace. */
export function describeFault(thrown: unknown, debug: boolean): Fault {
  const error = typed(thrown);
  if (error instanceof CommanderError) {
    // Commander has written its message; help and version end here too, with code 0.
    const message = error.message.replace(/^error: /, "");
    return { text: "", code: error.exitCode === 0 ? 0 : usageFault, event: { code: "argument", message } };
  }
  const stack = debug && error instanceof Error ? `${error.stack}\n` : "";
  if (error instanceof UnrolledError) {
    const [message = "", hint] = error.message.split("\n  hint: ");
    const text = `${stack}error: ${clean(message)}\n${hint === undefined ? "" : `  hint: ${clean(hint)}\n`}`;
    const { code, where, expected, received } = error;
    return {
      text,
      code: code === "argument" ? usageFault : 1,
      event: { code, message, where, expected, received, hint },
    };
  }
  const message = clean((error instanceof Error ? error.message : String(error)).split("\n")[0]!);
  const hint = "unexpected error; set UNROLLED_DEBUG=1 for a stack trace, and please report it";
  return {
    text: `${stack}error: ${message}\n${debug ? "" : `  hint: ${hint}\n`}`,
    code: 1,
    event: { code: "internal", message },
  };
}

/** Errors of the operating system (ENOENT, ENOSPC, EEXIST ...) in words. */
function typed(error: unknown): unknown {
  if (error instanceof UnrolledError || systemCode(error) === undefined) return error;
  const { path, syscall } = error as NodeJS.ErrnoException;
  try {
    return failSystem(path ?? syscall ?? "unrolled", error);
  } catch (described) {
    return described;
  }
}
