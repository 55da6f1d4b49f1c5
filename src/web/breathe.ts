// Work that lets its page draw and answer: the WebAssembly build runs in the calling thread, and awaiting its results alone
// never returns to the event loop.

/** Milliseconds between two returns to the event loop: one frame. */
const frame = 16;
let last = 0;

/** Returns to the event loop if the last time was a frame ago. */
export async function breathe(): Promise<void> {
  if (performance.now() - last < frame) return;
  await eventLoop();
  last = performance.now();
}

let channel: MessageChannel | undefined;
const waiting: (() => void)[] = [];

/** A message takes its turn among other tasks. `scheduler.yield()` would go first, and keep timers from ever running. */
function eventLoop(): Promise<void> {
  const host = globalThis as { setImmediate?(callback: () => void): unknown };
  return new Promise((resolve) => {
    if (host.setImmediate) {
      host.setImmediate(resolve); // Node
      return;
    }
    if (!channel) {
      channel = new MessageChannel(); // a timer would wait for 4 ms
      channel.port1.onmessage = () => waiting.shift()!();
    }
    waiting.push(resolve);
    channel.port2.postMessage(null);
  });
}
