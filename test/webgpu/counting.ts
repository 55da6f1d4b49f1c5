// A GPU that counts what is asked of it.

export interface Totals {
  dispatches: number;
  submits: number;
  /** Buffers that live, and their bytes. */
  buffers: number;
  bytes: number;
  readBacks: number;
  bindGroups: number;
}

export function counting(gpu: GPU): { gpu: GPU; totals: Totals } {
  const totals: Totals = { dispatches: 0, submits: 0, buffers: 0, bytes: 0, readBacks: 0, bindGroups: 0 };
  return { totals, gpu: replaced(gpu, { requestAdapter: async () => adapterOf(await gpu.requestAdapter()) }) };

  function adapterOf(adapter: GPUAdapter | null): GPUAdapter | null {
    if (!adapter) return adapter;
    return replaced(adapter, {
      requestDevice: async (descriptor?: GPUDeviceDescriptor) => deviceOf(await adapter.requestDevice(descriptor)),
    });
  }

  function deviceOf(device: GPUDevice): GPUDevice {
    const queue = replaced(device.queue, {
      submit(commands: GPUCommandBuffer[]) {
        totals.submits++;
        device.queue.submit(commands);
      },
    });
    return replaced(device, {
      queue,
      createBuffer(descriptor: GPUBufferDescriptor) {
        totals.buffers++;
        totals.bytes += descriptor.size;
        const buffer = device.createBuffer(descriptor);
        const { destroy, mapAsync } = buffer;
        buffer.destroy = () => {
          totals.buffers--;
          totals.bytes -= descriptor.size;
          destroy.call(buffer);
        };
        buffer.mapAsync = (...given) => {
          totals.readBacks++;
          return mapAsync.apply(buffer, given);
        };
        return buffer;
      },
      createBindGroup(descriptor: GPUBindGroupDescriptor) {
        totals.bindGroups++;
        return device.createBindGroup(descriptor);
      },
      createCommandEncoder() {
        const encoder = device.createCommandEncoder();
        const begin = encoder.beginComputePass.bind(encoder);
        encoder.beginComputePass = () => {
          const pass = begin();
          const dispatch = pass.dispatchWorkgroups.bind(pass);
          pass.dispatchWorkgroups = (...given) => {
            totals.dispatches++;
            dispatch(...given);
          };
          return pass;
        };
        return encoder;
      },
    });
  }
}

/** The object with some of its members replaced; methods keep their `this`. */
function replaced<T extends object>(target: T, members: Partial<Record<keyof T, unknown>>): T {
  return new Proxy(target, {
    get(_, name) {
      if (Object.hasOwn(members, name)) return members[name as keyof T];
      const value = Reflect.get(target, name) as unknown;
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}
