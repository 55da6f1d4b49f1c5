// What a server's process does besides answering, in the text format of Prometheus.
import { monitorEventLoopDelay } from "node:perf_hooks";

/** Memory, and how long the event loop was kept from other work. */
export function processMetrics(): () => string {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  return () => {
    const quantiles = [0.5, 0.99].map(
      (q) => `unrolled_event_loop_delay_seconds{quantile="${q}"} ${delay.percentile(100 * q) / 1e9}\n`,
    );
    const about =
      "# HELP unrolled_event_loop_delay_seconds Delay of the main thread.\n# TYPE unrolled_event_loop_delay_seconds summary\n";
    const memory =
      "# HELP process_resident_memory_bytes Memory of the process.\n# TYPE process_resident_memory_bytes gauge\n";
    return `${about}${quantiles.join("")}${memory}process_resident_memory_bytes ${process.memoryUsage.rss()}\n`;
  };
}
