// WebGPU in browsers.
import { fail } from "../base/index.ts";
import { openWebgpuEngine, type WebgpuEngine } from "../engine/webgpu/engine.ts";

export interface WebgpuOptions {
  /** Where adapters come from; `navigator.gpu` by default. */
  gpu?: GPU;
  /** Which of two GPUs; "high-performance" by default. */
  powerPreference?: GPUPowerPreference;
  /** Receives a warning where the adapter computes on the CPU; `console.warn` by default. */
  warn?: (message: string) => void;
}

/**
 * Opens a GPU and makes an engine of it.
 *
 * @throws UnrolledError with code "missing" where the browser has no WebGPU or finds no adapter
 */
export function webgpuEngine({ gpu, powerPreference, warn = console.warn }: WebgpuOptions = {}): Promise<WebgpuEngine> {
  const found =
    gpu ??
    (globalThis.navigator?.gpu as GPU | undefined) ??
    fail({
      where: "webgpuEngine",
      code: "missing",
      expected: "a browser with WebGPU, on a page served by https or from localhost",
      received: "no navigator.gpu",
      hint: "webEngine() runs everywhere",
    });
  return openWebgpuEngine({ gpu: found, warn, ...(powerPreference ? { powerPreference } : {}) });
}
