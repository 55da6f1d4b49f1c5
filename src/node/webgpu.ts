// WebGPU in Node, through the package `webgpu` (Dawn), which is loaded when it is asked for.
import { fail } from "../base/index.ts";
import { openWebgpuEngine, type WebgpuEngine } from "../engine/webgpu/engine.ts";

export interface WebgpuOptions {
  /** Where adapters come from; the package `webgpu` by default. */
  gpu?: GPU;
  /** Which of two GPUs; "high-performance" by default. */
  powerPreference?: GPUPowerPreference;
  /** Receives a warning where the adapter computes on the CPU; `console.warn` by default. */
  warn?: (message: string) => void;
  /** Flags of Dawn, for example `["backend=vulkan"]`. */
  flags?: readonly string[];
}

/** What `create` makes is in use as long as anything made from it: it is kept to the end of the process. */
const held: GPU[] = [];

/**
 * Opens a GPU and makes an engine of it.
 *
 * @throws UnrolledError with code "missing" where the package `webgpu` is not installed or no adapter is found
 */
export async function webgpuEngine(options: WebgpuOptions = {}): Promise<WebgpuEngine> {
  const { powerPreference, warn = console.warn, flags = [] } = options;
  const gpu = options.gpu ?? (await create(flags));
  return openWebgpuEngine({ gpu, warn, ...(powerPreference ? { powerPreference } : {}) });
}

async function create(flags: readonly string[]): Promise<GPU> {
  const name = "webgpu";
  const module = await import(name).then(
    (found: { create(flags: readonly string[]): GPU }) => found,
    () =>
      fail({
        where: "webgpuEngine",
        code: "missing",
        expected: "the package webgpu",
        received: "none",
        hint: "npm install webgpu; on Linux also the Vulkan loader (libvulkan1) and the GPU's driver",
      }),
  );
  const gpu = module.create(flags);
  held.push(gpu);
  return gpu;
}
