// Values that last from run to run: parameters, moments, carried states, constants. Each has a stretch of one buffer.
import { fail } from "../../base/index.ts";
import { showShape } from "../../tensor/shape.ts";
import { isOp, type Tensor } from "../../tensor/tensor.ts";
import type { Value } from "../engine.ts";
import { Growing, readBack, valueIn, wordsOf } from "./buffers.ts";
import type { Place } from "./code.ts";
import type { Device } from "./device.ts";

interface Entry {
  readonly place: Place;
  readonly dtype: Value["dtype"];
  offset: number;
  /** Room, in words. */
  words: number;
  /** Of the value that it holds; undefined where nothing was written and the shape depends on lengths. */
  shape: readonly number[] | undefined;
}

export class Store {
  private readonly entries = new Map<string, Entry>();
  private readonly byPlace = new Map<Place, Entry>();
  private readonly memory: Growing;
  private words = 64;
  /** Counts changes of the layout: what was planned before one is void. */
  version = 0;

  constructor(private readonly on: Device) {
    this.memory = new Growing(on, "memory of parameters and states", true);
  }

  get buffer(): GPUBuffer {
    return this.memory.buffer;
  }

  /** A name for values like the tensor (without one: floats of any shape). */
  declare(name: string, tensor: Tensor | undefined): Place {
    const shape = tensor?.shape ?? [];
    const place: Place = { id: -1 - this.entries.size, area: "store", shape, copies: 1, keep: true };
    const known = tensor && shape.every((dim) => typeof dim === "number") ? (shape as number[]) : undefined;
    const entry = { place, dtype: tensor?.dtype ?? "float", offset: 0, words: -1, shape: known };
    this.entries.set(name, entry);
    this.byPlace.set(place, entry);
    return place;
  }

  offset(place: Place): number {
    return this.byPlace.get(place)!.offset;
  }

  shape(name: string): readonly number[] | undefined {
    return this.entries.get(name)?.shape;
  }

  /** Makes room for a value of this shape; new room holds zeros. */
  reserve(name: string, shape: readonly number[]): void {
    const entry = this.entries.get(name)!;
    entry.shape = shape;
    const words = shape.reduce((a, b) => a * b, 1);
    if (words <= entry.words) return;
    entry.offset = this.words;
    entry.words = words;
    this.words += Math.max(1, Math.ceil(words / 64)) * 64;
    this.memory.ensure(this.words);
    this.version++;
  }

  write(name: string, value: Value): void {
    const words = wordsOf(value);
    this.reserve(name, value.shape);
    const { offset } = this.entries.get(name)!;
    if (words.length > 0) this.on.device.queue.writeBuffer(this.buffer, offset * 4, words);
  }

  /** @throws UnrolledError with code "missing" where a name has no value yet */
  async read(names: readonly string[], where = "read"): Promise<Record<string, Value>> {
    const found = names.map((name) => this.held(name, where));
    const words = await readBack(
      this.on,
      found.map(({ offset, shape }) => ({ buffer: this.buffer, offset, words: size(shape!) })),
    );
    return Object.fromEntries(names.map((name, i) => [name, valueIn(words[i]!, found[i]!.dtype, found[i]!.shape!)]));
  }

  copy(from: readonly string[], to: readonly string[]): void {
    const { device } = this.on;
    const sources = from.map((name) => this.held(name, "copy"));
    for (const [i, name] of to.entries()) this.reserve(name, sources[i]!.shape!);
    // A copy inside one buffer is invalid: by way of another.
    const total = sources.reduce((sum, { shape }) => sum + size(shape!), 0);
    const between = device.createBuffer({ size: Math.max(4, total * 4), usage: 4 | 8 });
    const encoder = device.createCommandEncoder();
    const each = (move: (entry: Entry, at: number, bytes: number) => void, entries: readonly Entry[]) => {
      let at = 0;
      for (const [i, entry] of entries.entries()) {
        const bytes = size(sources[i]!.shape!) * 4;
        if (bytes > 0) move(entry, at, bytes);
        at += bytes;
      }
    };
    each(({ offset }, at, bytes) => encoder.copyBufferToBuffer(this.buffer, offset * 4, between, at, bytes), sources);
    each(
      ({ offset }, at, bytes) => encoder.copyBufferToBuffer(between, at, this.buffer, offset * 4, bytes),
      to.map((name) => this.entries.get(name)!),
    );
    device.queue.submit([encoder.finish()]);
    between.destroy();
  }

  private held(name: string, where: string): Entry {
    const entry = this.entries.get(name)!;
    const { shape } = entry;
    if (!shape)
      return fail({ where, code: "missing", expected: `a value of the state "${name}"`, received: "none yet" });
    this.reserve(name, shape);
    return entry;
  }

  release(): void {
    this.buffer.destroy();
  }
}

const size = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

/** Checks that a state holds what an input of these lengths reads. */
export function checkHeld(tensor: Tensor, held: readonly number[], needed: readonly number[]): void {
  if (held.length === needed.length && held.every((length, i) => length === needed[i])) return;
  const name = isOp(tensor, "input") ? tensor.attrs.name : tensor.op;
  fail({
    where: `run(${name})`,
    code: "shape",
    expected: `a state of shape ${showShape(needed)}`,
    received: showShape(held),
    hint: "write the state anew when the batch size changes",
  });
}
