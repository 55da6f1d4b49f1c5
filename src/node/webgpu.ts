// WebGPU in Node, through the package `webgpu` (Dawn), which is loaded when it is asked for.
import { fail } from "../base/index.ts";
import { type GpuEngine, type GpuEngineOptions, openGpuEngine } from "../engine/webgpu/gpu-engine.ts";

export interface NodeGpuOptions extends GpuEngineOptions {
  /** Flags of Dawn, for example `["backend=vulkan"]`. */
  flags?: readonly string[];
}

/** Kept to the end of the process: a GPU object must live as long as anything that was made from it. */
const held: object[] = [];

/**
 * Opens a GPU and makes an engine of it. `gpu` comes from the package `webgpu` by default.
 *
 * @throws UnrolledError with code "missing" where the package `webgpu` is not installed or no adapter is found
 */
export async function webgpuEngine(options: NodeGpuOptions = {}): Promise<GpuEngine> {
  const gpu = options.gpu ?? (await create(options.flags ?? []));
  held.push(gpu);
  return openGpuEngine(gpu, options);
}

async function create(flags: readonly string[]): Promise<object> {
  const name = "webgpu";
  const module = await import(name).then(
    (found: { create(flags: readonly string[]): object }) => found,
    () =>
      fail({
        where: "webgpuEngine",
        code: "missing",
        expected: "the package webgpu",
        received: "none",
        hint: "npm install webgpu; on Linux also the Vulkan loader (libvulkan1) and the GPU's driver",
      }),
  );
  return module.create(flags);
}
