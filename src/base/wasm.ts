// WebAssembly kernels: small modules kept as base64 beside their AssemblyScript source, compiled at first use, over a
// memory that the caller sizes once. Works alike in Node and in browsers; where WebAssembly or SIMD is missing, the
// caller falls back to plain loops.

const modules = new Map<string, WebAssembly.Module | undefined>();

/**
 * Compiles a kernel (once per text), or returns `undefined` where the host cannot run it: no WebAssembly, no SIMD, or a
 * content policy that forbids it. A kernel made for memory that threads share can be had for a plain one, `shared: false`:
 * pages that are not cross-origin isolated have no other.
 */
export function wasmModule(base64: string, { shared = true } = {}): WebAssembly.Module | undefined {
  const name = shared ? base64 : `unshared ${base64}`;
  if (!modules.has(name)) {
    let module: WebAssembly.Module | undefined;
    try {
      const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
      module = new WebAssembly.Module(shared ? bytes : unshared(bytes));
    } catch {
      module = undefined;
    }
    modules.set(name, module);
  }
  return modules.get(name);
}

/** Clears the flag "shared" of an imported memory, in place. A kernel without atomic operations means the same without it. */
function unshared(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  let at = 8; // after the magic number and the version
  const number = () => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++]!;
      value |= (byte & 127) << shift;
      if (byte < 128) return value;
    }
  };
  const skip = () => {
    const length = number(); // read first: it moves `at` itself
    at += length;
  };
  const [types, imports] = [1, 2];
  while (bytes[at] === types || bytes[at] === 0) {
    at++;
    skip();
  }
  if (bytes[at++] !== imports) return bytes;
  number(); // size of the section
  if (number() === 0) return bytes;
  skip(); // of the first import: its module
  skip(); // and its name
  const memory = 2;
  if (bytes[at++] === memory) bytes[at]! &= ~2; // kernels import nothing else
  return bytes;
}

/**
 * A memory of at least `bytes` that never grows (growing would detach every view of it), or `undefined` where it cannot
 * be had. The maximum, 4 GiB, is WebAssembly's own for 32-bit addresses. `shared`: for several threads.
 */
export function wasmMemory(bytes: number, { shared = false } = {}): WebAssembly.Memory | undefined {
  const pages = Math.max(1, Math.ceil(bytes / 65536));
  try {
    return new WebAssembly.Memory({ initial: pages, maximum: pages, shared });
  } catch {
    return undefined;
  }
}

/** Instantiates a kernel over a memory. `Exports` is what its source exports: functions over byte addresses and numbers. */
export function wasmInstance<Exports extends Record<string, unknown>>(
  module: WebAssembly.Module,
  memory: WebAssembly.Memory,
): Exports {
  return new WebAssembly.Instance(module, { env: { memory } }).exports as Exports;
}
