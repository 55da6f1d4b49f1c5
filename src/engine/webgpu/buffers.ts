// Buffers of a session, and numbers on their way in and out.
import { fail } from "../../base/index.ts";
import type { DType } from "../../tensor/shape.ts";
import type { Value } from "../engine.ts";
import type { Device } from "./device.ts";

export const usage = { mapRead: 1, copySource: 4, copyTarget: 8, uniform: 64, storage: 128 } as const;

/** A buffer that grows; what it holds is kept when asked. */
export class Growing {
  buffer: GPUBuffer;
  private words: number;

  constructor(
    private readonly on: Device,
    private readonly name: string,
    private readonly kept: boolean,
  ) {
    this.words = 64;
    this.buffer = this.create(this.words);
  }

  /** True where the buffer is another one now. */
  ensure(words: number): boolean {
    if (words <= this.words) return false;
    const { device, mostBytes } = this.on;
    if (words * 4 > mostBytes) {
      const size = (bytes: number) => `${Math.ceil(bytes / 2 ** 20)} MiB`;
      fail({
        where: "webgpu",
        code: "device",
        problem: `the ${this.name} needs ${size(words * 4)}, and a buffer of this GPU holds ${size(mostBytes)}`,
        hint: "use a smaller batch, shorter windows or a smaller model",
      });
    }
    const old = this.buffer;
    const room = this.kept ? Math.min(Math.floor(mostBytes / 4), Math.max(words, 2 * this.words)) : words;
    this.buffer = this.create(room);
    if (this.kept) {
      const encoder = device.createCommandEncoder();
      encoder.copyBufferToBuffer(old, 0, this.buffer, 0, this.words * 4);
      device.queue.submit([encoder.finish()]);
    }
    old.destroy();
    this.words = room;
    return true;
  }

  private create(words: number): GPUBuffer {
    return this.on.device.createBuffer({
      label: this.name,
      size: words * 4,
      usage: usage.storage | usage.copySource | usage.copyTarget,
    });
  }
}

/** The words of a value in memory: floats and ints as they are, a bool in a word of its own. */
export function wordsOf({
  dtype,
  data,
}: Value): Float32Array<ArrayBuffer> | Int32Array<ArrayBuffer> | Uint32Array<ArrayBuffer> {
  if (dtype === "float")
    return data instanceof Float32Array ? (data as Float32Array<ArrayBuffer>) : Float32Array.from(data);
  if (dtype === "int") return data as Int32Array<ArrayBuffer>;
  return Uint32Array.from(data, (bit) => Number(bit !== 0));
}

export function valueIn(words: ArrayBuffer, dtype: DType, shape: readonly number[]): Value {
  const data =
    dtype === "float"
      ? new Float32Array(words)
      : dtype === "int"
        ? new Int32Array(words)
        : Uint8Array.from(new Uint32Array(words));
  return { shape, dtype, data };
}

/** Words of several stretches of a buffer, copied to the host. */
export async function readBack(
  { device, wait }: Device,
  stretches: readonly { buffer: GPUBuffer; offset: number; words: number }[],
): Promise<ArrayBuffer[]> {
  const total = stretches.reduce((sum, { words }) => sum + words, 0);
  if (total === 0) return stretches.map(() => new ArrayBuffer(0));
  const target = device.createBuffer({ size: total * 4, usage: usage.mapRead | usage.copyTarget });
  const encoder = device.createCommandEncoder();
  let at = 0;
  for (const { buffer, offset, words } of stretches) {
    if (words > 0) encoder.copyBufferToBuffer(buffer, offset * 4, target, at * 4, words * 4);
    at += words;
  }
  device.queue.submit([encoder.finish()]);
  await wait(target.mapAsync(usage.mapRead));
  const all = target.getMappedRange();
  at = 0;
  const results = stretches.map(({ words }) => {
    const part = all.slice(at * 4, (at + words) * 4);
    at += words;
    return part;
  });
  target.unmap();
  target.destroy();
  return results;
}
