// WebGPU in Node, through the package `webgpu` (Dawn), which is loaded when it is asked for.
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { fail } from "../base/index.ts";
import { type GpuEngine, type GpuEngineOptions, openGpuEngine } from "../engine/webgpu/gpu-engine.ts";

export type { GpuEngine } from "../engine/webgpu/gpu-engine.ts";

export interface NodeGpuOptions extends GpuEngineOptions {
  /** Flags of Dawn, for example `["backend=vulkan"]`. */
  flags?: readonly string[];
}

interface Dawn {
  create(flags: readonly string[]): object;
}

const driverHint =
  process.platform === "linux"
    ? "install the GPU's driver and the Vulkan loader (libvulkan1), or use the CPU engine; see docs/gpu.md"
    : "install the GPU's driver, or use the CPU engine; see docs/gpu.md";

/**
 * Opens a GPU and makes an engine of it. `gpu` comes from the package `webgpu` by default: that of this package's own
 * installation, or that of the current folder.
 *
 * @throws UnrolledError with code "missing" where the package `webgpu` is not installed or no adapter is found
 */
export async function webgpuEngine(options: NodeGpuOptions = {}): Promise<GpuEngine> {
  const gpu = options.gpu ?? (await dawn()).create([...(options.flags ?? [])]);
  return openGpuEngine(gpu, options, driverHint);
}

async function dawn(): Promise<Dawn> {
  const name = "webgpu";
  try {
    return (await import(name)) as Dawn;
  } catch {
    try {
      const path = createRequire(join(process.cwd(), "package.json")).resolve(name);
      return (await import(pathToFileURL(path).href)) as Dawn;
    } catch (error) {
      return fail(notLoaded(error));
    }
  }
}

function notLoaded(error: unknown) {
  const where = "webgpuEngine";
  const { code, message } = error as NodeJS.ErrnoException;
  if (code !== "MODULE_NOT_FOUND" && code !== "ERR_MODULE_NOT_FOUND")
    return {
      where,
      code: "missing" as const,
      problem: `the package webgpu cannot be loaded: ${message.split("\n")[0]}`,
    };
  const hint = `npm install webgpu${process.platform === "linux" ? "; on Linux also the Vulkan loader (libvulkan1) and the GPU's driver" : ""}`;
  return { where, code: "missing" as const, expected: "the package webgpu", received: "none", hint };
}
