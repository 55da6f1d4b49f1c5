// A GPU device, its limits, and what can go wrong with it.
import { fail } from "../../base/index.ts";

export interface DeviceOptions {
  /** Where adapters come from: `navigator.gpu`, or what `create()` of the package `webgpu` returns. */
  readonly gpu: GPU;
  /** Prefer the faster or the more economical of two GPUs; faster by default. */
  readonly powerPreference?: GPUPowerPreference;
  /** Hears that the adapter is a CPU in disguise, slower than the CPU engine. Default: nothing. */
  readonly warn?: (message: string) => void;
}

export interface Device {
  /** Held, since what it made does not outlive it. */
  readonly gpu: GPU;
  readonly device: GPUDevice;
  /** Vendor, architecture and description, as far as the driver says. */
  readonly description: string;
  /** Computed on the CPU (SwiftShader, llvmpipe): right, but slow. */
  readonly software: boolean;
  readonly mostThreads: number;
  /** Largest number of bytes that a kernel can see. */
  readonly mostBytes: number;
  /** Throws if the device was lost or a command failed since the last call. */
  check(): void;
  /** The pipeline of a kernel's text; equal texts share one. */
  pipeline(text: string): Promise<GPUComputePipeline>;
  readonly bindings: GPUBindGroupLayout;
  release(): void;
}

const hint = "use the CPU engine, or see docs/gpu.md";

/** Opens a device with the largest buffers that the adapter has. */
export async function openDevice({ gpu, powerPreference = "high-performance", warn }: DeviceOptions): Promise<Device> {
  const adapter = await gpu.requestAdapter({ powerPreference });
  if (!adapter) return fail({ where: "webgpu", code: "missing", expected: "a GPU adapter", received: "none", hint });
  const { limits, info } = adapter;
  const device = await adapter.requestDevice({
    requiredLimits: {
      maxStorageBufferBindingSize: limits.maxStorageBufferBindingSize,
      maxBufferSize: limits.maxBufferSize,
    },
  });
  const description = [info.vendor, info.architecture, info.description].filter(Boolean).join(" ") || "unnamed adapter";
  const software = info.isFallbackAdapter === true || /swiftshader|llvmpipe|lavapipe|software/i.test(description);
  if (software) warn?.(`webgpu: ${description} computes on the CPU and is slower than the CPU engine`);

  let failure: string | undefined;
  let released = false;
  void device.lost.then(({ message, reason }) => {
    if (!released) failure = `the GPU device was lost (${reason}${message ? `: ${message}` : ""})`;
  });
  device.addEventListener("uncapturederror", (event) => {
    failure ??= (event as GPUUncapturedErrorEvent).error.message;
  });

  const storage = (binding: number): GPUBindGroupLayoutEntry => ({
    binding,
    visibility: GPU_COMPUTE,
    buffer: { type: "storage" },
  });
  const uniform = (binding: number): GPUBindGroupLayoutEntry => ({
    binding,
    visibility: GPU_COMPUTE,
    buffer: { type: "uniform" },
  });
  const bindings = device.createBindGroupLayout({ entries: [storage(0), storage(1), uniform(2), uniform(3)] });
  const layout = device.createPipelineLayout({ bindGroupLayouts: [bindings] });
  const pipelines = new Map<string, Promise<GPUComputePipeline>>();
  return {
    gpu,
    device,
    description,
    software,
    mostThreads: device.limits.maxComputeInvocationsPerWorkgroup,
    mostBytes: Math.min(limits.maxStorageBufferBindingSize, limits.maxBufferSize),
    check() {
      if (failure) fail({ where: "webgpu", code: "missing", problem: failure, hint: "go on from the last checkpoint" });
    },
    pipeline(code) {
      let made = pipelines.get(code);
      if (!made) {
        const module = device.createShaderModule({ code });
        made = device.createComputePipelineAsync({ layout, compute: { module, entryPoint: "main" } });
        made.catch(() => pipelines.delete(code));
        pipelines.set(code, made);
      }
      return made;
    },
    bindings,
    release() {
      released = true;
      device.destroy();
    },
  };
}

/** `GPUShaderStage.COMPUTE`; a constant here, since Node has no such global. */
const GPU_COMPUTE = 4;
