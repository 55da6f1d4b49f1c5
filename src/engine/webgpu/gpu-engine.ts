// The engine as the entry points give it: without the types of WebGPU, which not every TypeScript library knows.
import type { Engine } from "../engine.ts";
import { openWebgpuEngine } from "./engine.ts";

export interface GpuEngine extends Engine {
  /** Vendor, architecture and description of the adapter, as far as the driver reports them. */
  readonly adapter: string;
  /** Computed on the CPU (SwiftShader, llvmpipe): correct, but slower than the CPU engine. */
  readonly software: boolean;
  /** Frees the GPU; the engine is not usable afterward. */
  release(): void;
}

export interface GpuEngineOptions {
  /** A `GPU` object of WebGPU, where adapters come from. */
  gpu?: object;
  /** Which of two GPUs; "high-performance" by default. */
  powerPreference?: "low-power" | "high-performance";
  /** Receives a warning where the adapter is a software one, which is slower than the CPU engine; `console.warn` by default. */
  warn?: (message: string) => void;
}

export async function openGpuEngine(
  gpu: object,
  { powerPreference, warn = console.warn }: GpuEngineOptions,
  hint?: string,
): Promise<GpuEngine> {
  const options = { ...(powerPreference ? { powerPreference } : {}), ...(hint ? { hint } : {}) };
  const { device, ...engine } = await openWebgpuEngine({ gpu: gpu as GPU, warn, ...options });
  return { ...engine, adapter: device.description, software: device.software, release: () => device.release() };
}
