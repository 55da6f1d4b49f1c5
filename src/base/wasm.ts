// WebAssembly kernels: small modules kept as base64 beside their AssemblyScript source, compiled at first use, over a
// memory that the caller sizes once. Works alike in Node and in browsers; where WebAssembly or SIMD is missing, the
// caller falls back to plain loops.

const modules = new Map<string, WebAssembly.Module | undefined>();

/**
 * Compiles a kernel (once per text), or returns `undefined` where the host cannot run it: no WebAssembly, no SIMD, or a
 * content policy that forbids it.
 */
export function wasmModule(base64: string): WebAssembly.Module | undefined {
  if (!modules.has(base64)) {
    let module: WebAssembly.Module | undefined;
    try {
      module = new WebAssembly.Module(Uint8Array.from(atob(base64), (c) => c.charCodeAt(0)));
    } catch {
      module = undefined;
    }
    modules.set(base64, module);
  }
  return modules.get(base64);
}

/**
 * A memory of at least `bytes` that never grows (growing would detach every view of it), or `undefined` where it cannot
 * be had. The maximum, 4 GiB, is WebAssembly's own for 32-bit addresses.
 */
export function wasmMemory(bytes: number): WebAssembly.Memory | undefined {
  const pages = Math.max(1, Math.ceil(bytes / 65536));
  try {
    return new WebAssembly.Memory({ initial: pages, maximum: pages });
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
