// Bytes in browsers: files that a user chose, answers of a server, streams; gzip unpacked on the way.

/** Where bytes come from. A `File` is a `Blob`; `await fetch(url)` is a `Response`. */
export type ByteSource = Blob | Response | ReadableStream<Uint8Array>;

/**
 * The bytes of a source, unpacked where they are gzip by their first bytes. Several sources follow one another, a line break
 * between two where the first does not end in one.
 */
export async function* byteChunks(
  source: ByteSource | readonly ByteSource[],
  { signal }: { signal?: AbortSignal } = {},
): AsyncGenerator<Uint8Array> {
  const list = isList(source) ? source : [source];
  let last = 10;
  for (const one of list) {
    if (last !== 10) yield Uint8Array.of(10);
    for await (const chunk of chunksOf(await unpacked(streamOf(one)))) {
      signal?.throwIfAborted();
      if (chunk.length === 0) continue;
      last = chunk[chunk.length - 1]!;
      yield chunk;
    }
  }
}

const isList = (source: ByteSource | readonly ByteSource[]): source is readonly ByteSource[] => Array.isArray(source);

function streamOf(source: ByteSource): ReadableStream<Uint8Array> {
  if (source instanceof ReadableStream) return source;
  if (source instanceof Blob) return source.stream();
  return source.body ?? new Blob([]).stream();
}

/** Looks at the first bytes, then gives all of them. */
async function unpacked(stream: ReadableStream<Uint8Array>): Promise<ReadableStream<Uint8Array>> {
  const reader = stream.getReader();
  let first = new Uint8Array(0);
  while (first.length < 2) {
    const { value, done } = await reader.read();
    if (done) break;
    const longer = new Uint8Array(first.length + value.length);
    longer.set(first);
    longer.set(value, first.length);
    first = longer;
  }
  const all = new ReadableStream<Uint8Array<ArrayBuffer>>({
    start: (controller) => controller.enqueue(first),
    async pull(controller) {
      const { value, done } = await reader.read();
      if (done) controller.close();
      else controller.enqueue(value as Uint8Array<ArrayBuffer>);
    },
    cancel: (reason) => reader.cancel(reason),
  });
  const packed = first[0] === 0x1f && first[1] === 0x8b;
  return packed ? all.pipeThrough(new DecompressionStream("gzip")) : all;
}

/** A stream's chunks; not every browser can iterate over streams itself. */
async function* chunksOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = stream.getReader();
  let ended = false;
  try {
    for (;;) {
      const { value, done } = await reader.read();
      ended = done;
      if (done) return;
      yield value;
    }
  } finally {
    if (!ended) await reader.cancel().catch(() => {});
  }
}
