// Ctrl-C and SIGTERM: the first signal asks a command to stop cleanly, the second one ends the process at once. Schedulers
// send SIGUSR1 some time before a job's end.
import type { Host } from "./host.ts";

export interface Interrupt {
  readonly signal: AbortSignal;
  /** 130 after Ctrl-C, 143 after SIGTERM, 75 ("try again later") after SIGUSR1, 0 without a signal. */
  code(): number;
  /** Restores the default handling of signals. Call it in `finally`. */
  end(): void;
}

/** 128 + the signal's number, the convention of shells; EX_TEMPFAIL, that of schedulers that start a job again. */
const codes = { SIGINT: 130, SIGTERM: 143, SIGUSR1: 75 } as const;

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

/**
 * Handles the signals until `end`; `stopping` is called at the first one.
 *
 * @param signals SIGUSR1, which Node otherwise takes to start its debugger, only where it is asked for
 */
export function interrupt(
  stopping = () => {},
  signals: readonly (keyof typeof codes)[] = ["SIGINT", "SIGTERM"],
): Interrupt {
  const controller = new AbortController();
  let code = 0;
  const stopWith = (wanted: number) => () => {
    if (code === codes.SIGUSR1 && wanted === code) return; // a launcher passes it on, and the scheduler sends it to all
    if (code) process.exit(wanted);
    code = wanted;
    stopping();
    controller.abort();
  };
  const handlers = signals.map((signal) => [signal, stopWith(codes[signal])] as const);
  for (const [signal, handler] of handlers) process.on(signal, handler);
  return {
    signal: controller.signal,
    code: () => code,
    end() {
      for (const [signal, handler] of handlers) process.off(signal, handler);
    },
  };
}
