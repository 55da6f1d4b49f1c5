// A GPU device, its limits, and what can go wrong with it.
import { type ErrorDetails, fail } from "../../base/index.ts";

export interface DeviceOptions {
  /** Where adapters come from: `navigator.gpu`, or what `create()` of the package `webgpu` returns. */
  readonly gpu: GPU;
  /** Prefer the faster or the more economical of two GPUs; faster by default. */
  readonly powerPreference?: GPUPowerPreference;
  /** Receives a warning where the adapter computes on the CPU. Default: nothing. */
  readonly warn?: (message: string) => void;
  /** What to try where there is no adapter. */
  readonly hint?: string;
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
  /** Throws if the device was lost, ran out of memory, or refused a command. */
  check(): void;
  /** Waits for a result of the device; a failure of the device becomes the error of `check`. */
  wait<T>(result: Promise<T>): Promise<T>;
  /** The pipeline of a kernel's text; equal texts share one. */
  pipeline(text: string): Promise<GPUComputePipeline>;
  readonly bindings: GPUBindGroupLayout;
  release(): void;
}

/** Opens a device with the largest buffers that the adapter has. */
export async function openDevice(options: DeviceOptions): Promise<Device> {
  const { gpu, powerPreference = "high-performance", warn, hint = "use the CPU engine, or see docs/gpu.md" } = options;
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

  let failure: ErrorDetails | undefined;
  let released = false;
  const lost = device.lost.then(({ message, reason }) => {
    if (!released) failure = lostDevice(reason, message);
  });
  device.addEventListener("uncapturederror", (event) => {
    failure ??= failedCommand((event as GPUUncapturedErrorEvent).error);
  });
  const check = () => {
    if (failure) fail(failure);
  };

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
    check,
    async wait(result) {
      try {
        return await result;
      } catch (error) {
        await Promise.race([lost, new Promise((resolve) => setTimeout(resolve, 100))]);
        check();
        throw error;
      }
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

const lostDevice = (reason: string, message: string): ErrorDetails => ({
  where: "webgpu",
  code: "device",
  problem: `the GPU device was lost (${oneLine(message) || reason})`,
  hint: "resume from the last checkpoint, on this GPU or with the CPU engine",
});

/** A command that the device refused: too little memory, or a defect of ours. */
function failedCommand(error: GPUError): ErrorDetails {
  if (error.constructor.name !== "GPUOutOfMemoryError")
    return { where: "webgpu", code: "internal", problem: `the GPU refused a command: ${oneLine(error.message)}` };
  return {
    where: "webgpu",
    code: "device",
    problem: "the GPU is out of memory",
    hint: "use a smaller batch, shorter windows or a smaller model, or close other programs that use the GPU",
  };
}

const oneLine = (text: string): string => text.split("\n")[0]!.trim();

/** `GPUShaderStage.COMPUTE`; a constant here, since Node has no such global. */
const GPU_COMPUTE = 4;
