// A run with everything that it posts; `until` waits for a message of a kind.
import { nodeEngine } from "../../src/index.ts";
import { type FromRun, startRun } from "../../src/run/index.ts";

export function watch() {
  const posted: FromRun[] = [];
  let wake = () => {};
  const run = startRun(
    (message) => {
      posted.push(message);
      wake();
    },
    { engine: nodeEngine({ threads: 1 }) },
  );
  async function until<K extends FromRun["kind"]>(kind: K, from = 0): Promise<Extract<FromRun, { kind: K }>> {
    for (;;) {
      const found = posted.slice(from).find((message) => message.kind === kind);
      if (found) return found as Extract<FromRun, { kind: K }>;
      const failed = posted.find((message) => message.kind === "failed");
      if (failed && kind !== "failed") throw new Error(JSON.stringify(failed));
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  }
  return { posted, run, until };
}
