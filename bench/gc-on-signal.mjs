// node --expose-gc --import bench/gc-on-signal.mjs PROGRAM: on SIGUSR2 every thread of the program collects its garbage, and
// the main thread prints a line of JSON to standard error: the process's resident memory and each thread's heap, in MiB.
import { BroadcastChannel, isMainThread, threadId } from "node:worker_threads";

const channel = new BroadcastChannel("gc-on-signal");
channel.unref();
const MiB = (bytes) => Math.round((bytes / 2 ** 20) * 100) / 100;
function collect() {
  globalThis.gc();
  const { heapUsed, external } = process.memoryUsage();
  return { heap: MiB(heapUsed), external: MiB(external) };
}

if (isMainThread) {
  process.on("SIGUSR2", () => {
    const threads = [];
    channel.onmessage = ({ data }) => void (data.heap !== undefined && threads.push(data));
    channel.unref();
    channel.postMessage("collect");
    // A second collection takes what finalizers of the first one released.
    setTimeout(() => channel.postMessage("collect"), 500);
    setTimeout(() => {
      collect();
      const main = collect();
      const line = { resident: MiB(process.memoryUsage.rss()), main, threads: threads.slice(threads.length >> 1) };
      process.stderr.write(`${JSON.stringify(line)}\n`);
    }, 1000);
  });
} else {
  channel.onmessage = ({ data }) => void (data === "collect" && channel.postMessage({ threadId, ...collect() }));
  channel.unref();
}
