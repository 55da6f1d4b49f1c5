// Counters in the text format of Prometheus.
import type { BackendStats } from "./backend.ts";

/** Upper bounds of the latency histogram, in seconds. */
const bounds = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60];

export interface Metrics {
  request(route: string, status: number, seconds: number): void;
  firstToken(seconds: number): void;
  text(stats: BackendStats, open: number): string;
}

export function metrics(): Metrics {
  const requests = new Map<string, number>();
  const latency = new Map<string, Histogram>();
  const first = new Histogram(bounds);
  return {
    request(route, status, seconds) {
      const key = `route="${route}",status="${status}"`;
      requests.set(key, (requests.get(key) ?? 0) + 1);
      const known = latency.get(route) ?? new Histogram(bounds);
      latency.set(route, known);
      known.add(seconds);
    },
    firstToken: (seconds) => first.add(seconds),
    text(stats, open) {
      const lines: string[] = [];
      const family = (name: string, type: string, help: string, rows: readonly string[]) =>
        lines.push(`# HELP unrolled_${name} ${help}`, `# TYPE unrolled_${name} ${type}`, ...rows);
      const one = (name: string, type: string, help: string, value: number) =>
        family(name, type, help, [`unrolled_${name} ${value}`]);
      family(
        "requests_total",
        "counter",
        "Requests by route and status.",
        [...requests].map(([labels, count]) => `unrolled_requests_total{${labels}} ${count}`),
      );
      family(
        "request_seconds",
        "histogram",
        "Time from request to the end of its response.",
        [...latency].flatMap(([route, histogram]) => histogram.lines("request_seconds", `route="${route}"`)),
      );
      family(
        "first_token_seconds",
        "histogram",
        "Time to the first token of a stream.",
        first.lines("first_token_seconds"),
      );
      one("requests_open", "gauge", "Requests that are being answered.", open);
      one("queue_waiting", "gauge", "Requests that wait for a place in a batch.", stats.waiting);
      one("completions_running", "gauge", "Completions that are being written.", stats.running);
      one("tokens_read_total", "counter", "Tokens that language models and generators have read.", stats.tokensRead);
      one("tokens_written_total", "counter", "Tokens of completions.", stats.tokensWritten);
      family(
        "step_rows",
        "histogram",
        "Texts that share a step.",
        counted("step_rows", stats.stepRows, (i) => i),
      );
      one("step_seconds_total", "counter", "Time spent in steps.", stats.stepSeconds);
      family(
        "batch_inputs",
        "histogram",
        "Inputs that share a batch of another task.",
        counted("batch_inputs", stats.batchInputs, (i) => 2 ** i),
      );
      one("batch_seconds_total", "counter", "Time spent in batches of other tasks.", stats.batchSeconds);
      return `${lines.join("\n")}\n`;
    },
  };
}

/** A histogram from counts by size. */
function counted(name: string, counts: readonly number[], size: (index: number) => number): string[] {
  let total = 0;
  let sum = 0;
  const rows = counts.map((count, i) => {
    total += count;
    sum += count * size(i);
    return `unrolled_${name}_bucket{le="${size(i)}"} ${total}`;
  });
  return [
    ...rows,
    `unrolled_${name}_bucket{le="+Inf"} ${total}`,
    `unrolled_${name}_sum ${sum}`,
    `unrolled_${name}_count ${total}`,
  ];
}

class Histogram {
  readonly #counts: number[];
  #sum = 0;
  constructor(readonly bounds: readonly number[]) {
    this.#counts = new Array<number>(bounds.length + 1).fill(0);
  }
  add(value: number): void {
    const at = this.bounds.findIndex((bound) => value <= bound);
    this.#counts[at < 0 ? this.bounds.length : at]!++;
    this.#sum += value;
  }
  lines(name: string, labels = ""): string[] {
    let total = 0;
    const given = labels ? `${labels},` : "";
    const set = labels ? `{${labels}}` : "";
    const rows = [...this.bounds, "+Inf"].map((bound, i) => {
      total += this.#counts[i]!;
      return `unrolled_${name}_bucket{${given}le="${bound}"} ${total}`;
    });
    return [...rows, `unrolled_${name}_sum${set} ${this.#sum}`, `unrolled_${name}_count${set} ${total}`];
  }
}
