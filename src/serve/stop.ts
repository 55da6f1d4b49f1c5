// Cuts a text, as it is written, before the first of some stop strings.

export interface StopCutter {
  /** Takes a piece; returns what can be shown, and whether a stop string was met. */
  push(piece: string): { text: string; stopped: boolean };
  /** What was held back, because it could have been the beginning of a stop string. */
  end(): string;
}

export function stopCutter(stops: readonly string[]): StopCutter {
  let held = "";
  let stopped = false;
  return {
    push(piece) {
      if (stopped) return { text: "", stopped };
      held += piece;
      const found = stops.map((stop) => held.indexOf(stop)).filter((at) => at >= 0);
      if (found.length > 0) {
        const text = held.slice(0, Math.min(...found));
        held = "";
        stopped = true;
        return { text, stopped };
      }
      const keep = Math.max(0, ...stops.map((stop) => overlap(held, stop)));
      const text = held.slice(0, held.length - keep);
      held = held.slice(held.length - keep);
      return { text, stopped };
    },
    end() {
      const rest = held;
      held = "";
      return rest;
    },
  };
}

/** Length of the longest end of `text` that `stop` begins with. */
function overlap(text: string, stop: string): number {
  for (let length = Math.min(text.length, stop.length - 1); length > 0; length--)
    if (text.endsWith(stop.slice(0, length))) return length;
  return 0;
}
