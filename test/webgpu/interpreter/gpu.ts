// A GPU in TypeScript: it runs what the engine sends, kernels of one dispatch group after group. With it, fusion and the plan
// of memory are checked where there is no driver. Buffers that need not be zero begin as NaN.
import { machine, running, Shared, type Words } from "./memory.ts";
import { type Kernel, translate } from "./wgsl.ts";

interface Buffer {
  readonly shared: Shared;
  readonly size: number;
}
type Thread = (lid: number) => Generator<void, void, void>;
type Make = (...given: unknown[]) => Thread;
interface Pipeline {
  readonly kernel: Kernel;
  readonly make: Make;
}

/** The largest workgroup memory and workgroup, as WebGPU's defaults. */
const [mostThreads, mostWorkgroupBytes] = [256, 16384];
const limits = {
  maxComputeInvocationsPerWorkgroup: mostThreads,
  maxStorageBufferBindingSize: 2 ** 27,
  maxBufferSize: 2 ** 28,
};

export function interpretingGpu(): GPU {
  const adapter = {
    limits,
    info: { vendor: "", architecture: "", description: "TypeScript" },
    requestDevice: async () => device(),
  };
  return { requestAdapter: async () => adapter } as unknown as GPU;
}

function device(): GPUDevice {
  const pipelines = new Map<string, Pipeline>();
  const queue = {
    writeBuffer({ shared }: Buffer, offset: number, data: ArrayBufferView) {
      bytesOf(shared.words).set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), offset);
    },
    submit(commands: (() => void)[][]) {
      for (const list of commands) for (const command of list) command();
    },
    onSubmittedWorkDone: async () => {},
  };
  return {
    limits,
    queue,
    lost: new Promise(() => {}),
    addEventListener() {},
    destroy() {},
    createBindGroupLayout: () => ({}),
    createPipelineLayout: () => ({}),
    createBuffer,
    createShaderModule: ({ code }: { code: string }) => code,
    async createComputePipelineAsync({ compute: { module } }: { compute: { module: string } }) {
      const known = pipelines.get(module) ?? pipelineOf(module);
      pipelines.set(module, known);
      return known;
    },
    createBindGroup: ({ entries }: { entries: { resource: { buffer: Buffer } }[] }) =>
      entries.map(({ resource }) => resource.buffer),
    createCommandEncoder,
  } as unknown as GPUDevice;
}

const bytesOf = (words: Words) => new Uint8Array(words.buffer);

function createBuffer({ size, label = "buffer" }: { size: number; label?: string }) {
  const words: Words = new Uint32Array(Math.ceil(size / 4));
  if (label.startsWith("memory of a run")) words.fill(0xffffffff);
  return {
    shared: new Shared(label, words),
    size,
    destroy() {},
    mapAsync: async () => {},
    getMappedRange: () => words.buffer,
    unmap() {},
  };
}

function createCommandEncoder() {
  const commands: (() => void)[] = [];
  return {
    copyBufferToBuffer(from: Buffer, fromAt: number, to: Buffer, toAt: number, size: number) {
      commands.push(() =>
        bytesOf(to.shared.words).set(bytesOf(from.shared.words).subarray(fromAt, fromAt + size), toAt),
      );
    },
    beginComputePass() {
      let [pipeline, group]: [Pipeline | undefined, Buffer[]] = [undefined, []];
      return {
        setBindGroup(_: number, buffers: Buffer[]) {
          group = buffers;
        },
        setPipeline(next: Pipeline) {
          pipeline = next;
        },
        dispatchWorkgroups(count: number) {
          const [used, buffers] = [pipeline!, group];
          commands.push(() => dispatch(used, buffers, count));
        },
        end() {},
      };
    },
    finish: () => commands,
  };
}

function pipelineOf(text: string): Pipeline {
  const kernel = translate(text);
  const bytes = kernel.workgroup.reduce(
    (sum, { type, length }) => sum + length * (type.startsWith("vec4") ? 16 : 4),
    0,
  );
  if (kernel.threads > mostThreads || bytes > mostWorkgroupBytes)
    throw new Error(`a workgroup of ${kernel.threads} threads and ${bytes} bytes is over WebGPU's default limits`);
  const names = ["$", "A", "S", "P", "D", ...kernel.workgroup.map(({ name }) => name), "wg", "groups"];
  return { kernel, make: new Function(...names, kernel.code) as Make };
}

function dispatch({ kernel, make }: Pipeline, [arena, store, parameters, drawn]: Buffer[], count: number): void {
  running.first = running.group + 1;
  for (let wg = 0; wg < count; wg++) {
    running.group++;
    const own = kernel.workgroup.map(({ type, length }) =>
      type === "u32" ? new Uint32Array(length) : new Float32Array(type.startsWith("vec4") ? 4 * length : length),
    );
    const thread = make(
      machine,
      arena!.shared,
      store!.shared,
      parameters!.shared.words,
      drawn!.shared.words,
      ...own,
      wg,
      count,
    );
    let threads = Array.from({ length: kernel.threads }, (_, lid) => thread(lid));
    while (threads.length > 0) {
      const waiting = threads.filter((one) => !one.next().done);
      if (waiting.length > 0 && waiting.length < threads.length)
        throw new Error("a barrier that some threads do not reach");
      threads = waiting;
    }
  }
}
