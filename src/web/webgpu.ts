// WebGPU in browsers.
import { fail } from "../base/index.ts";
import { type GpuEngine, type GpuEngineOptions, openGpuEngine } from "../engine/webgpu/gpu-engine.ts";

/**
 * Opens a GPU and makes an engine of it. `gpu` is `navigator.gpu` by default.
 *
 * @throws UnrolledError with code "missing" where the browser has no WebGPU or finds no adapter
 */
export async function webgpuEngine(options: GpuEngineOptions = {}): Promise<GpuEngine> {
  const found =
    options.gpu ??
    globalThis.navigator?.gpu ??
    fail({
      where: "webgpuEngine",
      code: "missing",
      expected: "a browser with WebGPU, on a page served by https or from localhost",
      received: "no navigator.gpu",
      hint: "webEngine() runs everywhere",
    });
  return openGpuEngine(found, options);
}
