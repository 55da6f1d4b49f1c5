// The engine as the entry points give it: without the types of WebGPU, which not every TypeScript library knows.
import type { Engine } from "../engine.ts";
import { openWebgpuEngine } from "./engine.ts";

export interface GpuEngine extends Engine {
  /** Vendor, architecture and description of the adapter, as far as the driver reports them. */
  readonly adapter: string;
  /** Computed on the CPU (SwiftShader, llvmpipe): correct, but slower than the CPU engine. */
  readonly software: boolean;
}

export interface GpuEngineOptions {
  /** A `GPU` object of WebGPU, where adapters come from. */
  gpu?: object;
  /** Which of two GPUs; "high-performance" by default. */
  powerPreference?: "low-power" | "high-performance";
  /** Receives a warning where the adapter computes on the CPU; `console.warn` by default. */
  warn?: (message: string) => void;
}

export async function openGpuEngine(
  gpu: object,
  { powerPreference, warn = console.warn }: GpuEngineOptions,
): Promise<GpuEngine> {
  const options = powerPreference ? { powerPreference } : {};
  const { device, ...engine } = await openWebgpuEngine({ gpu: gpu as GPU, warn, ...options });
  return { ...engine, adapter: device.description, software: device.software };
}
