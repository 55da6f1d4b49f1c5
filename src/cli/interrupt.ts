// Ctrl-C and SIGTERM: the first signal asks a command to stop cleanly, the second one ends the process at once.
import type { Host } from "./host.ts";

export interface Interrupt {
  readonly signal: AbortSignal;
  /** 130 after Ctrl-C, 143 after SIGTERM, 0 without a signal. */
  code(): number;
  /** Restores the default handling of signals. Call it in `finally`. */
  end(): void;
}

const codes = { SIGINT: 130, SIGTERM: 143 } as const; // 128 + the signal's number, the convention of shells

/** Runs work that a signal stops, and sets the exit code that follows from it. */
export async function interruptible(host: Host, run: (stop: Interrupt) => Promise<unknown>): Promise<void> {
  const stop = interrupt();
  try {
    await run(stop);
  } finally {
    stop.end();
  }
  if (stop.code()) host.exitCode = stop.code();
}

/** Handles the signals until `end`; `stopping` is called at the first one. */
export function interrupt(stopping = () => {}): Interrupt {
  const controller = new AbortController();
  let code = 0;
  const stopWith = (wanted: number) => () => {
    if (code) process.exit(wanted);
    code = wanted;
    stopping();
    controller.abort();
  };
  const [onInterrupt, onTerminate] = [stopWith(codes.SIGINT), stopWith(codes.SIGTERM)];
  process.on("SIGINT", onInterrupt);
  process.on("SIGTERM", onTerminate);
  return {
    signal: controller.signal,
    code: () => code,
    end() {
      process.off("SIGINT", onInterrupt);
      process.off("SIGTERM", onTerminate);
    },
  };
}
