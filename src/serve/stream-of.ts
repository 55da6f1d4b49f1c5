// From callbacks to an async iterable.

/**
 * What `work` emits, as it comes; ends when `work` ends, and throws what it throws. `work` starts at once. A reader that
 * leaves early does not stop it: pass it a signal.
 */
export async function* streamOf<T>(work: (emit: (value: T) => void) => Promise<void>): AsyncGenerator<T, void, void> {
  const held: T[] = [];
  let wake = () => {};
  let done = false;
  let failed: { error: unknown } | undefined;
  const running = work((value) => {
    held.push(value);
    wake();
  }).then(
    () => {
      done = true;
      wake();
    },
    (error: unknown) => {
      done = true;
      failed = { error };
      wake();
    },
  );
  for (;;) {
    while (held.length > 0) yield held.shift()!;
    if (done) break;
    await new Promise<void>((resolve) => {
      wake = resolve;
    });
  }
  await running;
  if (failed) throw failed.error;
}
